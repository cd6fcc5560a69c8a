//! Functions of a store, by address.

use crate::ids::StoreId;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use transom_layout::{CodeSlot, VmContextHeader, VmFuncRef};
use transom_types::TypeDescriptor;

/// A function of a store, by its one `VmFuncRef`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(C)]
pub struct FuncPtr {
    store: StoreId,
    address: NonNull<VmFuncRef>,
}

// SAFETY: an address; what it points to never changes, and is only read by those who vouch for the store.
unsafe impl Send for FuncPtr {}
// SAFETY: as above.
unsafe impl Sync for FuncPtr {}

impl FuncPtr {
    /// The function at an address.
    ///
    /// # Safety
    ///
    /// The address is null, or that of a function reference which the store owns.
    pub unsafe fn from_address(store: StoreId, address: usize) -> Option<FuncPtr> {
        NonNull::new(address as *mut VmFuncRef).map(|address| FuncPtr { store, address })
    }

    /// The store that the function belongs to.
    #[inline]
    pub fn store(self) -> StoreId {
        self.store
    }

    /// The address, as compiled code knows the function.
    pub fn address(self) -> usize {
        self.address.as_ptr() as usize
    }

    /// The descriptor of the type that the function was defined with.
    ///
    /// # Safety
    ///
    /// The function's store outlives the reference.
    pub unsafe fn descriptor_unchecked<'a>(self) -> &'a TypeDescriptor {
        // SAFETY: the store owns the function reference, which never changes, and keeps the types of its functions.
        unsafe { &*self.address.as_ref().ty }
    }

    /// The instance in whose context the function runs, by its position in the store; `None` if the host defined it.
    ///
    /// # Safety
    ///
    /// The function's store is alive.
    pub unsafe fn instance_unchecked(self) -> Option<usize> {
        // SAFETY: the store owns the function reference and the context that it names; neither changes.
        let instance = unsafe { (*self.address.as_ref().context).instance };
        (instance != VmContextHeader::HOST).then_some(instance)
    }

    /// The function's code slot, and the context that it runs in.
    ///
    /// # Safety
    ///
    /// The function's store is alive.
    pub(crate) unsafe fn slot_and_context(self) -> (*const CodeSlot, *mut VmContextHeader) {
        // SAFETY: the store owns the function reference.
        unsafe {
            let function = self.address.as_ref();
            (function.slot, function.context)
        }
    }

    /// The context that the function runs in, and the address of its code.
    ///
    /// # Safety
    ///
    /// The function's store is alive.
    #[inline]
    pub(crate) unsafe fn context_and_code(self) -> (*mut VmContextHeader, usize) {
        // SAFETY: the store owns the function reference and keeps the module that has the slot; the slot is atomic.
        unsafe {
            let function = self.address.as_ref();
            (function.context, (*function.slot).0.load(Ordering::Acquire))
        }
    }
}
