//! An artifact is read as it was written, or refused with the reason.
use super::*;
use crate::Module;

const TEXT: &str =
    r#"(module $named (import "a" "b" (func)) (memory (export "m") 3) (data (i32.const 5) "text"))"#;

fn artifact() -> Vec<u8> {
    Engine::default()
        .precompile_module(TEXT.as_bytes())
        .expect("a valid module")
}

/// The module of an artifact.
fn read(engine: &Engine, artifact: &[u8]) -> Result<Module> {
    parse(engine, artifact)?.compile()
}

fn refusal(artifact: &[u8]) -> String {
    let error = read(&Engine::default(), artifact).expect_err("a refusal");
    format!("{error:#}")
}

#[test]
fn modules_are_what_they_were() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, TEXT)?;
    assert_eq!(module.serialize()?, artifact());
    let again = read(&engine, &module.serialize()?)?;
    assert_eq!(again.name(), Some("named"));
    assert_eq!(again.serialize()?, artifact());
    let names = |module: &Module| {
        let exports = module
            .exports()
            .map(|export| (export.name().to_owned(), export.ty().to_string()));
        exports.collect::<Vec<_>>()
    };
    assert_eq!(names(&again), names(&module));
    Ok(())
}

#[test]
fn what_is_no_artifact_is_refused() {
    assert!(refusal(b"").contains("no artifact"));
    assert!(refusal(b"(module)").contains("`Module::serialize` makes artifacts"));
    assert!(refusal(b"\0asm\x01\0\0\0").contains("which `Module::new` reads"));
    assert!(refusal(MAGIC).contains("no header"));
    let mut newer = artifact();
    newer[8] = VERSION as u8 + 1;
    let version = format!("has version {}", VERSION + 1);
    assert!(refusal(&newer).contains(&version), "{}", refusal(&newer));
    let mut component = artifact();
    component[12] = 1;
    assert!(refusal(&component).contains("no module"));
    assert_eq!(Engine::detect_precompiled(&component), None);
}

#[test]
fn every_changed_bit_and_every_other_length_is_noticed() {
    let artifact = artifact();
    for bit in 0..8 * artifact.len() {
        let mut changed = artifact.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        refusal(&changed);
    }
    for length in 0..artifact.len() {
        refusal(&artifact[..length]);
    }
    let mut longer = artifact;
    longer.push(0);
    refusal(&longer);
}

/// The form of the contents is checked beside the hash.
#[test]
fn other_contents_with_the_right_hash_are_refused() {
    let settings = Settings::of(&Engine::default());
    let with_settings =
        |rest: &[u8]| encode([&postcard::to_allocvec(&settings).expect("they are text"), rest].into_iter());
    for contents in [&b""[..], b"\x07asm", &[0xff; 100]] {
        assert!(
            refusal(&encode([contents].into_iter())).contains("corrupt"),
            "{contents:?}"
        );
        assert!(
            refusal(&with_settings(contents)).contains("corrupt"),
            "{contents:?}"
        );
    }
    let contents = artifact()[HEADER..].to_vec();
    assert!(refusal(&encode([&contents[..], b"x"].into_iter())).contains("corrupt"));
}

#[test]
fn code_for_other_settings_is_refused_with_the_difference() -> Result<()> {
    use crate::{Config, ModuleVersionStrategy, OptLevel, Strategy};
    let artifact = artifact();
    let other = |configure: &dyn Fn(&mut Config) -> &mut Config| -> Result<String> {
        let mut config = Config::new();
        configure(&mut config);
        let error = read(&Engine::new(&config)?, &artifact).expect_err("a refusal");
        Ok(format!("{error:#}"))
    };
    type Configure<'a> = &'a dyn Fn(&mut Config) -> &mut Config;
    let cases: [(&str, Configure<'_>); 7] = [
        ("features of WebAssembly", &|config| config.wasm_memory64(false)),
        ("consume_fuel: false", &|config| config.consume_fuel(true)),
        ("optimize: true", &|config| {
            config.cranelift_opt_level(OptLevel::None)
        }),
        ("compiler `optimizer`", &|config| {
            config.strategy(Strategy::Baseline)
        }),
        ("module version", &|config| {
            let version = ModuleVersionStrategy::Custom("9".to_owned());
            config.module_version(version).expect("a short version")
        }),
        ("memory_guard", &|config| config.memory_guard_size(1 << 16)),
        ("debugger `false`", &|config| config.debug_info(true)),
    ];
    for (difference, configure) in cases {
        let error = other(configure)?;
        assert!(
            error.contains(difference) && error.contains("try:"),
            "{difference}: {error}"
        );
    }
    // What makes no difference to code.
    let mut config = Config::new();
    config
        .strategy(Strategy::Optimized)
        .max_wasm_stack(100 << 10)
        .epoch_interruption(true);
    read(&Engine::new(&config)?, &artifact)?;
    Ok(())
}

const PROGRAM: &str = r#"(module
    (table funcref (elem $double $negate))
    (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func $negate (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))
    (func (export "apply") (param i32 i32) (result i32)
        (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
    (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1))))"#;

