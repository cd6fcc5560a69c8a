//! The types of functions.
//!
//! The type of a function is that of its definition, whatever type it was imported or read with.

use super::Func;
use crate::store::StoreOpaque;
use crate::{AsContext, FuncType};

impl Func {
    /// The type of the function's definition.
    ///
    /// # Panics
    ///
    /// If the function belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> FuncType {
        let store = store.as_context();
        let id = self.0.descriptor(store.0.vm()).id;
        let ty = store
            .engine()
            .registry()
            .lookup(id)
            .expect("the store keeps the types of its functions");
        FuncType::of(store.engine(), ty)
    }

    /// Whether the function may be used where a function of type `ty` is expected.
    ///
    /// # Panics
    ///
    /// If the function belongs to another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &FuncType) -> bool {
        self.ty(store).matches(ty)
    }
}
