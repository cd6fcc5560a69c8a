//! The text of the modules: how a value travels, and how it is used.

use crate::cases::{Carrier, Case, Origin, Travel, Use};
use crate::model::{Ty, Universe, ty_text};

/// What a way to travel adds to the module that uses the value.
struct Parts {
    imports: String,
    definitions: String,
    /// Instructions that leave the value.
    get: String,
}

impl Carrier {
    fn heap(self) -> String {
        match self {
            Carrier::FuncRef => "func".to_owned(),
            Carrier::Concrete(name) => format!("${name}"),
        }
    }

    fn text(self) -> String {
        format!("(ref null {})", self.heap())
    }
}

/// The module that defines a function of each type.
pub fn definer(types: &Universe) -> String {
    let mut text = format!("(module {}", types.text(0));
    for name in types.names() {
        text += &format!("(func (export \"{name}\") (type ${name}) {})", body(types, name));
    }
    text + ")"
}

/// Adds a number that tells the function apart, or gives null.
fn body(types: &Universe, name: &str) -> String {
    let number = types.number(name);
    match types.get(name).results {
        [Ty::I32] => format!("(i32.add (local.get 0) (i32.const {number}))"),
        [Ty::I64] => format!("(i64.add (local.get 0) (i64.const {number}))"),
        [_] => "(ref.null nofunc)".to_owned(),
        _ => String::new(),
    }
}

