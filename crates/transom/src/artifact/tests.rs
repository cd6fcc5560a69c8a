//! An artifact is read as it was written, or refused with the reason.
use super::*;

const TEXT: &str =
    r#"(module $named (import "a" "b" (func)) (memory (export "m") 3) (data (i32.const 5) "text"))"#;

fn artifact() -> Vec<u8> {
    Engine::default()
        .precompile_module(TEXT.as_bytes())
        .expect("a valid module")
}

fn refusal(artifact: &[u8]) -> String {
    let error = module(&Engine::default(), artifact).expect_err("a refusal");
    format!("{error:#}")
}

#[test]
fn modules_are_what_they_were() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, TEXT)?;
    assert_eq!(module.serialize()?, artifact());
    let again = super::module(&engine, &module.serialize()?)?;
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
    newer[8] = 2;
    assert!(refusal(&newer).contains("has version 2"), "{}", refusal(&newer));
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

/// The contents are validated again: the hash is no proof of anything.
#[test]
fn invalid_contents_with_the_right_hash_are_refused() {
    assert!(refusal(&encode(b"\0asm\x02\0\0\0")).contains("version"));
    assert!(
        refusal(&encode(b"(module)")).contains("magic"),
        "{}",
        refusal(&encode(b"(module)"))
    );
}

#[test]
fn another_engine_may_not_support_the_module() -> Result<()> {
    let artifact = Engine::default().precompile_module(b"(module (memory i64 1))")?;
    let engine = Engine::new(crate::Config::new().wasm_memory64(false))?;
    let error = module(&engine, &artifact).expect_err("a memory with 64-bit addresses");
    assert!(format!("{error:#}").contains("memory64"), "{error:#}");
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
