//! Tail calls between functions of all tiers with fewer, the same and more arguments on the stack than the caller has: the frame
//! is replaced, the arguments may overwrite those that they are made of, and the callee takes its own away.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

/// Parameters of each function: from none to many on the stack, of every width.
const COUNTS: [usize; 6] = [0, 3, 10, 17, 31, 64];

const KINDS: [&str; 5] = ["i32", "f64", "i64", "v128", "f32"];

fn kind(index: usize) -> &'static str {
    KINDS[index % KINDS.len()]
}

/// A parameter as an `i64`.
fn as_integer(index: usize) -> String {
    let local = format!("(local.get {index})");
    match kind(index) {
        "i32" => format!("(i64.extend_i32_s {local})"),
        "i64" => local,
        "f32" => format!("(i64.trunc_f32_s {local})"),
        "f64" => format!("(i64.trunc_f64_s {local})"),
        _ => format!("(i64.sub (i64x2.extract_lane 0 {local}) (i64x2.extract_lane 1 {local}))"),
    }
}

/// An `i64` as an argument.
fn from_integer(index: usize, value: &str) -> String {
    match kind(index) {
        "i32" => format!("(i32.wrap_i64 {value})"),
        "i64" => value.to_owned(),
        "f32" => format!("(f32.convert_i64_s {value})"),
        "f64" => format!("(f64.convert_i64_s {value})"),
        // The lower lane is one more than this.
        _ => format!("(i64x2.replace_lane 0 (i64x2.splat (i64.const 1)) (i64.add {value} (i64.const 1)))"),
    }
}

fn params(count: usize) -> String {
    (0..count)
        .map(|index| format!("(param {})", kind(index)))
        .collect()
}

/// The arguments of a function that is called by one with so many parameters: theirs in another order, each with 1 added, or numbers.
fn arguments(caller: usize, callee: usize) -> String {
    let argument = |index: usize| {
        let value = match caller {
            0 => format!("(i64.const {})", index * 3),
            _ => format!("(i64.add {} (i64.const 1))", as_integer((index * 7 + 3) % caller)),
        };
        from_integer(index, &value)
    };
    (0..callee).map(argument).collect()
}

/// The same in plain arithmetic.
fn passed(values: &[i64], callee: usize) -> Vec<i64> {
    let value = |index: usize| match values.len() {
        0 => index as i64 * 3,
        count => values[(index * 7 + 3) % count] + 1,
    };
    (0..callee).map(value).collect()
}

fn sum(values: &[i64]) -> i64 {
    values
        .iter()
        .enumerate()
        .map(|(index, value)| (index as i64 + 1) * value)
        .sum()
}

/// Ways to make a tail call of a function with so many parameters.
fn ways(callee: usize, name: &str) -> [String; 3] {
    [
        format!("(return_call ${name})"),
        format!("(return_call_ref $t{callee} (ref.func ${name}))"),
        format!("(return_call_indirect (type $t{callee}) (global.get ${name}))"),
    ]
}

/// Functions that sum up their parameters; those that call them by tail calls; those that call these by tail calls; and exports
/// that call the last, with registers full of what must survive.
fn program() -> String {
    let mut text = String::from("(module ");
    let mut elements = Vec::new();
    for count in COUNTS {
        text += &format!("(type $t{count} (func {} (result i64)))", params(count));
    }
    for count in COUNTS {
        let total: String = (0..count)
            .map(|index| {
                format!(
                    "(i64.add (i64.mul {} (i64.const {})))",
                    as_integer(index),
                    index + 1
                )
            })
            .collect();
        text += &format!(
            "(func $sum{count} (type $t{count}) (i64.const 0) {total})
             (global $sum{count} i32 (i32.const {}))",
            elements.len()
        );
        elements.push(format!("$sum{count}"));
    }
    for caller in COUNTS {
        for callee in COUNTS {
            let arguments = arguments(caller, callee);
            for (way, call) in ways(callee, &format!("sum{callee}")).into_iter().enumerate() {
                let name = format!("$f{caller}_{callee}_{way}");
                text += &format!("(func {name} (type $t{caller}) {arguments} {call})");
                text += &outer(caller, &name);
            }
        }
    }
    text + &format!("(table funcref (elem {})))", elements.join(" "))
}

/// An export that calls a function, with operands and locals that must be the same afterwards.
fn outer(callee: usize, name: &str) -> String {
    let kept: String = (0..12)
        .map(|index| format!("(i64.mul (local.get $x) (i64.const {index}))"))
        .collect();
    let arguments: String = (0..callee)
        .map(|index| from_integer(index, &format!("(i64.add (local.get $x) (i64.const {index}))")))
        .collect();
    let add = "(i64.add) ".repeat(11);
    format!(
        r#"(func (export "{name}") (param $x i64) (result i64)
             (local $a i64) (local $b i64) (local $c i64) (local $result i64)
             (local.set $a (i64.add (local.get $x) (i64.const 1)))
             (local.set $b (i64.add (local.get $a) (i64.const 1)))
             (local.set $c (i64.add (local.get $b) (i64.const 1)))
             {kept} {arguments} (call {name}) (local.set $result)
             {add} (if (i64.ne (i64.mul (local.get $x) (i64.const 66))) (then (unreachable)))
             (if (i64.ne (i64.sub (local.get $b) (local.get $a)) (i64.const 1)) (then (unreachable)))
             (if (i64.ne (i64.sub (local.get $c) (local.get $x)) (i64.const 3)) (then (unreachable)))
             (local.get $result))"#
    )
}

fn check(tiers: Tiers) -> Result<()> {
    let engine = Engine::new(Config::new().tiers(tiers))?;
    let (mut store, instance) = instance_in(&engine, &program())?;
    for caller in COUNTS {
        for callee in COUNTS {
            for way in 0..3 {
                let name = format!("$f{caller}_{callee}_{way}");
                let run = instance.get_typed_func::<i64, i64>(&mut store, &name)?;
                let values: Vec<i64> = (0..caller as i64).map(|index| 1000 + index).collect();
                let expected = sum(&passed(&values, callee));
                let found = run.call(&mut store, 1000).with_context(|| name.clone())?;
                ensure!(found == expected, "{name}, {tiers:?}: {found}, not {expected}");
            }
        }
    }
    Ok(())
}

fn arguments_of_tail_calls_replace_those_of_the_caller(tiers: Tiers) -> Result<()> {
    // So many mixtures that each pair of functions is compiled by each pair of compilers.
    match tiers {
        Tiers::Mixed(seed) => (0..8).try_for_each(|part| check(Tiers::Mixed(8 * seed + part))),
        _ => check(tiers),
    }
}

in_tiers!(arguments_of_tail_calls_replace_those_of_the_caller);
