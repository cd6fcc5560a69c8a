//! The types of a module in the text format, by its own names.

use std::collections::HashMap;
use transom_module::{EntityIdx, Module, TypeIdx};
use transom_types::{ExternType, RegisteredType, TypeId, TypeRegistry, TypeText};

/// Types of a [`ParsedModule`](crate::ParsedModule) in the text format. A reference to a defined type is written by the name that the module has
/// for the type. If there is none, it is written by the structure of the type, or by the type's index if the type is part of
/// a cycle.
///
/// ```
/// # use transom::*;
/// let text = r#"(module (type $list (struct (field (ref null $list)))) (import "a" "f" (func (param (ref $list)))))"#;
/// let module = ParsedModule::new(&Engine::default(), text)?;
/// let texts = module.type_texts();
/// assert_eq!(texts.imports(), ["(func (param (ref $list)))"]);
/// assert_eq!(texts.rec_groups()[0], "(type $list (struct (field (ref null $list))))");
/// # Ok::<(), Error>(())
/// ```
pub struct TypeTexts<'m> {
    registry: &'m TypeRegistry,
    module: &'m Module,
    names: HashMap<TypeId, &'m str>,
    /// Indices of types without a name that are part of a cycle.
    indices: HashMap<TypeId, u32>,
}

impl<'m> TypeTexts<'m> {
    pub(super) fn new(registry: &'m TypeRegistry, module: &'m Module) -> Self {
        let (mut names, mut indices) = (HashMap::new(), HashMap::new());
        for (index, ty) in (0..).zip(module.types.iter()) {
            // The same type may have several indices.
            if let Some(name) = module.names().ty(TypeIdx::from_u32(index)) {
                names.entry(ty.id()).or_insert(name);
            }
            if is_cyclic(ty) {
                indices.entry(ty.id()).or_insert(index);
            }
        }
        TypeTexts {
            registry,
            module,
            names,
            indices,
        }
    }

    /// The types of the imports.
    pub fn imports(&self) -> Vec<String> {
        let module = self.module;
        self.externals(
            module
                .imports
                .iter()
                .map(|import| module.extern_type(import.entity)),
        )
    }

    /// The types of the exports.
    pub fn exports(&self) -> Vec<String> {
        let module = self.module;
        self.externals(
            module
                .exports
                .iter()
                .map(|(_, entity)| module.extern_type(entity)),
        )
    }

    /// The types of all memories, then of all tables.
    pub fn storage(&self) -> Vec<String> {
        self.externals(storage(self.module))
    }

    /// The rec groups, in the order of their indices. A definition without a name has its index as a comment.
    pub fn rec_groups(&self) -> Vec<String> {
        let types = self.module.types.iter().collect::<Vec<_>>();
        self.with_text(|text| {
            let mut groups = Vec::new();
            let mut index = 0;
            while let Some(first) = types.get(index) {
                let end = (index + first.group().len().max(1)).min(types.len());
                let members = (index..end).map(|index| self.definition(text, index, types[index]));
                let members = members.collect::<Vec<_>>().join(" ");
                groups.push(match end - index {
                    1 => members,
                    _ => format!("(rec {members})"),
                });
                index = end;
            }
            groups
        })
    }

    fn definition(&self, text: TypeText<'_>, index: usize, ty: &RegisteredType) -> String {
        let label = match self.names.get(&ty.id()) {
            Some(_) => text.id(ty.id()),
            None => format!("(;{index};)"),
        };
        format!("(type {label} {})", text.definition(ty))
    }

    fn externals(&self, types: impl Iterator<Item = ExternType>) -> Vec<String> {
        self.with_text(|text| types.map(|ty| text.extern_type(&ty)).collect())
    }

    fn with_text<R>(&self, write: impl FnOnce(TypeText<'_>) -> R) -> R {
        let name = |id: TypeId| self.names.get(&id).map(|name| (*name).to_owned());
        let index = |id: TypeId| self.indices.get(&id).copied();
        write(self.registry.text().with_names(&name).with_indices(&index))
    }
}

/// The types of all memories, then of all tables.
pub(super) fn storage(module: &Module) -> impl Iterator<Item = ExternType> {
    let memories = (0..).take(module.memories.len());
    let memories = memories.map(|index: u32| EntityIdx::Memory(index.into()));
    let tables = (0..).take(module.tables.len());
    let tables = tables.map(|index: u32| EntityIdx::Table(index.into()));
    memories.chain(tables).map(|entity| module.extern_type(entity))
}

/// Whether a type's structure cannot be written without a reference to its own group.
fn is_cyclic(ty: &RegisteredType) -> bool {
    let mut own = |id: TypeId| match ty.group().position(id) {
        Some(_) => Err(()),
        None => Ok(id),
    };
    ty.group().len() > 1 || ty.sub_type().try_map(&mut own).is_err()
}
