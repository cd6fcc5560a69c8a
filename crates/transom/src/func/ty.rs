//! The types of functions.
//!
//! The type of a function is that of its definition, whatever type it was imported or read with.

use super::Func;
use crate::store::StoreOpaque;
use crate::{AsContext, FuncType};

impl Func {
    /// The type of the function's definition.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let ty = Func::wrap(&mut store, |_: i32, _: f32| 0_i64).ty(&store);
    /// assert!(ty.param(1).expect("two").is_f32() && ty.result(0).expect("one").is_i64());
    /// assert_eq!(ty.to_string(), "(func (param i32 f32) (result i64))");
    /// ```
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
