//! Whether what is given for a module's imports fits.

use crate::external::Extern;
use crate::ids::StoreId;
use crate::store::Store;
use transom_module::Module;
use transom_types::{ExternType, TagType};

/// An import that was given something of a type that does not match.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkMismatch {
    /// Which import, by its position in the module.
    pub import: usize,
    /// The type that the module wants.
    pub expected: ExternType,
    /// The type of what was given.
    pub actual: ExternType,
    /// Where the two part.
    pub explanation: String,
}

/// What was given for the imports of a module: as many as it has, of a store, and of types that match.
#[derive(Clone, Copy, Debug)]
pub struct Linked<'a> {
    store: StoreId,
    module: &'a Module,
    given: &'a [Extern],
}

impl<'a> Linked<'a> {
    /// What was given, in the order of the module's imports.
    ///
    /// # Panics
    ///
    /// If it was checked for another store, or another module.
    pub fn given(self, store: StoreId, module: &Module) -> &'a [Extern] {
        assert!(self.store == store && std::ptr::eq(self.module, module));
        self.given
    }
}

impl Store {
    /// The type of something of this store. Limits are those of now: the least size is the present one.
    pub fn extern_type(&self, external: Extern) -> ExternType {
        match external {
            Extern::Func(function) => ExternType::Func(function.descriptor(self).id),
            Extern::Table(id) => {
                let table = self.table(id);
                let mut ty = *table.ty();
                ty.limits.min = table.len() as u64;
                ExternType::Table(ty)
            }
            Extern::Memory(id) => {
                let memory = self.memory(id);
                let mut ty = *memory.ty();
                ty.limits.min = memory.pages();
                ExternType::Memory(ty)
            }
            Extern::Global(id) => ExternType::Global(*self.global(id).ty()),
            Extern::Tag(id) => ExternType::Tag(TagType {
                ty: self.tag(id).id(),
            }),
        }
    }

    /// Checks what is given for a module's imports, in their order.
    ///
    /// # Errors
    ///
    /// All imports whose types do not match.
    ///
    /// # Panics
    ///
    /// If there are not as many as the module has imports.
    pub fn check_imports<'a>(
        &self,
        module: &'a Module,
        given: &'a [Extern],
    ) -> Result<Linked<'a>, Vec<LinkMismatch>> {
        assert_eq!(
            given.len(),
            module.imports.len(),
            "something must be given for each import"
        );
        let registry = self.engine().registry();
        let mut mismatches = Vec::new();
        for (position, (import, &external)) in module.imports.iter().zip(given).enumerate() {
            if let (Extern::Func(function), transom_module::EntityIdx::Func(wanted)) =
                (external, import.entity)
                && function
                    .descriptor(self)
                    .is_subtype_of(module.func_registered_type(wanted).descriptor())
            {
                continue;
            }
            let (actual, expected) = (self.extern_type(external), module.extern_type(import.entity));
            if let Some(mismatch) = registry.explain_extern(&actual, &expected) {
                let explanation = mismatch.to_string();
                mismatches.push(LinkMismatch {
                    import: position,
                    expected,
                    actual,
                    explanation,
                });
            }
        }
        if mismatches.is_empty() {
            let store = self.id();
            Ok(Linked { store, module, given })
        } else {
            Err(mismatches)
        }
    }
}
