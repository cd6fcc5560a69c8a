//! Functions of modules and of the host.
//!
//! A [`Func`] is an address in its store. The operations that need the store are in the submodules: `ty`, `call`, and
//! `create`, which creates functions from closures.

pub(crate) mod asynchronous;
pub(crate) mod call;
pub(crate) mod caller;
mod create;
pub(crate) mod host;
pub(crate) mod no_func;
mod ty;
pub(crate) mod wasm_ty;

use transom_error::{Error, Result};
use transom_vm::FuncPtr;

/// A function of a store. Its type is that of its definition, whatever type it was imported or read with.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, 10);
/// let add = Func::wrap(&mut store, |caller: Caller<'_, i32>, x: i32| x + *caller.data());
/// let mut results = [Val::I32(0)];
/// add.call(&mut store, &[Val::I32(5)], &mut results)?;
/// assert_eq!(results[0].unwrap_i32(), 15);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Func(FuncPtr);

const _: () = assert!(size_of::<Func>() == 16, "the size in the C API");

impl Func {
    pub(crate) fn of(pointer: FuncPtr) -> Func {
        Func(pointer)
    }

    pub(crate) fn pointer(self) -> FuncPtr {
        self.0
    }

    /// The function at an address from compiled code.
    pub(crate) fn of_bits(store: &transom_vm::Store, address: u64) -> Option<Func> {
        // SAFETY: only asked for values that compiled code or a table gave, whose type is a function reference.
        #[expect(unsafe_code, reason = "a reference from compiled code")]
        let pointer = unsafe { store.function_of_bits(address) };
        pointer.map(Func)
    }

    /// The address of the function, if the function belongs to the store.
    #[inline(always)]
    pub(crate) fn checked(self, store: &transom_vm::Store) -> Result<FuncPtr> {
        match self.0.store() == store.id() {
            true => Ok(self.0),
            false => Err(of_another_store()),
        }
    }
}

#[cold]
fn of_another_store() -> Error {
    Error::msg("a function is used with a store that it does not belong to")
}
