//! A linker has the versions that were defined in it.

use transom::{Engine, Linker, Result};
use transom_wasi::{WasiCtx, add_to_linker, p0, p1};

fn modules(linker: &Linker<WasiCtx>) -> Vec<String> {
    let mut store = transom::Store::new(linker.engine(), transom_wasi::WasiCtxBuilder::new().build_p1());
    let names = linker.iter(&mut store).map(|(module, _, _)| module.to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn each_version_is_defined_alone_or_with_the_other() -> Result<()> {
    let engine = Engine::default();
    fn get(ctx: &mut WasiCtx) -> &mut WasiCtx {
        ctx
    }
    let mut both = Linker::new(&engine);
    add_to_linker(&mut both, get)?;
    assert_eq!(modules(&both), ["wasi_snapshot_preview1", "wasi_unstable"]);
    let mut linker = Linker::new(&engine);
    p1::add_to_linker_sync(&mut linker, get)?;
    assert_eq!(modules(&linker), ["wasi_snapshot_preview1"]);
    assert!(
        add_to_linker(&mut linker.clone(), get).is_err(),
        "a name is defined twice"
    );
    p0::add_to_linker_sync(&mut linker, get)?;
    assert_eq!(modules(&linker), modules(&both));
    Ok(())
}
