//! Modules from files: what was read and validated is what runs, whatever happens to the file meanwhile.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::process::Command;
use transom::*;

/// Large enough for its segments and bodies to lie on other pages than its header.
fn program() -> Vec<u8> {
    let filler = "(drop (i32.const 0x7654321))".repeat(5000);
    let text = format!(
        r#"(module $program
            (memory 1)
            (data $passive "{}")
            (func (export "first") (result i32) {filler} (i32.const 1))
            (func $second (export "second") (param $len i32) (result i32)
                (memory.init $passive (i32.const 0) (i32.const 0) (local.get $len))
                (i32.load8_u (i32.sub (local.get $len) (i32.const 1))))
            (func $ends (export "ends") unreachable))"#,
        "x".repeat(10_000)
    );
    wat::parse_str(text).expect("a module")
}

/// What the module does, which needs its bodies, its passive segment, and its names.
fn check(engine: &Engine, module: &Module) -> Result<()> {
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, module, &[])?;
    let first = instance.get_typed_func::<(), i32>(&mut store, "first")?;
    assert_eq!(first.call(&mut store, ())?, 1);
    let second = instance.get_typed_func::<i32, i32>(&mut store, "second")?;
    assert_eq!(second.call(&mut store, 10_000)?, i32::from(b'x'));
    let ends = instance.get_typed_func::<(), ()>(&mut store, "ends")?;
    let error = ends.call(&mut store, ()).expect_err("it traps");
    assert!(format!("{error:?}").contains("ends"), "{error:?}");
    assert_eq!(module.name(), Some("program"));
    Ok(())
}

#[test]
fn a_file_that_is_overwritten_after_validation_changes_nothing() -> Result<()> {
    let path = tempfile::NamedTempFile::new()?.into_temp_path();
    let bytes = program();
    std::fs::write(&path, &bytes)?;
    let engine = Engine::default();
    let parsed = ParsedModule::from_file(&engine, &path)?;
    // In place: what somebody has mapped or opened changes with it. Every body becomes one without validity.
    let file = OpenOptions::new().write(true).open(&path)?;
    file.write_all_at(&vec![0x0b; bytes.len() - 8], 8)?;
    let module = parsed.compile()?;
    check(&engine, &module)
}

#[test]
fn a_file_that_is_truncated_after_validation_or_compilation_changes_nothing() -> Result<()> {
    let engine = Engine::default();
    for early in [false, true] {
        let path = tempfile::NamedTempFile::new()?.into_temp_path();
        std::fs::write(&path, program())?;
        let parsed = ParsedModule::from_file(&engine, &path)?;
        let truncate = || File::create(&path).map(drop);
        if early {
            truncate()?;
        }
        let module = parsed.compile()?;
        truncate()?;
        check(&engine, &module)?;
    }
    Ok(())
}

#[test]
fn a_pipe_is_read_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status()?.success());
    for bytes in [program(), b"(module $program (memory 1))".to_vec()] {
        let to = path.clone();
        let writer = std::thread::spawn(move || OpenOptions::new().write(true).open(to)?.write_all(&bytes));
        let module = Module::from_file(&Engine::default(), &path)?;
        writer.join().expect("the writer does not panic")?;
        assert_eq!(module.name(), Some("program"));
    }
    Ok(())
}

#[test]
fn a_file_without_an_end_is_refused() {
    let error = ParsedModule::from_file(&Engine::default(), "/dev/zero").expect_err("it never ends");
    assert!(format!("{error:#}").contains("exceeds"), "{error:#}");
}
