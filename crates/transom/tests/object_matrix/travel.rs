//! The text of the modules between which values travel.

use crate::cases::{Case, Travel};
use crate::model::{Actual, Heap, Universe};

/// What the sending module exports or does. `None` where the host sends.
pub fn sender(types: &Universe, case: &Case) -> Option<String> {
    let carrier = types.nullable(case.carrier);
    let own = types.nullable(case.actual.heap());
    let value = types.value_text(case.actual);
    let body = match case.travel {
        Travel::Result => format!(r#"(func (export "make") (result {carrier}) {value})"#),
        Travel::Param => format!(
            r#"(import "b" "put" (func $put (param {carrier}))) (func (export "send") (call $put {value}))"#
        ),
        // A constant expression can't convert what a function has.
        Travel::ConstGlobal | Travel::Segment => format!(r#"(global (export "g") {own} {value})"#),
        Travel::VarGlobal => format!(r#"(global (export "g") (mut {own}) {value})"#),
        Travel::Table => format!(r#"(table (export "t") 2 {own} {value})"#),
        Travel::Field => format!(
            r#"(type $holder (struct (field (mut {carrier}))))
               (global (export "g") (ref $holder) (struct.new $holder {value}))"#
        ),
        Travel::Element => format!(
            r#"(type $holder (array (mut {carrier})))
               (global (export "g") (ref $holder) (array.new $holder {value} (i32.const 3)))"#
        ),
        Travel::Payload => format!(
            r#"(import "b" "e" (tag $e (param {carrier}))) (func (export "send") (throw $e {value}))"#
        ),
        Travel::Extern => format!(r#"(global (export "g") externref (extern.convert_any {value}))"#),
        _ => return None,
    };
    let host = match case.actual {
        Actual::Host => r#"(import "h" "x" (global $host externref))"#,
        _ => "",
    };
    Some(format!("(module {} {host} {body})", types.text(2)))
}

/// What the module that gets the value imports and defines, and the instructions that leave the value.
fn parts(types: &Universe, case: &Case) -> (String, String) {
    let heap = types.heap_text(case.carrier);
    let ty = types.nullable(case.carrier);
    let global = format!(r#"(global $g (mut {ty}) (ref.null {heap}))"#);
    let from_global = "(global.get $g)".to_owned();
    let holder = |body: &str, get: &str| {
        (
            format!(r#"(type $holder {body}) (import "a" "g" (global $h (ref $holder)))"#),
            format!("({get})"),
        )
    };
    let host_table = format!(r#"(import "a" "t" (table $t 1 {ty}))"#);
    let first = "(table.get $t (i32.const 0))".to_owned();
    match case.travel {
        Travel::Result | Travel::HostResult => (
            format!(r#"(import "a" "make" (func $make (result {ty})))"#),
            "(call $make)".to_owned(),
        ),
        Travel::Param | Travel::HostParam | Travel::TypedParam => (
            format!(r#"{global} (func (export "put") (param {ty}) (global.set $g (local.get 0)))"#),
            from_global,
        ),
        Travel::ConstGlobal | Travel::HostGlobalNew => {
            (format!(r#"(import "a" "g" (global $g {ty}))"#), from_global)
        }
        Travel::Segment => (
            format!(
                r#"(import "a" "g" (global $i {ty})) (global $g {ty} (global.get $i))
                   (table $t 1 {ty}) (elem (table $t) (i32.const 0) {ty} (item (global.get $g)))"#
            ),
            first,
        ),
        Travel::VarGlobal | Travel::HostGlobalSet => {
            (format!(r#"(import "a" "g" (global $g (mut {ty})))"#), from_global)
        }
        Travel::Table
        | Travel::HostTableNew
        | Travel::HostTableSet
        | Travel::HostTableGrow
        | Travel::HostTableFill => (host_table, first),
        Travel::Field => holder(
            &format!("(struct (field (mut {ty})))"),
            "struct.get $holder 0 (global.get $h)",
        ),
        Travel::Element => holder(
            &format!("(array (mut {ty}))"),
            "array.get $holder (global.get $h) (i32.const 2)",
        ),
        Travel::Payload | Travel::HostPayload => (
            format!(
                r#"(import "a" "send" (func $send)) (import "b" "e" (tag $e (param {ty}))) {global}
                   (func $catch (result {ty})
                     (block $out (result {ty}) (try_table (catch $e $out) (call $send)) (unreachable)))"#
            ),
            "(call $catch)".to_owned(),
        ),
        Travel::Extern | Travel::HostExtern => (
            r#"(import "a" "g" (global $g externref))"#.to_owned(),
            format!("(ref.cast {ty} (any.convert_extern (global.get $g)))"),
        ),
        Travel::HostField => (
            format!(
                r#"(type $holder (struct (field (mut {ty})))) (global $h (export "holder") (ref $holder) (struct.new_default $holder))"#
            ),
            "(struct.get $holder 0 (global.get $h))".to_owned(),
        ),
        Travel::HostElement => (
            format!(
                r#"(type $holder (array (mut {ty}))) (global $h (export "holder") (ref $holder) (array.new_default $holder (i32.const 3)))"#
            ),
            "(array.get $holder (global.get $h) (i32.const 1))".to_owned(),
        ),
    }
}

/// The module that gets the value, and tests it for some types.
pub fn user(types: &Universe, case: &Case, targets: &[Heap]) -> String {
    let (definitions, get) = parts(types, case);
    let carrier = types.nullable(case.carrier);
    let mut text = format!(
        r#"(module {} {definitions} (func $get (export "get") (result {carrier}) {get})"#,
        types.text(3),
    );
    for &target in targets {
        let label = types.label(target);
        // With the most special static type that validation allows.
        let from = if types.heap_below(target, case.carrier) {
            case.carrier
        } else {
            Heap::Any
        };
        let probe = types.probe(&format!("probe_{label}"), from, target);
        text += &probe.replacen("(func ", &format!("(func $probe_{label} "), 1);
        text += &types.casts(&label, target);
        text += &format!(
            r#"(func (export "p_{label}") (result i32) (call $probe_{label} (call $get)))
               (func (export "d_{label}") (result anyref) (ref.cast (ref null {}) (call $get)))"#,
            types.heap_text(target)
        );
    }
    text + ")"
}
