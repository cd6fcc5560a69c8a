//! Globals.

use crate::handle::Handle;
use crate::store::StoreOpaque;
use crate::{AsContext, AsContextMut, ExternType, GlobalType, Mutability, Val};
use transom_error::{Context, Result, ensure};
use transom_vm::{GlobalId, Host};

/// A global of a store.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let ty = GlobalType::new(ValType::I32, Mutability::Var);
/// let global = Global::new(&mut store, ty, Val::I32(1))?;
/// global.set(&mut store, Val::I32(2))?;
/// assert_eq!(global.get(&mut store).unwrap_i32(), 2);
/// assert!(global.set(&mut store, Val::I64(2)).is_err());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Global(pub(crate) Handle<GlobalId>);

impl Global {
    /// Creates a global.
    ///
    /// # Errors
    ///
    /// `value` has another type or belongs to another store, or the type belongs to another engine.
    pub fn new(mut store: impl AsContextMut, ty: GlobalType, value: Val) -> Result<Global> {
        let store = store.as_context_mut().0;
        ty.content()
            .ensure_engine(store.engine())
            .context("the global's value")?;
        let lowered = ty.lower();
        let value = value
            .lower(store.vm(), store.engine(), lowered.value)
            .context("the global's value")?;
        if let transom_types::ValType::Ref(reference) = lowered.value {
            store.store().keep_type(reference.heap);
        }
        let id = store.store().add_global(lowered);
        store.store().set_global(id, value);
        Ok(Global(Handle::of(store.vm(), id)))
    }

    /// The type of the global.
    ///
    /// # Panics
    ///
    /// If the global belongs to another store. This applies to all infallible methods.
    pub fn ty(&self, store: impl AsContext) -> GlobalType {
        let store = store.as_context();
        let vm = store.0.vm();
        let ty = vm.extern_type(transom_vm::Extern::Global(self.0.get_for_type(vm)));
        match ExternType::lift(store.engine(), &ty) {
            ExternType::Global(ty) => ty,
            _ => unreachable!("the type of a global"),
        }
    }

    /// The value of the global.
    pub fn get(&self, mut store: impl AsContextMut) -> Val {
        let store = store.as_context_mut();
        let vm = store.0.vm();
        let id = self.0.get(vm);
        let (ty, value) = (vm.global(id).ty().value, vm.global_value(id));
        Val::lift(store.0.split().0, ty, value)
    }

    /// Replaces the value of the global.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let variable = Global::new(&mut store, GlobalType::new(ValType::I64, Mutability::Var), Val::I64(1))?;
    /// variable.set(&mut store, Val::I64(2))?;
    /// assert!(variable.set(&mut store, Val::I32(3)).is_err(), "it has another type");
    /// assert_eq!(variable.get(&mut store).unwrap_i64(), 2);
    /// let constant = Global::new(&mut store, GlobalType::new(ValType::I64, Mutability::Const), Val::I64(1))?;
    /// assert!(constant.set(&mut store, Val::I64(2)).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The global is immutable, `value` has another type, or an argument belongs to another store.
    pub fn set(&self, mut store: impl AsContextMut, value: Val) -> Result<()> {
        let store = store.as_context_mut().0;
        let id = self.0.checked(store.vm())?;
        let lowered = *store.vm().global(id).ty();
        let ty = GlobalType::lift(store.engine(), &lowered);
        ensure!(
            ty.mutability() == Mutability::Var,
            "immutable global cannot be set"
        );
        let value = value
            .lower(store.vm(), store.engine(), lowered.value)
            .context("the global's value")?;
        store.store().set_global(id, value);
        Ok(())
    }
}
