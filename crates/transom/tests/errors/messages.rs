//! What errors say, and what they can be downcast to.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

/// Fails unless a text has all parts.
#[track_caller]
fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

#[test]
fn a_trapped_call_indirect_says_what_was_expected_and_found_and_where_it_came_from() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let definer = instantiate(
        &mut store,
        r#"(module $definer (type $narrow (func (param i32) (result i64)))
            (func $culprit (export "f") (type $narrow) (i64.const 1)))"#,
        &[],
    )?;
    let culprit = definer.get_func(&mut store, "f").context("exported")?;
    let host = Func::wrap(&mut store, |_: f32| ());
    let instance = instantiate(
        &mut store,
        r#"(module $caller
            (import "a" "f" (func $f (param i32) (result i64)))
            (import "a" "h" (func $h (param f32)))
            (type $wanted (func (param i32) (result i32)))
            (table $t 4 funcref)
            (elem (i32.const 1) func $f $h)
            (func $run (export "run") (param i32) (result i32)
                (call_indirect $t (type $wanted) (i32.const 7) (local.get 0))))"#,
        &[culprit.into(), host.into()],
    )?;
    let error = expect_trap(call(&mut store, instance, "run", &[1.into()]), Trap::BadSignature);
    let text = format!("{error:?}");
    assert_has(
        &text,
        &[
            "element 1 of table 0",
            "$culprit",
            "definer",
            "(result i64)",
            "(result i32)",
            "caller",
            "run",
        ],
    );
    let error = expect_trap(call(&mut store, instance, "run", &[2.into()]), Trap::BadSignature);
    assert_has(
        &format!("{error:?}"),
        &["a host function", "(param f32)", "(result i32)"],
    );
    let error = expect_trap(
        call(&mut store, instance, "run", &[3.into()]),
        Trap::IndirectCallToNull,
    );
    assert_has(&format!("{error:?}"), &["uninitialized element", "caller!run"]);
    let error = expect_trap(
        call(&mut store, instance, "run", &[4.into()]),
        Trap::TableOutOfBounds,
    );
    assert_has(&format!("{error:?}"), &["element 4 of table 0", "has 4"]);
    Ok(())
}

#[test]
fn a_failed_link_lists_every_import_that_is_missing_or_does_not_fit() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("env", "sum", |a: i32, b: i32| a + b)?;
    let fits = Func::wrap(&mut store, || ());
    linker.define(&store, "env", "fits", fits)?;
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(2)))?;
    linker.define(&store, "env", "memory", memory)?;
    let global = Global::new(
        &mut store,
        GlobalType::new(ValType::I64, Mutability::Const),
        Val::I64(1),
    )?;
    linker.define(&store, "env", "global", global)?;
    let table = Table::new(
        &mut store,
        TableType::new(RefType::FUNCREF, 3, None),
        Ref::Func(None),
    )?;
    linker.define(&store, "env", "table", table)?;
    let module = Module::new(
        &engine,
        r#"(module
            (import "env" "sum" (func (param i32 i64) (result i32)))
            (import "env" "fits" (func))
            (import "env" "memory" (memory 2 4))
            (import "env" "global" (global (mut i64)))
            (import "env" "table" (table 4 funcref))
            (import "env" "nothing" (func (param f64)))
            (import "env" "void" (global externref))
            (import "other" "sum" (memory 1)))"#,
    )?;
    let error = linker
        .instantiate(&mut store, &module)
        .err()
        .context("it can't be linked")?;
    let text = format!("{error:#}");
    assert_has(
        &text,
        &[
            "`env::sum`",
            "(param i32 i64)",
            "(param i32 i32)",
            "`env::memory`",
            "`env::global`",
            "(mut i64)",
            "`env::table`",
            "`env::nothing`",
            "(param f64)",
            "`env::void`",
            "externref",
            "`other::sum`",
        ],
    );
    assert!(!text.contains("fits"), "{text}");
    let unknown = error
        .downcast_ref::<UnknownImportError>()
        .context("something was not defined")?;
    assert_eq!((unknown.module(), unknown.name()), ("env", "nothing"));
    assert_eq!(unknown.ty().unwrap_func().params().len(), 1);
    // The same without a linker: here all imports are given, so only types can be wrong.
    let imports: Vec<Extern> = vec![
        fits.into(),
        fits.into(),
        memory.into(),
        global.into(),
        table.into(),
        fits.into(),
        global.into(),
        memory.into(),
    ];
    let error = Instance::new(&mut store, &module, &imports)
        .err()
        .context("it can't be linked")?;
    assert_has(
        &format!("{error:#}"),
        &[
            "`env::sum`",
            "`env::memory`",
            "`env::global`",
            "`env::table`",
            "`env::nothing`",
            "`env::void`",
        ],
    );
    assert!(Instance::new(&mut store, &module, &imports[..7]).is_err());
    Ok(())
}

