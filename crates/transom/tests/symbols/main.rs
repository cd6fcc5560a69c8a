//! Files and lines in backtraces, from the debug information of programs that a C compiler made.

mod hostile;
#[path = "../hostile/random.rs"]
#[allow(dead_code, reason = "every test uses a part of it")]
mod random;
mod sections;
#[path = "../support/mod.rs"]
mod support;

use std::process::Command;
use support::{expect_trap, frames};
use transom::error::Context as _;
use transom::{
    Config, Engine, Error, FrameSymbol, Instance, Module, Result, Store, Strategy, Trap, WasmBacktrace,
    WasmBacktraceDetails,
};

const DWARF4: &[u8] = include_bytes!("programs/dwarf4.wasm");
const DWARF5: &[u8] = include_bytes!("programs/dwarf5.wasm");
const LTO: &[u8] = include_bytes!("programs/lto.wasm");
const LINES: &[u8] = include_bytes!("programs/lines.wasm");
const SHAPES: &[u8] = include_bytes!("programs/shapes.wasm");

/// Runs a program until it traps.
fn trap(details: WasmBacktraceDetails, program: &[u8]) -> Result<Error> {
    trap_of(Config::new().wasm_backtrace_details(details), program)
}

/// The same with a configuration.
fn trap_of(config: &Config, program: &[u8]) -> Result<Error> {
    let engine = Engine::new(config)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &Module::new(&engine, program)?, &[])?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    let result = run.call(&mut store, 9);
    Ok(expect_trap(result, Trap::UnreachableCodeReached))
}

fn backtrace(error: &Error) -> Result<&WasmBacktrace> {
    error.downcast_ref().context("a backtrace")
}

/// The symbols of each frame, as text.
fn symbols(error: &Error) -> Result<Vec<Vec<String>>> {
    let show = |symbol: &FrameSymbol| {
        let number = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
        let (line, column) = (number(symbol.line()), number(symbol.column()));
        let (name, file) = (symbol.name().unwrap_or("?"), symbol.file().unwrap_or("?"));
        format!("{name} {file}:{line}:{column}")
    };
    let frames = backtrace(error)?.frames().iter();
    Ok(frames
        .map(|frame| frame.symbols().iter().map(show).collect())
        .collect())
}

#[test]
fn frames_have_the_functions_that_were_inlined_innermost_first() -> Result<()> {
    for program in [DWARF4, DWARF5] {
        let error = trap(WasmBacktraceDetails::Enable, program)?;
        assert_eq!(frames(&error), ["push", "fill", "run"]);
        assert_eq!(
            symbols(&error)?,
            [
                vec!["checked /src/./stack.h:10:9", "push /src/stack.c:4:19"],
                vec!["fill /src/fill.c:10:9"],
                vec!["run /src/fill.c:16:12"],
            ]
        );
    }
    Ok(())
}

/// Optimised code that traps behind a condition traps at the condition.
#[test]
fn a_trap_that_was_joined_with_a_branch_is_where_the_branch_is() -> Result<()> {
    let mut config = Config::new();
    config
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .compilation(Strategy::Optimized);
    let found = symbols(&trap_of(&config, DWARF4)?)?;
    assert_eq!(
        found[0],
        ["checked /src/./stack.h:9:15", "push /src/stack.c:4:19"]
    );
    Ok(())
}

/// Names are in another unit than the function that others are inlined into.
#[test]
fn names_come_from_other_units() -> Result<()> {
    let error = trap(WasmBacktraceDetails::Enable, LTO)?;
    let inlined = vec![
        "checked /src/./stack.h:10:9",
        "push /src/stack.c:4:19",
        "fill /src/fill.c:10:9",
    ];
    assert_eq!(symbols(&error)?, [inlined, vec!["run /src/fill.c:16:12"]]);
    Ok(())
}

/// `run` has no entry of its own, only lines.
#[test]
fn lines_are_known_of_functions_that_are_not_described() -> Result<()> {
    let error = trap(WasmBacktraceDetails::Enable, LINES)?;
    assert_eq!(symbols(&error)?[2], ["? /src/fill.c:16:12"]);
    assert_eq!(frames(&error), ["push", "fill", "run"]);
    Ok(())
}

#[test]
fn errors_name_files_and_lines() -> Result<()> {
    let error = trap(WasmBacktraceDetails::Enable, DWARF4)?;
    let text = "error while executing at wasm backtrace:
    0:     0xf4 - checked
                    at /src/./stack.h:10:9
                - push
                    at /src/stack.c:4:19
    1:     0x69 - fill
                    at /src/fill.c:10:9
    2:     0xc2 - run
                    at /src/fill.c:16:12";
    assert_eq!(error.to_string(), text);
    assert!(format!("{error:?}").starts_with(text));
    Ok(())
}

