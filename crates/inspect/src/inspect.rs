//! What a module looks like from outside: what it imports and exports, its memories and tables, its types, and the
//! features that it needs.

use crate::needs::{self, Need};
use crate::{Error, Result};
use serde::Serialize;
use std::fmt;
use transom::{Engine, Escaped, ParsedModule};

/// A module from outside.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// The name of the module.
    pub name: Option<String>,
    /// The imports.
    pub imports: Vec<Item>,
    /// The exports.
    pub exports: Vec<Item>,
    /// Its memories and tables, imported ones among them.
    pub storage: Vec<Item>,
    /// The number of the function that instantiation calls.
    pub start: Option<usize>,
    /// Its rec groups in the text format, by the module's own names.
    pub types: Vec<String>,
    /// The features that it needs.
    pub needs: Vec<Need>,
}

/// Something that has a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The module name of an import.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Its name, which may be empty; memories and tables have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its type in the text format.
    #[serde(rename = "type")]
    pub ty: String,
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(module) = &self.module {
            write!(f, "{module:?} ")?;
        }
        if let Some(name) = &self.name {
            write!(f, "{name:?} ")?;
        }
        f.write_str(&self.ty)
    }
}

/// Looks at a module.
///
/// # Errors
///
/// It is not valid with all features that the engine has.
pub fn inspect(engine: &Engine, binary: &[u8]) -> Result<Inspection> {
    let parsed = ParsedModule::new(engine, binary).map_err(|error| Error::from(&error))?;
    let item = |module: Option<&str>, name: Option<&str>, ty: String| Item {
        module: module.map(str::to_owned),
        name: name.map(str::to_owned),
        ty,
    };
    let texts = parsed.type_texts();
    let imports = parsed.imports().zip(texts.imports());
    let exports = parsed.exports().zip(texts.exports());
    Ok(Inspection {
        name: parsed.name().map(str::to_owned),
        imports: imports
            .map(|(import, ty)| item(Some(import.module()), Some(import.name()), ty))
            .collect(),
        exports: exports
            .map(|(export, ty)| item(None, Some(export.name()), ty))
            .collect(),
        storage: texts
            .storage()
            .into_iter()
            .map(|ty| item(None, None, ty))
            .collect(),
        start: parsed.start(),
        types: texts.rec_groups(),
        needs: needs::needs(binary)?,
    })
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            writeln!(f, "module {}", Escaped(name))?;
        }
        list(f, "imports", &self.imports)?;
        list(f, "exports", &self.exports)?;
        list(f, "memories and tables", &self.storage)?;
        if let Some(start) = self.start {
            writeln!(f, "start: function {start}")?;
        }
        list(f, "types", &self.types)?;
        list(f, "needs", &self.needs)
    }
}

fn list(f: &mut fmt::Formatter<'_>, name: &str, rows: &[impl fmt::Display]) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(f, "{name}:")?;
    rows.iter().try_for_each(|row| writeln!(f, "  {row}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn empty_names_are_shown() {
        let text =
            r#"(module (import "" "" (func)) (memory 1) (func (export "")) (func (export "a\n\u{202e}x")))"#;
        let source = Source::new("test", text);
        let seen = inspect(&Engine::default(), &source.binary().expect("a module")).expect("valid");
        let text = seen.to_string();
        for line in [
            r#"  "" "" (func)"#,
            r#"  "" (func)"#,
            r#"  "a\n\u{202e}x" (func)"#,
            "  (memory 1)",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
        }
        let json = serde_json::to_value(&seen).expect("plain data");
        assert_eq!(json["imports"][0]["name"], "");
        assert!(json["storage"][0].get("name").is_none());
    }

    #[test]
    fn types_without_a_name_are_written_by_structure_or_index() {
        let text = r#"(module
          (type (array (mut i32))) (type (struct (field (ref null 0)) (field (ref null 1))))
          (type (struct (field (ref 0))))
          (import "a" "f" (func (param (ref 0) (ref 1) (ref 2))))
          (global (export "g") (ref null 1) (ref.null 1)) (table 1 (ref null 2)))"#;
        let source = Source::new("test", text);
        let seen = inspect(&Engine::default(), &source.binary().expect("a module")).expect("valid");
        let structure = "(struct (field (ref (array (mut i32)))))";
        assert_eq!(
            seen.imports[0].ty,
            format!("(func (param (ref (array (mut i32))) (ref 1) (ref {structure})))")
        );
        assert_eq!(seen.exports[0].ty, "(global (ref null 1))");
        assert_eq!(seen.storage[0].ty, format!("(table 1 (ref null {structure}))"));
        assert_eq!(
            seen.types[1],
            "(type (;1;) (struct (field (ref null (array (mut i32)))) (field (ref null 1))))"
        );
        assert!(!seen.to_string().contains("$rec"), "{seen}");
    }

    #[test]
    fn types_are_told_in_full() {
        let text = r#"(module $shop
          (rec (type $a (sub (struct (field (ref null $b))))) (type $b (sub final $a (struct (field (ref null $b)) (field i32)))))
          (import "host" "make" (func $make (result (ref $a))))
          (memory (export "memory") 1 2)
          (table 3 funcref)
          (func (export "use") (param (ref $b)))
          (func $main) (start $main))"#;
        let source = Source::new("test", text);
        let seen = inspect(&Engine::default(), &source.binary().expect("a module")).expect("valid");
        assert_eq!(
            (seen.name.as_deref(), seen.start, seen.types.len()),
            (Some("shop"), Some(2), 4)
        );
        let text = seen.to_string();
        for part in [
            "\"host\" \"make\" (func (result (ref $a)))",
            "\"use\" (func (param (ref $b)))",
            "\"memory\" (memory 1 2)",
            "(table 3 funcref)",
            "(rec (type $a (sub (struct (field (ref null $b))))) (type $b (sub final $a (struct",
            "(type (;2;) (func (result (ref $a))))",
            "start: function 2",
            "gc (offset 0x",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