/// Where two defined types part is said, not only that they do.
#[test]
fn a_mismatch_of_defined_types_says_where_they_part() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let types = "(type $a (sub (func (param i32)))) (type $b (sub $a (func (param i32))))";
    let definer = instantiate(
        &mut store,
        &format!(r#"(module {types} (func (export "f") (type $a)))"#),
        &[],
    )?;
    let mut linker = Linker::new(&engine);
    linker.instance(&mut store, "m", definer)?;
    for (import, parts) in [
        ("(func (type $b))", &["m::f", "(sub (sub ", "wider"][..]),
        ("(func (param i32))", &["m::f", "final"]),
        ("(func (param i64))", &["m::f", "i64", "i32"]),
        ("(memory 1)", &["m::f", "memory", "func"]),
    ] {
        let module = Module::new(&engine, format!(r#"(module {types} (import "m" "f" {import}))"#))?;
        let error = linker
            .instantiate(&mut store, &module)
            .err()
            .context("it can't be linked")?;
        assert_has(&format!("{error:#}"), parts);
    }
    Ok(())
}

#[derive(Debug, PartialEq)]
struct HostError(i32);

impl std::fmt::Display for HostError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "host error {}", self.0)
    }
}

impl std::error::Error for HostError {}

const FAILING: &str = r#"(module $guest
    (import "host" "fail" (func $fail (param i32)))
    (memory 1)
    (func $inner (param i32) (nop) (call $fail (local.get 0)))
    (func $outer (export "fail") (param i32) (call $inner (local.get 0)))
    (func $load (export "load") (param i32) (drop (i32.load offset=4 (local.get 0)))))"#;

fn failing(store: &mut Store<()>) -> Result<Instance> {
    let fail = Func::wrap(&mut *store, |code: i32| -> Result<()> {
        Err(HostError(code).into())
    });
    instantiate(store, FAILING, &[fail.into()])
}

#[test]
fn errors_can_be_downcast_to_everything_that_they_are() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let instance = failing(&mut store)?;
    let error = call(&mut store, instance, "fail", &[7.into()]).expect_err("the host function fails");
    assert_eq!(error.downcast_ref::<HostError>(), Some(&HostError(7)));
    assert!(error.downcast_ref::<Trap>().is_none());
    assert_eq!(frames(&error), ["inner", "outer"]);
    assert_eq!(error.downcast::<HostError>().ok(), Some(HostError(7)));

    let error = expect_trap(
        call(&mut store, instance, "load", &[65536.into()]),
        Trap::MemoryOutOfBounds,
    );
    assert!(error.is::<Trap>() && error.is::<WasmBacktrace>() && !error.is::<HostError>());
    assert_eq!(
        error.root_cause().downcast_ref::<Trap>(),
        Some(&Trap::MemoryOutOfBounds)
    );
    assert_eq!(error.downcast::<Trap>().ok(), Some(Trap::MemoryOutOfBounds));
    Ok(())
}

#[test]
fn errors_pass_through_anyhow() -> anyhow::Result<()> {
    fn run() -> anyhow::Result<()> {
        let mut store = Store::new(&Engine::default(), ());
        let instance = failing(&mut store)?;
        let load = instance.get_typed_func::<i32, ()>(&mut store, "load")?;
        load.call(&mut store, -1)?;
        Ok(())
    }
    let error: anyhow::Error = run().expect_err("it traps").context("more about it");
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::MemoryOutOfBounds));
    let trace = error
        .downcast_ref::<WasmBacktrace>()
        .expect("there is a backtrace");
    assert_eq!(trace.frames()[0].func_name(), Some("load"));
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    assert!(boxed.to_string().contains("more about it"));
    Ok(())
}

