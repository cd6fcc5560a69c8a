//! The types of values and references in a store.
//!
//! The result is the most precise type. A value may be used wherever this type matches the expected type.

use super::{Ref, Val};
use crate::store::StoreOpaque;
use crate::{AsContext, Engine, RefType, ValType};
use transom_error::Result;

impl Val {
    /// The most precise type of the value.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// assert!(Val::I32(1).ty(&store)?.is_i32());
    /// let reference = Val::from(AnyRef::from_i31(&mut store, I31::wrapping_u32(1)));
    /// assert_eq!(reference.ty(&store)?.to_string(), "(ref i31)");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The value belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> Result<ValType> {
        let store = store.as_context();
        Ok(match self {
            Val::I32(_) => ValType::I32,
            Val::I64(_) => ValType::I64,
            Val::F32(_) => ValType::F32,
            Val::F64(_) => ValType::F64,
            Val::V128(_) => ValType::V128,
            Val::ContRef(_) => ValType::NULLCONTREF,
            reference => ValType::Ref(reference.as_ref_value().ty_in(store.0.vm(), store.0.engine())?),
        })
    }

    /// Whether the value may be used where a value of type `ty` is expected.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let func = Val::from(Func::wrap(&mut store, |_: i32| ()));
    /// assert!(func.matches_ty(&store, &ValType::FUNCREF)?);
    /// let exact = HeapType::from(FuncType::new(store.engine(), [ValType::I32], []));
    /// assert!(func.matches_ty(&store, &RefType::new(false, exact).into())?);
    /// assert!(!Val::from(1).matches_ty(&store, &ValType::I64)?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The value belongs to another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &ValType) -> Result<bool> {
        Ok(self.ty(store)?.matches(ty))
    }
}

impl Ref {
    /// The most precise type of the reference.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> Result<RefType> {
        let store = store.as_context();
        self.ty_in(store.0.vm(), store.0.engine())
    }

    fn ty_in(&self, store: &transom_vm::Store, engine: &Engine) -> Result<RefType> {
        if let Ref::Exn(Some(exception)) = self {
            let ty = exception.ty_in(store, engine)?;
            return Ok(RefType::new(false, ty.into()));
        }
        let ty = self.lowered_ty(store)?;
        Ok(RefType::lift(engine, ty))
    }

    /// Whether the reference may be used where a reference of type `ty` is expected.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &RefType) -> Result<bool> {
        Ok(self.ty(store)?.matches(ty))
    }
}
