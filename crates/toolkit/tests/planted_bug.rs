//! The bug that tests of comparisons look for: there if it is asked for, and seen through drivers of modules that nobody wrote.

use transom::{Config, Engine, Instance, Module, Result, Store, Val};
use transom_toolkit::{drive::drive, generate::generate};

fn engine(planted: bool) -> Result<Engine> {
    Engine::new(Config::new().planted_bug(planted))
}

#[test]
fn it_is_there_if_it_is_asked_for() -> Result<()> {
    const TEXT: &str = r#"(module (func (export "f") (param i32) (result i32) (i32.ctz (local.get 0))))"#;
    for (planted, expected) in [(false, 3), (true, 28)] {
        let engine = engine(planted)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &Module::new(&engine, TEXT)?, &[])?;
        let f = instance.get_typed_func::<i32, i32>(&mut store, "f")?;
        assert_eq!(f.call(&mut store, 8)?, expected, "planted: {planted}");
    }
    Ok(())
}

/// What all drivers of a module return, each in an instance of its own; an error's text if there is one.
fn outcomes(engine: &Engine, seed: u64) -> Result<Vec<Result<Vec<i64>, String>>> {
    let driven = drive(&generate(seed).binary, seed)?;
    let module = Module::new(engine, &driven.binary)?;
    let outcome = |driver: &str| -> Result<Vec<i64>> {
        let mut store = Store::new(engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let function = instance.get_func(&mut store, driver);
        let function = function.ok_or_else(|| transom::format_err!("no {driver}"))?;
        let mut results = vec![Val::I64(0); function.ty(&store).results().len()];
        function.call(&mut store, &[], &mut results)?;
        Ok(results.iter().filter_map(Val::i64).collect())
    };
    let drivers = driven.calls.iter();
    Ok(drivers
        .map(|call| outcome(&call.driver).map_err(|error| error.root_cause().to_string()))
        .collect())
}

#[test]
fn made_up_modules_show_it_now_and_then() -> Result<()> {
    const SEEDS: u64 = 160;
    let (right, wrong) = (engine(false)?, engine(true)?);
    let mut shown = 0;
    for seed in 0..SEEDS {
        shown += u64::from(outcomes(&right, seed)? != outcomes(&wrong, seed)?);
    }
    println!("{shown} of {SEEDS} modules");
    assert!((1..SEEDS / 2).contains(&shown), "{shown}");
    Ok(())
}