#[test]
fn errors_of_anyhow_pass_through_programs() -> Result<()> {
    let mut store = Store::new(&Engine::default(), ());
    let theirs = |code| -> anyhow::Result<()> { Err(anyhow::Error::new(HostError(code)).context("theirs")) };
    let fail = Func::wrap(&mut store, move |code: i32| theirs(code).to_wasmtime_result());
    let instance = instantiate(&mut store, FAILING, &[fail.into()])?;
    let error = call(&mut store, instance, "fail", &[7.into()]).expect_err("the host function fails");
    assert!(error.is::<anyhow::Error>() && error.is::<WasmBacktrace>());
    assert_eq!(error.downcast_ref(), Some(&HostError(7)));
    let error = anyhow::Error::from(error);
    assert!(error.is::<WasmBacktrace>() && error.is::<&str>());
    assert_eq!(error.downcast_ref(), Some(&HostError(7)));
    Ok(())
}

#[test]
fn an_access_beyond_the_end_names_address_and_size() -> Result<()> {
    let text = r#"(module (memory 1) (memory $w i64 2)
        (func (export "load") (param i32) (drop (i64.load offset=16 (local.get 0))))
        (func (export "far") (param i32) (drop (i32.load8_u offset=0x7fffffff (local.get 0))))
        (func (export "wide") (param i64) (drop (i32.load offset=8 $w (local.get 0))))
        (func (export "fill") (param i32) (memory.fill (local.get 0) (i32.const 0) (i32.const 9)))
        (func (export "vector") (param i32) (v128.store (local.get 0) (v128.const i64x2 0 0))))"#;
    let text = text.replace("(i32.load offset=8 $w", "(i32.load $w offset=8");
    let mut small = Config::new();
    small.memory_reservation(1 << 20).memory_guard_size(1 << 16);
    for (name, engine) in [("reserved", Engine::default()), ("checked", Engine::new(&small)?)] {
        let (mut store, instance) = instance_in(&engine, &text)?;
        let cases: &[(&str, Val, &str, &str)] = &[
            ("load", Val::I32(0x2_0000), "0x20010", "0x10000"),
            ("load", Val::I32(-1), "0x10000000f", "0x10000"),
            ("far", Val::I32(1), "0x80000000", "0x10000"),
            ("vector", Val::I32(0x1_0000), "0x10000", "0x10000"),
            ("wide", Val::I64(0x2_0000), "0x20008", "0x20000"),
            ("wide", Val::I64(1 << 40), "0x10000000008", "0x20000"),
        ];
        for &(function, index, address, size) in cases {
            let error = expect_trap(
                call(&mut store, instance, function, &[index]),
                Trap::MemoryOutOfBounds,
            );
            // Without the backtrace of Rust's functions, whose names have many words.
            let text = format!("{error:#}");
            assert!(
                text.contains(&format!("address {address} ")),
                "{name}: {function} {index:?}:\n{text}"
            );
            assert!(
                text.contains(&format!("memory of {size} bytes")),
                "{name}: {function} {index:?}:\n{text}"
            );
        }
        let error = expect_trap(
            call(&mut store, instance, "fill", &[0xfff8.into()]),
            Trap::MemoryOutOfBounds,
        );
        assert_has(
            &format!("{error:#}"),
            &["memory.fill", "9 bytes", "0xfff8", "0x10000"],
        );
    }
    Ok(())
}

