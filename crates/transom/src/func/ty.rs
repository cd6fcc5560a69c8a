//! The types of functions.
//!
//! A function has the type that it was defined with, whatever type it was imported or got under.

use super::Func;
use crate::store::StoreOpaque;
use crate::{AsContext, FuncType};

impl Func {
    /// The type that the function was defined with.
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

    /// Whether the function may stand where one of type `ty` is expected.
    ///
    /// # Panics
    ///
    /// If the function belongs to another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &FuncType) -> bool {
        self.ty(store).matches(ty)
    }
}