/// Nothing is compiled, whatever is called; traps and their places are as before.
#[test]
fn code_of_artifacts_is_executed() -> Result<()> {
    use crate::{Config, Instance, Store, Strategy, Trap, WasmBacktrace};
    for strategy in [Strategy::Tiered, Strategy::Baseline, Strategy::Optimized] {
        let engine = Engine::new(Config::new().strategy(strategy))?;
        let artifact = engine.precompile_module(PROGRAM.as_bytes())?;
        let read = read(&engine, &artifact)?;
        assert_eq!(read.serialize()?, artifact, "{strategy:?}");
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &read, &[])?;
        let apply = instance.get_typed_func::<(i32, i32), i32>(&mut store, "apply")?;
        assert_eq!(
            (apply.call(&mut store, (0, 21))?, apply.call(&mut store, (1, 5))?),
            (42, -5)
        );
        let divide = instance.get_typed_func::<(i32, i32), i32>(&mut store, "divide")?;
        let error = divide.call(&mut store, (1, 0)).expect_err("a division by zero");
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::IntegerDivisionByZero));
        let trace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
        let place = trace.frames()[0].module_offset();
        let fresh = Module::new(&engine, PROGRAM)?;
        let instance = Instance::new(&mut store, &fresh, &[])?;
        let divide = instance.get_typed_func::<(i32, i32), i32>(&mut store, "divide")?;
        let error = divide.call(&mut store, (1, 0)).expect_err("a division by zero");
        let trace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
        assert_eq!(place, trace.frames()[0].module_offset(), "{strategy:?}");
        assert_eq!(
            read.statistics().compile_on_call,
            std::time::Duration::ZERO,
            "{strategy:?}"
        );
        assert_eq!(read.statistics().tier_up.functions, 0);
    }
    Ok(())
}

#[test]
fn files_are_detected() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("artifact");
    std::fs::write(&path, artifact())?;
    assert_eq!(Engine::detect_precompiled_file(&path)?, Some(Precompiled::Module));
    std::fs::write(&path, TEXT)?;
    assert_eq!(Engine::detect_precompiled_file(&path)?, None);
    assert!(Engine::detect_precompiled_file(folder.path().join("absent")).is_err());
    Ok(())
}

/// Artifacts that are changed at random: bytes replaced, inserted, removed, and pieces copied to other places.
#[test]
fn mutated_artifacts_are_refused() {
    let engine = Engine::default();
    let artifact = engine
        .precompile_module(PROGRAM.as_bytes())
        .expect("a valid module");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut refused = 0;
    for _ in 0..100_000 {
        let mut changed = artifact.clone();
        for _ in 0..=draw(3) {
            let at = draw(changed.len());
            match draw(4) {
                0 => changed[at] = draw(256) as u8,
                1 => changed.insert(at, draw(256) as u8),
                2 => drop(changed.remove(at)),
                _ => {
                    let (from, len) = (draw(changed.len()), draw(16));
                    let end = changed.len().min(from + len);
                    let piece = changed[from..end].to_vec();
                    let end = changed.len().min(at + piece.len());
                    changed.splice(at..end, piece);
                }
            }
        }
        if changed != artifact {
            parse(&engine, &changed).expect_err("a refusal");
            refused += 1;
        }
    }
    assert!(refused > 90_000, "{refused}");
}

/// The same behind a header with the right hash, which nobody but an attacker makes: the contents are read or refused, without a panic.
#[test]
fn mutated_contents_are_read_or_refused() {
    use transom_module::DefinedFuncIdx;
    use transom_vm::CodeStore;
    let engine = Engine::default();
    let settings = Settings::of(&engine);
    let artifact = engine
        .precompile_module(PROGRAM.as_bytes())
        .expect("a valid module");
    let contents = &artifact[HEADER..];
    let mut read = 0;
    for at in 0..contents.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut changed = contents.to_vec();
            changed[at] = value;
            let Ok((Contents { table, .. }, start)) = Contents::decode(&changed, &settings) else {
                continue;
            };
            let Ok(functions) = Contents::functions(table, changed, start) else {
                continue;
            };
            let code = StoredCode::new(functions, 0);
            for index in 0..5 {
                read += u32::from(code.load(DefinedFuncIdx::from_u32(index)).is_some());
            }
        }
    }
    assert!(read > 1_000, "{read}");
}