/// Frames have names and offsets, also those beyond frames of the host, innermost first.
#[test]
fn backtraces_are_in_order_through_frames_of_the_host() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let deep = instantiate(
        &mut store,
        r#"(module $deep (func $one (export "one") (call $two)) (func $two (nop) (unreachable)))"#,
        &[],
    )?;
    let one = deep.get_func(&mut store, "one").context("exported")?;
    let direct = Func::wrap(&mut store, move |mut caller: Caller<'_, ()>| {
        one.call(&mut caller, &[], &mut [])
    });
    let nothing = FuncType::new(&engine, [], []);
    let indirect = Func::new(&mut store, nothing, move |mut caller, _, _| {
        direct.call(&mut caller, &[], &mut [])
    });
    let text = r#"(module $shallow (import "" "h" (func $h))
        (func $first (export "run") (nop) (nop) (call $second))
        (func (export "anonymous") (call $h))
        (func $second (call $h)))"#;
    let shallow = instantiate(&mut store, text, &[indirect.into()])?;
    let error = expect_trap(
        call(&mut store, shallow, "run", &[]),
        Trap::UnreachableCodeReached,
    );
    assert_eq!(frames(&error), ["two", "one", "second", "first"]);
    let trace = error.downcast_ref::<WasmBacktrace>().context("a backtrace")?;
    let modules: Vec<_> = trace
        .frames()
        .iter()
        .map(|frame| frame.module_name().unwrap_or("?"))
        .collect();
    assert_eq!(modules, ["deep", "deep", "shallow", "shallow"]);
    let indices: Vec<u32> = trace.frames().iter().map(FrameInfo::func_index).collect();
    assert_eq!(indices, [1, 0, 3, 1]);
    // A body begins with its list of locals: `nop` is one byte, so `unreachable` is at 2, `call` behind two at 3.
    let offsets: Vec<_> = trace.frames().iter().map(FrameInfo::func_offset).collect();
    assert_eq!(offsets, [Some(2), Some(1), Some(1), Some(3)]);
    let binary = wat::parse_str(text)?;
    for frame in &trace.frames()[2..] {
        let at = frame.module_offset().context("an offset")?;
        assert_eq!(binary[at], 0x10, "the offset is that of the call");
    }
    let text = format!("{error:?}");
    assert_has(&text, &["deep!two", "shallow!first", "unreachable"]);
    let error = expect_trap(
        call(&mut store, shallow, "anonymous", &[]),
        Trap::UnreachableCodeReached,
    );
    assert_eq!(frames(&error), ["two", "one", "?"]);
    assert_has(&format!("{error:?}"), &["<wasm function 2>"]);
    Ok(())
}

#[test]
fn backtraces_can_be_limited_and_left_out() -> Result<()> {
    let text = r#"(module (func $f (export "f") (param i32)
        (if (i32.eqz (local.get 0)) (then (unreachable)))
        (call $f (i32.sub (local.get 0) (i32.const 1)))))"#;
    for (frames_at_most, expected) in [
        (None, 0),
        (std::num::NonZeroUsize::new(3), 3),
        (std::num::NonZeroUsize::new(200), 51),
    ] {
        let mut config = Config::new();
        config.wasm_backtrace_max_frames(frames_at_most);
        let (mut store, instance) = instance_in(&Engine::new(&config)?, text)?;
        let error = expect_trap(
            call(&mut store, instance, "f", &[50.into()]),
            Trap::UnreachableCodeReached,
        );
        assert_eq!(frames(&error).len(), expected);
    }
    Ok(())
}

/// Every trap of a plain instruction, by name.
#[test]
fn instructions_trap_with_the_kind_that_the_specification_names() -> Result<()> {
    let cases: &[(&str, Trap)] = &[
        (
            "(i32.div_s (local.get 0) (i32.const 0))",
            Trap::IntegerDivisionByZero,
        ),
        (
            "(i32.div_u (i32.const 5) (i32.const 0))",
            Trap::IntegerDivisionByZero,
        ),
        (
            "(i32.rem_s (local.get 0) (local.get 0))",
            Trap::IntegerDivisionByZero,
        ),
        (
            "(i32.div_s (i32.const 0x80000000) (i32.sub (local.get 0) (i32.const 1)))",
            Trap::IntegerOverflow,
        ),
        (
            "(i64.div_s (i64.const 0x8000000000000000) (i64.const -1))",
            Trap::IntegerOverflow,
        ),
        (
            "(i64.rem_u (i64.extend_i32_s (local.get 0)) (i64.const 0))",
            Trap::IntegerDivisionByZero,
        ),
        ("(i32.trunc_f32_s (f32.const nan))", Trap::BadConversionToInteger),
        ("(i32.trunc_f64_u (f64.const -1))", Trap::IntegerOverflow),
        ("(i64.trunc_f64_s (f64.const 0x1p63))", Trap::IntegerOverflow),
        ("(i64.trunc_f32_u (f32.const inf))", Trap::IntegerOverflow),
        ("(unreachable)", Trap::UnreachableCodeReached),
        ("(call_ref $t (ref.null $t))", Trap::NullReference),
        ("(ref.as_non_null (ref.null func))", Trap::NullReference),
        ("(table.get (i32.const 9))", Trap::TableOutOfBounds),
        (
            "(call_indirect (type $t) (i32.const 0))",
            Trap::IndirectCallToNull,
        ),
        ("(i32.load (i32.const -4))", Trap::MemoryOutOfBounds),
    ];
    for (instruction, expected) in cases {
        for level in [OptLevel::None, OptLevel::Speed] {
            let mut config = Config::new();
            config.cranelift_opt_level(level);
            let dropped = if instruction.contains("call_") || *instruction == "(unreachable)" {
                instruction.to_string()
            } else {
                format!("(drop {instruction})")
            };
            let text = format!(
                r#"(module (type $t (func)) (memory 1) (table 2 funcref)
                    (func $f (export "f") (param i32) {dropped}))"#
            );
            let (mut store, instance) = instance_in(&Engine::new(&config)?, &text)?;
            let outcome = call(&mut store, instance, "f", &[0.into()]);
            let outcome = outcome
                .map(|_| ())
                .map_err(|error| error.context((*instruction).to_owned()));
            let error = expect_trap(outcome, *expected);
            assert_eq!(frames(&error), ["f"], "{instruction}");
            assert!(format!("{error:?}").contains(expected.message()), "{error:?}");
        }
    }
    Ok(())
}

