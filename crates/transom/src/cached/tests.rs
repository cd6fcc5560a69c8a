//! What one process has compiled, the next one finds; and nothing else.
use super::*;
use crate::{CacheConfig, Config, Instance, Module, OptLevel, Store};
use transom_error::ensure;

const TEXT: &str = r#"(module
    (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "run") (param i32) (result i32) (call $double (local.get 0)))
    (func (export "other") (result i32) (i32.const 3)))"#;

/// A cache in a folder of its own, and engines that have it.
struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Result<Scene> {
        Ok(Scene {
            folder: tempfile::tempdir()?,
        })
    }

    fn cache(&self) -> Result<Cache> {
        let mut settings = CacheConfig::new();
        settings.with_directory(self.folder.path().join("code"));
        Cache::new(settings)
    }

    fn engine(&self, configure: impl Fn(&mut Config) -> &mut Config) -> Result<Engine> {
        let mut config = Config::new();
        configure(config.cache(Some(self.cache()?)));
        Engine::new(&config)
    }

    fn entries(&self) -> Result<usize> {
        Ok(self.cache()?.folder().list()?.len())
    }
}

/// Calls a function of a module, and says how many functions were compiled for it.
fn call(engine: &Engine, text: &str, name: &str) -> Result<(i32, bool)> {
    let module = Module::new(engine, text)?;
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let function = instance.get_func(&mut store, name).expect("exported");
    let params: &[crate::Val] = if name == "run" {
        &[crate::Val::I32(21)]
    } else {
        &[]
    };
    let mut results = [crate::Val::I32(0)];
    function.call(&mut store, params, &mut results)?;
    let compiled = module.statistics().compile_on_call != Duration::ZERO;
    Ok((results[0].unwrap_i32(), compiled))
}

#[test]
fn functions_are_compiled_once() -> Result<()> {
    let scene = Scene::new()?;
    let engine = || scene.engine(|config| config);
    assert_eq!(call(&engine()?, TEXT, "run")?, (42, true));
    assert_eq!(call(&engine()?, TEXT, "run")?, (42, false));
    // What was not called is added to the same entry.
    assert_eq!(call(&engine()?, TEXT, "other")?, (3, true));
    assert_eq!(call(&engine()?, TEXT, "other")?, (3, false));
    assert_eq!(call(&engine()?, TEXT, "run")?, (42, false));
    assert_eq!(scene.entries()?, 1);
    Ok(())
}

#[test]
fn engines_that_compile_otherwise_have_other_entries() -> Result<()> {
    let scene = Scene::new()?;
    let engines: [&dyn Fn(&mut Config) -> &mut Config; 5] = [
        &|config| config,
        &|config| config.consume_fuel(true),
        &|config| config.wasm_simd(false).wasm_relaxed_simd(false),
        &|config| config.strategy(Strategy::Baseline),
        &|config| {
            config
                .strategy(Strategy::Optimized)
                .cranelift_opt_level(OptLevel::None)
        },
    ];
    for (index, configure) in engines.iter().enumerate() {
        let mut store_engine = scene.engine(configure)?;
        for _ in 0..2 {
            let module = Module::new(&store_engine, TEXT)?;
            let mut store = Store::new(&store_engine, ());
            // An error where fuel is not counted.
            let _ = store.set_fuel(1000);
            let instance = Instance::new(&mut store, &module, &[])?;
            let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
            assert_eq!(run.call(&mut store, 21)?, 42);
            drop((store, module));
            store_engine = scene.engine(configure)?;
        }
        assert_eq!(scene.entries()?, index + 1);
    }
    Ok(())
}

#[test]
fn other_modules_have_other_entries() -> Result<()> {
    let scene = Scene::new()?;
    let engine = scene.engine(|config| config)?;
    assert_eq!(call(&engine, TEXT, "other")?, (3, true));
    let text = TEXT.replace("i32.const 3", "i32.const 4");
    assert_eq!(call(&engine, &text, "other")?, (4, true));
    assert_eq!(scene.entries()?, 2);
    Ok(())
}

/// An entry under another module's name, as only the user could put it there, is not of that module.
#[test]
fn an_entry_of_another_module_is_not_used() -> Result<()> {
    let scene = Scene::new()?;
    let engine = scene.engine(|config| config)?;
    assert_eq!(call(&engine, TEXT, "other")?, (3, true));
    let cache = scene.cache()?;
    let bytes = |text: &str| wat::parse_str(text).expect("a module");
    let text = TEXT.replace("i32.const 3", "i32.const 4");
    let place = |text: &str| Sought::of_bytes(&engine, &bytes(text)).expect("a place").place;
    let (own, other) = (place(TEXT), place(&text));
    let contents = cache.folder().read(&own.name).expect("it was written");
    assert!(cache.folder().update(&other.name, |_| Some(contents))?);
    assert_eq!(call(&engine, &text, "other")?, (4, true));
    Ok(())
}