#[test]
fn mangled_names_are_displayed_as_in_the_source() -> Result<()> {
    let error = trap(WasmBacktraceDetails::Enable, SHAPES)?;
    assert_eq!(
        symbols(&error)?[0],
        [
            "_ZN6shapesL6withinIiEET_S1_S1_ /src/shapes.cpp:10:9",
            "_ZNK6shapes5Shape6cornerEi /src/shapes.cpp:15:12"
        ]
    );
    let text = error.to_string();
    for name in [
        "int shapes::within<int>(int, int)",
        "shapes::Shape::corner(int) const",
    ] {
        assert!(text.contains(&format!("- {name}\n")), "{text}");
    }
    Ok(())
}

/// The section of names goes before the debug information, which goes before nothing.
#[test]
fn names_come_from_the_debug_information_if_nowhere_else() -> Result<()> {
    let (enable, disable) = (WasmBacktraceDetails::Enable, WasmBacktraceDetails::Disable);
    let nameless = sections::map(SHAPES, |name, data| (name != "name").then(|| data.to_vec()));
    let error = trap(enable, &nameless)?;
    assert_eq!(frames(&error), ["_ZNK6shapes5Shape6cornerEi", "run"]);
    assert_eq!(frames(&trap(disable, &nameless)?), ["?", "?"]);
    let renamed = sections::map(SHAPES, |name, data| {
        let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
        let names = text(data).replace(
            "shapes::Shape::corner(int) const",
            "_ZN7another8function4nameEv_____",
        );
        Some(if name == "name" {
            names.into_bytes()
        } else {
            data.to_vec()
        })
    });
    let error = trap(enable, &renamed)?;
    assert_eq!(frames(&error), ["_ZN7another8function4nameEv_____", "run"]);
    Ok(())
}

#[test]
fn names_of_the_name_section_are_displayed_as_in_the_source() -> Result<()> {
    let text = r#"(module $m (func $_ZN4core6option13unwrap_failed17h0123456789abcdefE (export "run") (param i32) (result i32)
        (call $_ZN3foo3barEi (local.get 0)))
        (func $_ZN3foo3barEi (param i32) (result i32) unreachable))"#;
    let error = trap(WasmBacktraceDetails::Enable, text.as_bytes())?;
    assert_eq!(frames(&error)[0], "_ZN3foo3barEi");
    let text = error.to_string();
    assert!(text.contains("- m!foo::bar(int)\n"), "{text}");
    assert!(text.contains("- m!core::option::unwrap_failed::h"), "{text}");
    Ok(())
}

#[test]
fn nothing_is_told_when_it_is_not_wanted() -> Result<()> {
    let error = trap(WasmBacktraceDetails::Disable, DWARF4)?;
    assert_eq!(symbols(&error)?, vec![Vec::<String>::new(); 3]);
    let text = error.to_string();
    assert!(
        text.contains("!push") && !text.contains("stack.c") && !text.contains("note:"),
        "{text}"
    );
    Ok(())
}

/// Runs itself again with another environment.
#[test]
fn the_environment_says_whether_it_is_wanted() -> Result<()> {
    const VARIABLE: &str = "TRANSOM_BACKTRACE_DETAILS";
    const CHILD: &str = "TRANSOM_TEST_EXPECTS_SYMBOLS";
    if let Some(expected) = std::env::var_os(CHILD) {
        let expected = expected == "1";
        let text = trap(WasmBacktraceDetails::Environment, DWARF4)?.to_string();
        assert_eq!(text.contains("/src/stack.c:4:19"), expected, "{text}");
        assert_eq!(text.contains(&format!("note: {VARIABLE}=1")), !expected, "{text}");
        let text = trap(
            WasmBacktraceDetails::Environment,
            &hostile::without_debug_info(DWARF4),
        )?
        .to_string();
        assert!(!text.contains("note:"), "{text}");
        return Ok(());
    }
    for (value, expected) in [(None, "0"), (Some("0"), "0"), (Some("1"), "1")] {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--exact", "the_environment_says_whether_it_is_wanted"]);
        command.env(CHILD, expected).env_remove(VARIABLE);
        command.envs(value.map(|value| (VARIABLE, value)));
        let output = command.output()?;
        assert!(output.status.success(), "{value:?}: {output:?}");
    }
    Ok(())
}