#[test]
fn a_start_function_that_traps_fails_the_instantiation() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let text = r#"(module (start $begin) (func $begin (call $deeper)) (func $deeper (unreachable)))"#;
    let error = expect_trap(instantiate(&mut store, text, &[]), Trap::UnreachableCodeReached);
    assert_eq!(frames(&error), ["deeper", "begin"]);
    let host = Func::wrap(&mut store, || -> Result<()> { Err(HostError(3).into()) });
    let text = r#"(module (import "" "h" (func $h)) (start $h))"#;
    let error = instantiate(&mut store, text, &[host.into()])
        .err()
        .context("it fails")?;
    assert_eq!(error.downcast_ref::<HostError>(), Some(&HostError(3)));
    Ok(())
}

#[test]
fn wrong_types_of_calls_from_the_host_are_explained() -> Result<()> {
    let (mut store, instance) = instance(
        r#"(module (func (export "f") (param i32 f64) (result i64) (i64.const 0)) (memory (export "m") 1))"#,
    )?;
    let func = instance.get_func(&mut store, "f").context("exported")?;
    let error = |outcome: Result<()>| {
        outcome
            .err()
            .map(|error| format!("{error:#}"))
            .unwrap_or_default()
    };
    let mut result = [Val::I32(0)];
    assert_has(
        &error(func.call(&mut store, &[Val::I32(1)], &mut result)),
        &["expected 2 arguments, got 1"],
    );
    assert_has(
        &error(func.call(&mut store, &[1.into(), 1.0f64.into()], &mut [])),
        &["expected 1 results, got 0"],
    );
    let params = [Val::I32(1), Val::F32(0)];
    assert_has(
        &error(func.call(&mut store, &params, &mut result)),
        &["parameter 1", "expected f64, found f32"],
    );
    let typed = func.typed::<(i32, f64), i32>(&store).map(drop);
    assert_has(&error(typed), &["results", "i64", "i32"]);
    let typed = func.typed::<(i32, i64), i64>(&store).map(drop);
    assert_has(&error(typed), &["parameters", "f64", "i64"]);
    let missing = instance.get_typed_func::<(), ()>(&mut store, "g").map(drop);
    assert_has(&error(missing), &["failed to find function export `g`"]);
    let memory = instance.get_typed_func::<(), ()>(&mut store, "m").map(drop);
    assert_has(&error(memory), &["`m`"]);
    Ok(())
}

#[test]
fn what_is_wrong_with_a_module_is_said_with_its_place() -> Result<()> {
    let engine = Engine::default();
    let error = |bytes: &[u8]| {
        Module::new(&engine, bytes)
            .err()
            .map(|error| format!("{error:#}"))
            .unwrap_or_default()
    };
    assert_has(
        &error(b"(module (func (result i32) (i64.const 1)))"),
        &["type mismatch", "0x"],
    );
    assert_has(&error(b"(module (func (call $missing)))"), &["$missing"]);
    assert_has(&error(b"\0asm\x02\0\0\0"), &["version"]);
    assert!(!error(b"").is_empty() && !error(b"\0asm").is_empty());
    Ok(())
}
