//! Arguments and results are what they would be if the function had had its code before.

use crate::config;
use transom::*;

/// A function with eight parameters of each kind of register, more on the stack, and references to objects, which it mixes; and
/// one that calls it with values that it computes, so that they are in registers.
fn mixed(call: &str) -> String {
    const KINDS: [&str; 5] = ["i32", "i64", "f32", "f64", "v128"];
    let params: Vec<_> = (0..30).map(|index| KINDS[index % 5]).collect();
    let list = params.join(" ");
    let read: String = (0..30)
        .map(|index| {
            let value = match index % 5 {
                0 => format!("(i64.extend_i32_s (local.get {index}))"),
                1 => format!("(local.get {index})"),
                2 => format!("(i64.trunc_f32_s (local.get {index}))"),
                3 => format!("(i64.trunc_f64_s (local.get {index}))"),
                _ => format!(
                    "(i64.add (i64x2.extract_lane 0 (local.get {index}))
                       (i64.mul (i64.const 3) (i64x2.extract_lane 1 (local.get {index}))))"
                ),
            };
            format!("(local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 31)) {value}))")
        })
        .collect();
    let write: String = (0..30)
        .map(|index| {
            let value = format!("(i64.add (local.get $x) (i64.const {index}))");
            match index % 5 {
                0 => format!("(i32.wrap_i64 {value})"),
                1 => value,
                2 => format!("(f32.convert_i64_s {value})"),
                3 => format!("(f64.convert_i64_s {value})"),
                _ => format!(
                    "(i64x2.replace_lane 1 (i64x2.splat {value}) (i64.mul (i64.const 5) (local.get $x)))"
                ),
            }
        })
        .collect();
    format!(
        r#"(module
          (type $box (struct (field (mut i64))))
          (type $callee (func (param {list}) (param (ref null $box) eqref (ref $box)) (result i64)))
          (table funcref (elem $callee))
          (func $callee (type $callee) (local $sum i64)
            {read}
            (drop (struct.new $box (i64.const 99)))
            (i64.add (local.get $sum)
              (i64.add (struct.get $box 0 (local.get 30))
                (i64.add (i64.mul (i64.const 7) (struct.get $box 0 (ref.cast (ref $box) (local.get 31))))
                  (i64.mul (i64.const 11) (struct.get $box 0 (local.get 32)))))))
          (func (export "call") (param $x i64) (result i64)
            {write}
            (struct.new $box (i64.add (local.get $x) (i64.const 1)))
            (struct.new $box (i64.add (local.get $x) (i64.const 2)))
            (struct.new $box (i64.add (local.get $x) (i64.const 3)))
            {call}))"#
    )
}

fn run(config: &Config, text: &str) -> Result<i64> {
    let engine = Engine::new(config)?;
    let module = Module::new(&engine, text)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let call = instance.get_typed_func::<i64, i64>(&mut store, "call")?;
    let first = call.call(&mut store, 1000)?;
    ensure!(first == call.call(&mut store, 1000)?, "the second call differs");
    Ok(first)
}

#[test]
fn arguments_reach_the_function_that_is_compiled_for_them() -> Result<()> {
    let ways = [
        "(call $callee)",
        "(return_call $callee)",
        "(ref.func $callee) (call_ref $callee)",
        "(i32.const 0) (call_indirect (type $callee))",
        "(i32.const 0) (return_call_indirect (type $callee))",
    ];
    let expected = run(&Config::new(), &mixed(ways[0]))?;
    for way in ways {
        for zeal in [false, true] {
            let result = run(config().gc_zeal(zeal), &mixed(way))?;
            assert_eq!(result, expected, "{way}, zeal: {zeal}");
        }
    }
    Ok(())
}

#[test]
fn results_in_memory_arrive() -> Result<()> {
    let results: String = (0..20).map(|index| format!("(i64.const {index})")).collect();
    let sum = "i64.add ".repeat(19);
    let text = format!(
        r#"(module (type $many (func (result {})))
          (func $many (type $many) {results}) (elem declare func $many)
          (func (export "call") (param i64) (result i64) (call_ref $many (ref.func $many)) {sum}))"#,
        "i64 ".repeat(20)
    );
    assert_eq!(run(&config(), &text)?, 190);
    Ok(())
}