/// A module that imports a function under a type, and exports it again.
pub fn chain_link(types: &Universe, name: &str, variant: usize) -> String {
    let definitions = types.text(variant);
    format!(r#"(module {definitions} (import "a" "f" (func $f (type ${name}))) (export "f" (func $f)))"#)
}

/// A module with a table and a global of the actual type.
pub fn provider(types: &Universe, case: &Case) -> String {
    let (actual, definitions) = (case.actual, types.text(2));
    let (import, value) = match case.origin {
        Origin::Null => (String::new(), format!("(ref.null ${actual})")),
        _ => (
            format!(r#"(import "a" "f" (func $f (type ${actual})))"#),
            "(ref.func $f)".to_owned(),
        ),
    };
    format!(
        r#"(module {definitions} {import}
            (table (export "t") 1 (ref null ${actual}))
            (elem (table 0) (i32.const 0) (ref null ${actual}) {value})
            (global (export "g") (mut (ref null ${actual})) {value}))"#
    )
}

fn parts(case: &Case) -> Parts {
    use Travel::*;
    let ty = case.carrier.text();
    let function = match case.origin {
        Origin::Null => String::new(),
        _ => format!(r#"(import "a" "f" (func $f (type ${})))"#, case.import_type()),
    };
    let value = match case.origin {
        Origin::Null => format!("(ref.null {})", case.carrier.heap()),
        _ => "(ref.func $f)".to_owned(),
    };
    let zero = "(i32.const 0)";
    let element = "(table.get $t (i32.const 0))";
    let (imports, definitions, get) = match case.travel {
        Import | Linker | Chain => (String::new(), String::new(), value),
        ActiveSegment => (
            String::new(),
            format!("(table $t 1 {ty}) (elem (table $t) {zero} {ty} {value})"),
            element.to_owned(),
        ),
        PassiveSegment => (
            String::new(),
            format!("(table $t 1 {ty}) (elem $e {ty} {value})"),
            format!("(table.init $t $e {zero} {zero} (i32.const 1)) {element}"),
        ),
        TableInitializer => (
            String::new(),
            format!("(table $t 1 {ty} {value})"),
            element.to_owned(),
        ),
        TableSet => (
            String::new(),
            format!("(table $t 1 {ty})"),
            format!("(table.set $t {zero} {value}) {element}"),
        ),
        TableGrow => (
            String::new(),
            format!("(table $t 0 {ty})"),
            format!(
                "(if (i32.eqz (table.size $t)) (then (drop (table.grow $t {value} (i32.const 1))))) {element}"
            ),
        ),
        TableFill => (
            String::new(),
            format!("(table $t 3 {ty})"),
            format!("(table.fill $t {zero} {value} (i32.const 3)) {element}"),
        ),
        TableCopy => {
            let source = match case.origin {
                Origin::Null => ty.clone(),
                _ => Carrier::Concrete(case.import_type()).text(),
            };
            let get = format!(
                "(table.set $s {zero} {value}) (table.copy $t $s {zero} {zero} (i32.const 1)) {element}"
            );
            (
                String::new(),
                format!("(table $s 1 {source}) (table $t 1 {ty})"),
                get,
            )
        }
        ImportedTable | HostTableNew | HostTableSet | HostTableGrow | HostTableFill | HostTableCopy => (
            format!(r#"(import "p" "t" (table $t 1 {ty}))"#),
            String::new(),
            element.to_owned(),
        ),
        ConstGlobal | HostGlobalNew => (
            format!(r#"(import "p" "g" (global $g {ty}))"#),
            String::new(),
            "(global.get $g)".to_owned(),
        ),
        VarGlobal | HostGlobalSet => (
            format!(r#"(import "p" "g" (global $g (mut {ty})))"#),
            String::new(),
            "(global.get $g)".to_owned(),
        ),
        OwnGlobal => (
            String::new(),
            format!("(global $g {ty} {value})"),
            "(global.get $g)".to_owned(),
        ),
        Params => (
            String::new(),
            format!(
                "(func $id (param {ty}) (result {ty}) (local {ty}) (local.set 1 (local.get 0))
                    (select (result {ty}) (local.get 1) (local.get 0) (i32.const 1)))"
            ),
            format!("(block (result {ty}) (call $id {value}))"),
        ),
        HostParam | TypedParam => (
            String::new(),
            format!(
                r#"(global $g (mut {ty}) (ref.null {}))
                    (func (export "put") (param {ty}) (global.set $g (local.get 0)))"#,
                case.carrier.heap()
            ),
            "(global.get $g)".to_owned(),
        ),
        HostResult => (
            format!(r#"(import "h" "make" (func $make (result {ty})))"#),
            String::new(),
            "(call $make)".to_owned(),
        ),
        RoundTrip => (
            format!(r#"(import "h" "id" (func $id (param funcref) (result {ty})))"#),
            String::new(),
            format!("(call $id {value})"),
        ),
    };
    let imports = if case.travel.imports_function() {
        function + &imports
    } else {
        imports
    };
    Parts {
        imports,
        definitions,
        get,
    }
}

/// The module that gets the value and uses it, with the uses that need no static type, and those given.
pub fn user(types: &Universe, case: &Case, uses: &[Use]) -> String {
    let Parts {
        imports,
        definitions,
        get,
    } = parts(case);
    let declared = if imports.contains("(func $f") {
        "(elem declare func $f)"
    } else {
        ""
    };
    let variant = 1 + Travel::ALL
        .iter()
        .position(|&travel| travel == case.travel)
        .unwrap_or(0)
        % 3;
    let mut text = format!(
        r#"(module {} {imports} {declared} {definitions} (table $use 1 funcref)
            (func $get (export "get") (result {}) {get})"#,
        types.text(variant),
        case.carrier.text()
    );
    text += &indirect(
        types,
        case,
        "CallIndirect",
        "$use",
        "(table.set $use (i32.const 0) (call $get))",
    );
    if text.contains("(table $t ") {
        text += &indirect(types, case, "Direct", "$t", "(drop (call $get))");
    }
    for usage in uses {
        let instruction = match usage {
            Use::CallRef => "call_ref",
            Use::ReturnCallRef => "return_call_ref",
            usage if usage.passes_null().is_some() => {
                text += &tested(types, case, *usage);
                continue;
            }
            _ => continue,
        };
        let (results, arguments) = signature(types, case.annotation);
        let annotation = case.annotation;
        text += &format!(
            r#"(func (export "{usage:?}") {results} {arguments} ({instruction} ${annotation} (call $get)))"#
        );
    }
    text + ")"
}

/// Functions that look at the value's type, and call what passes: once as a `funcref`, and, if validation allows it, once more with
/// the static type that it came with.
fn tested(types: &Universe, case: &Case, usage: Use) -> String {
    let (results, arguments) = signature(types, case.annotation);
    let null = if usage.passes_null() == Some(true) {
        "null "
    } else {
        ""
    };
    let annotation = case.annotation;
    let target = format!("(ref {null}${annotation})");
    let function = |name: &str, from: &str| {
        let call = |value: &str| format!("(call_ref ${annotation} {arguments} {value})");
        let value = "(call $get)";
        let body = match usage {
            Use::RefTest | Use::RefTestNull => format!(
                "(if (i32.eqz (ref.test {target} {value})) (then (unreachable))) {}",
                call(&format!("(ref.cast {target} {value})"))
            ),
            Use::RefCast | Use::RefCastNull => call(&format!("(ref.cast {target} {value})")),
            Use::BrOnCast | Use::BrOnCastNull => call(&format!(
                "(block $yes (result {target}) (br_on_cast $yes {from} {target} {value}) (unreachable))"
            )),
            // What does not pass has a type without null, if null passes.
            _ => format!(
                "(block $no (result {from}) (return {})) (unreachable)",
                call(&format!("(br_on_cast_fail $no {from} {target} {value})"))
            ),
        };
        format!(r#"(func (export "{name}{usage:?}") {results} {body})"#)
    };
    let own = match case.carrier {
        Carrier::Concrete(name) if types.below(annotation, name) => function("Own", &case.carrier.text()),
        _ => String::new(),
    };
    function("", "funcref") + &own
}

/// Functions that call through a table, once by a call and once by a tail call.
fn indirect(types: &Universe, case: &Case, name: &str, table: &str, before: &str) -> String {
    let (results, arguments) = signature(types, case.annotation);
    let call = |prefix: &str, export: &str| {
        let target = format!("{table} (type ${}) (i32.const 0)", case.annotation);
        format!(
            r#"(func (export "{export}{name}") {results} {before} {arguments} ({prefix}call_indirect {target}))"#
        )
    };
    call("", "") + &call("return_", "Return")
}

/// The results of a type, and instructions that leave its parameters.
fn signature(types: &Universe, name: &str) -> (String, String) {
    let def = types.get(name);
    let results = def
        .results
        .iter()
        .map(|ty| format!("(result {})", ty_text(*ty)))
        .collect();
    let argument = |ty: &Ty| match ty {
        Ty::I32 => "(i32.const 100)".to_owned(),
        Ty::I64 => "(i64.const 100)".to_owned(),
        Ty::FuncRef => "(ref.null func)".to_owned(),
        Ty::Null(name) => format!("(ref.null ${name})"),
    };
    (results, def.params.iter().map(argument).collect())
}