#[test]
fn damaged_entries_are_replaced() -> Result<()> {
    let scene = Scene::new()?;
    let engine = scene.engine(|config| config)?;
    assert_eq!(call(&engine, TEXT, "other")?, (3, true));
    let folder = scene.folder.path().join("code");
    for file in std::fs::read_dir(&folder)? {
        let path = file?.path();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let mut bytes = std::fs::read(&path)?;
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        std::fs::write(&path, bytes)?;
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o400))?;
    }
    assert_eq!(call(&engine, TEXT, "other")?, (3, true));
    assert_eq!(call(&engine, TEXT, "other")?, (3, false));
    Ok(())
}

#[test]
fn a_folder_that_is_gone_costs_time_only() -> Result<()> {
    let scene = Scene::new()?;
    let engine = scene.engine(|config| config)?;
    std::fs::remove_dir_all(scene.folder.path().join("code"))?;
    assert_eq!(call(&engine, TEXT, "run")?, (42, true));
    assert_eq!(call(&engine, TEXT, "run")?, (42, true));
    Ok(())
}

/// Code that is compiled in the background is in the entry, too, and is used from the beginning.
#[test]
fn hot_functions_begin_optimised() -> Result<()> {
    let scene = Scene::new()?;
    let text = r#"(module (func (export "run") (param i32) (result i32) (local i32)
        (loop $again
            (local.set 1 (i32.add (local.get 1) (i32.const 3)))
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1)))"#;
    let engine = || scene.engine(|config| config);
    let promoted = |engine: &Engine, most: usize| -> Result<usize> {
        let module = Module::new(engine, text)?;
        let mut store = Store::new(engine, ());
        let run = Instance::new(&mut store, &module, &[])?.get_typed_func::<i32, i32>(&mut store, "run")?;
        for _ in 0..most {
            assert_eq!(run.call(&mut store, 100_000)?, 300_000);
            if module.statistics().tier_up.functions > 0 {
                break;
            }
        }
        Ok(module.statistics().tier_up.functions)
    };
    assert_eq!(promoted(&engine()?, 100_000)?, 1);
    assert_eq!(promoted(&engine()?, 100)?, 0, "it was optimised before");
    Ok(())
}

/// What processes compile at the same time comes together: whoever writes last keeps what the others have written meanwhile.
#[test]
fn writers_keep_what_others_have_written() -> Result<()> {
    let scene = Scene::new()?;
    let run = |module: &Module, name: &str, params: &[crate::Val]| -> Result<()> {
        let mut store = Store::new(module.engine(), ());
        let instance = Instance::new(&mut store, module, &[])?;
        let function = instance.get_func(&mut store, name).expect("exported");
        function.call(&mut store, params, &mut [crate::Val::I32(0)])
    };
    // Neither finds anything.
    let one = Module::new(&scene.engine(|config| config)?, TEXT)?;
    let other = Module::new(&scene.engine(|config| config)?, TEXT)?;
    run(&one, "run", &[crate::Val::I32(1)])?;
    run(&other, "other", &[])?;
    drop(one);
    drop(other);
    let engine = scene.engine(|config| config)?;
    assert_eq!(call(&engine, TEXT, "run")?, (42, false));
    assert_eq!(call(&engine, TEXT, "other")?, (3, false));
    Ok(())
}

/// A module that is written before it is dropped is not written again for nothing, and what comes later is added.
#[test]
fn entries_are_written_on_demand() -> Result<()> {
    let scene = Scene::new()?;
    let engine = scene.engine(|config| config)?;
    let module = Module::new(&engine, TEXT)?;
    module.write_to_cache();
    assert_eq!(scene.entries()?, 0, "nothing was compiled");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let other = instance.get_typed_func::<(), i32>(&mut store, "other")?;
    assert_eq!(other.call(&mut store, ())?, 3);
    module.write_to_cache();
    assert_eq!(scene.entries()?, 1);
    assert_eq!(call(&scene.engine(|config| config)?, TEXT, "other")?, (3, false));
    // Nothing is written for what is there already.
    scene.cache()?.clear()?;
    module.write_to_cache();
    assert_eq!(scene.entries()?, 0);
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, 4)?, 8);
    drop((store, module));
    assert_eq!(scene.entries()?, 1);
    Ok(())
}

