//! Compiles a module and leaves each function's intermediate representation and machine code in a folder:
//! `cargo run --example dump FILE FOLDER`.

fn main() -> transom::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, file, folder] = &arguments[..] else {
        transom::bail!("usage: dump FILE FOLDER")
    };
    let mut config = transom::Config::new();
    config.emit_clif(folder.as_ref());
    transom::Module::from_file(&transom::Engine::new(&config)?, file)?;
    Ok(())
}
