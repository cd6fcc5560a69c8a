//! The text of types, of values, and of functions that use values.

use crate::model::{Actual, Body, Def, Field, Heap, Storage, Universe};

impl Universe {
    /// A heap type.
    pub fn heap_text(&self, heap: Heap) -> String {
        match heap {
            Heap::Any => "any".to_owned(),
            Heap::Eq => "eq".to_owned(),
            Heap::I31 => "i31".to_owned(),
            Heap::Struct => "struct".to_owned(),
            Heap::Array => "array".to_owned(),
            Heap::None => "none".to_owned(),
            Heap::Type(number) => format!("${}", self.types[number].name),
        }
    }

    /// A heap type, as part of a name.
    pub fn label(&self, heap: Heap) -> String {
        self.heap_text(heap).replace('$', "")
    }

    /// The type of references to a heap type, and null.
    pub fn nullable(&self, heap: Heap) -> String {
        format!("(ref null {})", self.heap_text(heap))
    }

    /// Instructions that make a value. Objects of defined types hold their number. The host's value is a global.
    pub fn value_text(&self, actual: Actual) -> String {
        match actual {
            Actual::Null => "(ref.null none)".to_owned(),
            Actual::I31 => "(ref.i31 (i32.const 5))".to_owned(),
            Actual::Host => "(any.convert_extern (global.get $host))".to_owned(),
            Actual::Object(number) => {
                let def = &self.types[number];
                match &def.body {
                    Body::Array(_) => format!("(array.new_default ${} (i32.const {number}))", def.name),
                    Body::Struct(fields) => {
                        let values = fields.iter().map(|field| match field.storage {
                            Storage::I64 => "(i64.const 0)",
                            Storage::AnyRef => "(ref.null any)",
                            Storage::Null(_) => "(ref.null none)",
                            _ => "(i32.const 0)",
                        });
                        let mut values: Vec<String> = values.map(str::to_owned).collect();
                        if let Some(first) = values.first_mut() {
                            *first = format!("(i32.const {number})");
                        }
                        format!("(struct.new ${} {})", def.name, values.join(" "))
                    }
                }
            }
        }
    }

    /// The definitions of all types, in an order that depends on `variant`.
    pub fn text(&self, variant: usize) -> String {
        let mut text = String::new();
        let mut written = Vec::new();
        for number in 0..variant {
            text += &format!("(type (struct (field{})))", " f32".repeat(number + 1));
        }
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        if variant % 2 == 1 {
            order.reverse();
        }
        for group in order {
            self.write_group(group, variant, &mut written, &mut text);
        }
        text
    }

    fn write_group(&self, group: usize, variant: usize, written: &mut Vec<usize>, text: &mut String) {
        if written.contains(&group) {
            return;
        }
        written.push(group);
        let (start, end) = self.groups[group];
        let types = &self.types[start..end];
        for name in types.iter().flat_map(mentioned) {
            let number = self.number(&name);
            let other = self
                .groups
                .iter()
                .position(|&(start, end)| (start..end).contains(&number));
            self.write_group(other.expect("every type is in a group"), variant, written, text);
        }
        let definitions: String = types.iter().map(definition).collect();
        // A type alone is in a group of its own, whether that is written or not.
        let is_written_out = types.len() > 1 || variant % 3 == 2;
        *text += &if is_written_out {
            format!("(rec {definitions})\n")
        } else {
            format!("{definitions}\n")
        };
    }
}

/// The types that a type mentions.
fn mentioned(def: &Def) -> Vec<String> {
    let fields = match &def.body {
        Body::Struct(fields) => fields.clone(),
        Body::Array(field) => vec![*field],
    };
    let types = fields.iter().filter_map(|field| match field.storage {
        Storage::Null(name) => Some(name.to_owned()),
        _ => None,
    });
    types.chain(def.supertype.clone()).collect()
}

fn definition(def: &Def) -> String {
    let body = match &def.body {
        Body::Struct(fields) => {
            let fields: String = fields
                .iter()
                .map(|field| format!("(field {})", field_text(field)))
                .collect();
            format!("(struct {fields})")
        }
        Body::Array(field) => format!("(array {})", field_text(field)),
    };
    let is_final = if def.is_final { "final" } else { "" };
    let above = def
        .supertype
        .as_ref()
        .map_or(String::new(), |name| format!("${name}"));
    format!("(type ${} (sub {is_final} {above} {body}))", def.name)
}

fn field_text(field: &Field) -> String {
    let storage = match field.storage {
        Storage::I8 => "i8".to_owned(),
        Storage::I32 => "i32".to_owned(),
        Storage::I64 => "i64".to_owned(),
        Storage::AnyRef => "anyref".to_owned(),
        Storage::Null(name) => format!("(ref null ${name})"),
    };
    if field.mutable {
        format!("(mut {storage})")
    } else {
        storage
    }
}

/// How many bits a probe has.
pub const PROBES: u32 = 6;

/// What a probe should find: from the lowest bit on `ref.test`, `br_on_cast` and `br_on_cast_fail`, each first without null and then with.
pub fn expected_probe(types: &Universe, actual: Actual, target: Heap) -> u32 {
    let bit = |nullable| u32::from(types.has(actual, target, nullable));
    (bit(false) | bit(true) << 1) * 0b01_0101
}

impl Universe {
    /// A function that tests a value of static type `(ref null from)` for a type in every way; see [`expected_probe`].
    pub fn probe(&self, name: &str, from: Heap, target: Heap) -> String {
        let from = self.nullable(from);
        let target = self.heap_text(target);
        let forms = [format!("(ref {target})"), format!("(ref null {target})")];
        let mut body = String::new();
        for (index, to) in forms.iter().enumerate() {
            let bit = |place: usize| {
                format!(
                    "(local.set $bits (i32.or (local.get $bits) (i32.const {})))",
                    1 << (2 * place + index)
                )
            };
            body += &format!(
                "(if (ref.test {to} (local.get 0)) (then {}))
                 (block $out
                   (block $yes (result {to})
                     (br_on_cast $yes {from} {to} (local.get 0)) (drop) (br $out))
                   (drop) {})
                 (block $out
                   (block $no (result {from})
                     (br_on_cast_fail $no {from} {to} (local.get 0)) (drop) {} (br $out))
                   (drop))",
                bit(0),
                bit(1),
                bit(2),
            );
        }
        format!(
            r#"(func (export "{name}") (param {from}) (result i32) (local $bits i32) {body} (local.get $bits))"#
        )
    }

    /// Functions that cast an `anyref`, `c_…` without null and `n_…` with.
    pub fn casts(&self, label: &str, target: Heap) -> String {
        let target = self.heap_text(target);
        format!(
            r#"(func (export "c_{label}") (param anyref) (result anyref) (ref.cast (ref {target}) (local.get 0)))
               (func (export "n_{label}") (param anyref) (result anyref) (ref.cast (ref null {target}) (local.get 0)))"#
        )
    }
}