/// A program that goes on for ever, and a module that is never dropped: what was compiled is written once nothing is compiled any more.
#[test]
fn entries_are_written_when_it_is_quiet() -> Result<()> {
    let scene = Scene::new()?;
    let engine = scene.engine(|config| config)?;
    let module = Module::new(
        &engine,
        r#"(module (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
            (func (export "run") (param i32) (result i32) (local i32)
                (loop (local.set 1 (i32.add (local.get 1) (call $double (local.get 0))))
                    (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get 1)))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    let begun = std::time::Instant::now();
    while module.statistics().tier_up.functions == 0 {
        run.call(&mut store, 100_000)?;
        ensure!(
            begun.elapsed() < Duration::from_secs(60),
            "nothing was compiled once more"
        );
    }
    while scene.entries()? == 0 {
        std::thread::sleep(Duration::from_millis(20));
        ensure!(begun.elapsed() < Duration::from_secs(60), "nothing was written");
    }
    Ok(())
}

/// Processes that end wait for what is being compiled once others have run for a while for that, and not if that was in vain.
#[test]
fn who_waited_in_vain_is_the_last_to_wait() -> Result<()> {
    let scene = Scene::new()?;
    // How a process ends that finds this at its end, whether it waits, and in vain.
    let end = |run: Duration, in_vain: bool| -> Result<bool> {
        let engine = scene.engine(|config| config)?;
        let module = Module::new(&engine, TEXT)?;
        let mut store = Store::new(&engine, ());
        let other =
            Instance::new(&mut store, &module, &[])?.get_typed_func::<(), i32>(&mut store, "other")?;
        assert_eq!(other.call(&mut store, ())?, 3);
        let stored = module.stored().expect("there is an entry");
        let mut waited = false;
        std::thread::sleep(run);
        stored.end_unfinished(|| {
            waited = true;
            !in_vain
        });
        module.write_to_cache();
        Ok(waited)
    };
    let some = WORTH_WAITING * 2 / 5;
    let endings = [
        // The first one never waits.
        (2 * WORTH_WAITING, false, false),
        (some, false, true),
        // It begins anew.
        (some, false, false),
        (some, false, false),
        (some, false, true),
        (some, false, false),
        (WORTH_WAITING, true, true),
        (WORTH_WAITING, false, false),
        (WORTH_WAITING, false, false),
    ];
    for (index, (run, in_vain, waits)) in endings.into_iter().enumerate() {
        assert_eq!(end(run, in_vain)?, waits, "{index}");
    }
    Ok(())
}

/// Files are found by samples of their contents, hashed while they are read, and compared as a whole.
#[test]
fn large_files_are_known_by_all_of_their_bytes() -> Result<()> {
    let scene = Scene::new()?;
    let path = scene.folder.path().join("module.wasm");
    // A custom section makes it large.
    let mut bytes = wat::parse_str(TEXT).expect("a module");
    let padding = 9 << 20;
    bytes.push(0);
    leb128(&mut bytes, padding + 2);
    bytes.extend(b"\x01x");
    let first = bytes.len();
    bytes.resize(first + padding, 0);
    let call = || -> Result<bool> {
        let engine = scene.engine(|config| config)?;
        let module = Module::from_file(&engine, &path)?;
        let mut store = Store::new(&engine, ());
        let other =
            Instance::new(&mut store, &module, &[])?.get_typed_func::<(), i32>(&mut store, "other")?;
        assert_eq!(other.call(&mut store, ())?, 3);
        Ok(module.statistics().compile_on_call != Duration::ZERO)
    };
    std::fs::write(&path, &bytes)?;
    assert!(call()? && !call()? && !call()?);
    // A byte that is in no sample: the entry is there, but of another module.
    let unsampled = (first + padding / 2..)
        .find(|&at| {
            let mut changed = bytes.clone();
            changed[at] = 1;
            let name = |bytes: &[u8]| {
                let engine = scene.engine(|config| config).expect("an engine");
                Sought::of_bytes(&engine, bytes).expect("a place").place.name
            };
            name(&changed) == name(&bytes)
        })
        .expect("few bytes are samples");
    bytes[unsampled] = 1;
    std::fs::write(&path, &bytes)?;
    assert!(call()? && !call()?);
    assert_eq!(scene.entries()?, 1, "they take turns");
    Ok(())
}

fn leb128(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
