//! Functions so large that good allocations of registers would take minutes: they compile, and compute what they should.

use transom::*;

/// Calls `f` with 5.
fn check(text: &str, expected: i64) -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, text)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let f = instance.get_typed_func::<i64, i64>(&mut store, "f")?;
    assert_eq!(f.call(&mut store, 5)?, expected);
    Ok(())
}

#[test]
fn with_many_live_locals() -> Result<()> {
    const LOCALS: i64 = 9_000;
    let set: String = (1..=LOCALS)
        .map(|local| format!("(local.set {local} (i64.mul (local.get 0) (i64.const {local})))"))
        .collect();
    let get: String = (1..=LOCALS)
        .map(|local| format!("(local.get {local}) (i64.add)"))
        .collect();
    let locals = "i64 ".repeat(LOCALS as usize);
    let text = format!(
        "(module (func (export \"f\") (param i64) (result i64) (local {locals})
            {set} (i64.const 0) {get}))"
    );
    check(&text, 5 * LOCALS * (LOCALS + 1) / 2)
}

#[test]
fn with_many_live_operands() -> Result<()> {
    const OPERANDS: i64 = 9_000;
    let push: String = (1..=OPERANDS)
        .map(|factor| format!("(i64.mul (local.get 0) (i64.const {factor}))"))
        .collect();
    let add = "i64.add ".repeat(OPERANDS as usize - 1);
    let text = format!("(module (func (export \"f\") (param i64) (result i64) {push} {add}))");
    check(&text, 5 * OPERANDS * (OPERANDS + 1) / 2)
}

#[test]
fn with_many_blocks() -> Result<()> {
    const IFS: i64 = 13_500;
    let ifs = "(if (i64.ge_s (local.get 0) (i64.const 0))
        (then (local.set 0 (i64.add (local.get 0) (i64.const 1)))))"
        .repeat(IFS as usize);
    let text = format!("(module (func (export \"f\") (param i64) (result i64) {ifs} (local.get 0)))");
    check(&text, 5 + IFS)
}

/// What is alive across collections and in handlers of exceptions, in a function that has too many locals.
#[test]
fn with_objects_and_exceptions() -> Result<()> {
    const OBJECTS: usize = 200;
    let unused = "i64 ".repeat(8_000);
    let make: String = (1..=OBJECTS)
        .map(|local| {
            format!("(local.set {local} (struct.new $box (i64.mul (local.get 0) (i64.const {local}))))")
        })
        .collect();
    let sum: String = (1..=OBJECTS)
        .map(|local| format!("(struct.get $box 0 (local.get {local})) (i64.add)"))
        .collect();
    let locals = "(ref null $box) ".repeat(OBJECTS);
    let text = format!(
        r#"(module (type $box (struct (field i64))) (tag $tag (param i64))
            (func $throw (param i64) (throw $tag (local.get 0)))
            (func (export "f") (param i64) (result i64) (local {locals} {unused})
                {make}
                (block $caught (result i64)
                    (try_table (catch $tag $caught) (call $throw (local.get 0)))
                    (i64.const 0))
                {sum}))"#
    );
    for zeal in [false, true] {
        let mut config = Config::new();
        config.gc_zeal(zeal);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, &text)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let f = instance.get_typed_func::<i64, i64>(&mut store, "f")?;
        assert_eq!(f.call(&mut store, 5)?, 5 + 5 * 200 * 201 / 2);
    }
    Ok(())
}
