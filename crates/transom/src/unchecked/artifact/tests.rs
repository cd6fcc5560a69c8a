//! An artifact is the same module wherever it is read from.
use super::*;

#[test]
fn bytes_memory_and_files() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, r#"(module $named (func (export "f")))"#)?;
    let artifact = module.serialize()?;
    let folder = tempfile::tempdir()?;
    let (path, text) = (folder.path().join("artifact"), folder.path().join("text"));
    std::fs::write(&path, &artifact)?;
    std::fs::write(&text, r#"(module $named)"#)?;
    // SAFETY: the artifact is one of `serialize`, and nobody changes it.
    let modules = unsafe {
        [
            Module::deserialize(&engine, &artifact)?,
            Module::deserialize_raw(&engine, NonNull::from(&artifact[..]))?,
            Module::deserialize_file(&engine, &path)?,
            Module::deserialize_open_file(&engine, File::open(&path)?)?,
            Module::from_trusted_file(&engine, &path)?,
            Module::from_trusted_file(&engine, &text)?,
        ]
    };
    assert!(modules.iter().all(|module| module.name() == Some("named")));
    Ok(())
}

#[test]
fn an_error_names_the_file() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("empty.artifact");
    std::fs::write(&path, "")?;
    // SAFETY: the file is no artifact, so nothing is made of it.
    let error = unsafe { Module::deserialize_file(&Engine::default(), &path) };
    let error = format!("{:#}", error.expect_err("no artifact"));
    assert!(
        error.contains("empty.artifact") && error.contains("no artifact of Transom"),
        "{error}"
    );
    Ok(())
}
