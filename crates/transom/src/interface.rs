//! What modules declare, and whether that fits together, without compiling them.

use crate::Engine;
use anyhow::{Context, Result};
use std::sync::Arc;
use transom_module::{EntityIdx, Import};
use transom_types::ExternType;

/// A valid module as others see it: what it imports and exports, with the types as this engine knows them.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let user = Interface::new(&engine, r#"(module (import "a" "f" (func (result anyref))))"#)?;
/// let given = Interface::new(&engine, r#"(module (func (export "f") (result anyref) (ref.null any)))"#)?;
/// assert_eq!(user.imports()[0].ty, "(func (result anyref))");
/// assert_eq!(user.fit(0, &given, "f"), Some(Fit::Exact));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Interface {
    engine: Engine,
    module: transom_module::Module,
}

/// Something that a module imports, exports or has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declaration {
    /// Of an import, the name of the module that it comes from.
    pub module: Option<String>,
    /// Its name; empty if it has none.
    pub name: String,
    /// Its type in the text format, defined types by their definition in canonical form.
    pub ty: String,
}

/// How what is exported fits an import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fit {
    /// Both have the same type.
    Exact,
    /// The type of the export matches that of the import, but is another one.
    Subtype,
    /// The types don't match, and this is where they part.
    Mismatch(String),
}

impl Interface {
    /// Reads a module in its binary or its text format.
    ///
    /// # Errors
    ///
    /// The module is malformed or invalid, and the error says where.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Interface> {
        let binary = transom_module::bytes_to_binary(bytes.as_ref(), None)?.into_owned();
        let features = engine.config().features;
        let module = transom_module::Module::parse(engine.registry(), Arc::new(binary), features)
            .context("not a valid module")?;
        Ok(Interface {
            engine: engine.clone(),
            module,
        })
    }

    /// What the module calls itself.
    pub fn name(&self) -> Option<&str> {
        self.module.names().module()
    }

    /// What it imports.
    pub fn imports(&self) -> Vec<Declaration> {
        let declared = |import: &Import| Declaration {
            module: Some(import.module.clone()),
            ..self.declaration(&import.name, import.entity)
        };
        self.module.imports.iter().map(declared).collect()
    }

    /// What it exports.
    pub fn exports(&self) -> Vec<Declaration> {
        let exports = self.module.exports.iter();
        exports
            .map(|(name, entity)| self.declaration(name, entity))
            .collect()
    }

    /// Its memories and tables, in the order of their index spaces, imported ones among them.
    pub fn storage(&self) -> Vec<Declaration> {
        let memories = (0..).take(self.module.memories.len());
        let memories = memories.map(|index: u32| EntityIdx::Memory(index.into()));
        let tables = (0..).take(self.module.tables.len());
        let tables = tables.map(|index: u32| EntityIdx::Table(index.into()));
        let all = memories.chain(tables);
        all.map(|entity| self.declaration("", entity)).collect()
    }

    /// The number of the function that instantiation calls.
    pub fn start(&self) -> Option<usize> {
        self.module.start.map(|start| start.index())
    }

    /// Its rec groups in the text format, in canonical form: types of the same group are `$rec.N`.
    pub fn rec_groups(&self) -> Vec<String> {
        let first = |ty: &&transom_types::RegisteredType| ty.index() == 0;
        let groups = self.module.types.iter().filter(first);
        let text = self.engine.registry().text();
        groups.map(|ty| text.group(ty.group())).collect()
    }

    /// How an export of another module fits the import at a position; nothing if there is no such export.
    ///
    /// # Panics
    ///
    /// If there is no such import, or the modules belong to different engines.
    pub fn fit(&self, import: usize, given: &Interface, export: &str) -> Option<Fit> {
        let registry = self.engine.registry();
        assert!(registry.same(given.engine.registry()), "modules of one engine");
        let expected = self.module.extern_type(self.module.imports[import].entity);
        let actual = given.module.extern_type(given.module.export(export)?);
        Some(match registry.explain_extern(&actual, &expected) {
            Some(mismatch) => Fit::Mismatch(mismatch.to_string()),
            None if actual == expected => Fit::Exact,
            None => Fit::Subtype,
        })
    }

    fn declaration(&self, name: &str, entity: EntityIdx) -> Declaration {
        let ty: ExternType = self.module.extern_type(entity);
        Declaration {
            module: None,
            name: name.to_owned(),
            ty: self.engine.registry().text().extern_type(&ty),
        }
    }
}
