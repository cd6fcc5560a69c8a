//! Functions with as many parameters and results as there may be: far more than registers, in every order of types, by every kind of
//! call, from the host and to it.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

const COUNT: usize = 1000;

const KINDS: [&str; 5] = ["i64", "f32", "v128", "i32", "f64"];

fn list() -> String {
    (0..COUNT)
        .map(|index| KINDS[index % KINDS.len()])
        .collect::<Vec<_>>()
        .join(" ")
}

/// The parameters in reverse, as far as the types are the same: value `n` of a kind becomes the last but `n` of it.
fn reversed() -> String {
    (0..COUNT)
        .map(|index| format!("(local.get {})", reversed_index(index)))
        .collect()
}

fn reversed_index(index: usize) -> usize {
    COUNT - KINDS.len() - index / KINDS.len() * KINDS.len() + index % KINDS.len()
}

fn program() -> String {
    let list = list();
    let same: String = (0..COUNT).map(|index| format!("(local.get {index})")).collect();
    let reversed = reversed();
    format!(
        r#"(module
          (type $t (func (param {list}) (result {list})))
          (import "" "host" (func $host (type $t)))
          (table funcref (elem $reverse $host))
          (func $reverse (export "reverse") (type $t) {reversed})
          (func (export "twice") (type $t) {same} (call $reverse) (call $reverse))
          (func (export "by table") (type $t) {same} (call_indirect (type $t) (i32.const 0)))
          (func (export "by reference") (type $t) {same} (call_ref $t (ref.func $reverse)))
          (func (export "tail") (type $t) {same} (return_call $reverse))
          (func (export "tail by table") (type $t) {same} (return_call_indirect (type $t) (i32.const 0)))
          (func (export "host") (type $t) {same} (call $host))
          (func (export "tail to host") (type $t) {same} (return_call $host))
          (func (export "blocks") (type $t)
            {same} (block (param {list}) (result {list})
              (loop (param {list}) (result {list}) (br_if 1 (i32.eqz (local.get 3))) (call $reverse)))))"#
    )
}

fn value(index: usize) -> Val {
    let number = index as u64 * 0x1_0000_0001 + 5;
    match KINDS[index % KINDS.len()] {
        "i32" => Val::I32(number as i32),
        "i64" => Val::I64(number as i64),
        "f32" => Val::F32(number as u32),
        "f64" => Val::F64(number),
        _ => Val::V128((u128::from(number) << 64 | u128::from(!number)).into()),
    }
}

fn a_thousand_parameters_and_results_arrive(tiers: Tiers) -> Result<()> {
    let engine = Engine::new(Config::new().tiers(tiers))?;
    let mut store = Store::new(&engine, ());
    let module = Module::new(&engine, program())?;
    let ty = module
        .imports()
        .next()
        .and_then(|import| import.ty().func().cloned());
    let host = Func::new(&mut store, ty.context("a function")?, |_, params, results| {
        for (index, result) in results.iter_mut().enumerate() {
            *result = params[reversed_index(index)];
        }
        Ok(())
    });
    let instance = Instance::new(&mut store, &module, &[host.into()])?;
    let values: Vec<Val> = (0..COUNT).map(value).collect();
    let reversed: Vec<Val> = (0..COUNT).map(|index| values[reversed_index(index)]).collect();
    let same = show(&store, &values);
    let reversed = show(&store, &reversed);
    assert_ne!(same, reversed);
    for name in [
        "reverse",
        "by table",
        "by reference",
        "tail",
        "tail by table",
        "host",
        "tail to host",
        "blocks",
    ] {
        let results = call(&mut store, instance, name, &values)?;
        ensure!(show(&store, &results) == reversed, "{name}: {results:?}");
    }
    let results = call(&mut store, instance, "twice", &values)?;
    ensure!(show(&store, &results) == same, "twice: {results:?}");
    Ok(())
}

in_tiers!(a_thousand_parameters_and_results_arrive);
