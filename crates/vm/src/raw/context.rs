//! Contexts: the first argument of every function. Here they are made, and filled.

use super::function::FuncPtr;
use super::place::{Allocation, Place};
use crate::ids::StoreId;
use std::ptr::NonNull;
use transom_layout::{
    CodeSlot, VmContextHeader, VmFuncRef, VmFunctionOffsets, VmHostContext, VmMemoryImport, VmOffsets,
    VmStoreContext, VmTable,
};
use transom_layout::{VmGlobal, VmMemory};
use transom_types::TypeDescriptor;

/// The context of a host function in a store.
#[derive(Debug)]
pub struct HostContext(Allocation);

/// What the context of a host function needs to know.
pub struct HostParts<'a> {
    /// The store's context.
    pub store: *mut VmStoreContext,
    /// Address of what compiled code calls.
    pub code: usize,
    /// Address of the host's function, which that code calls.
    pub body: usize,
    /// What the host's function finds through its context.
    pub environment: *const (),
    /// The function's type, which the store keeps.
    pub ty: &'a TypeDescriptor,
}

impl HostContext {
    /// A context for a function of the store whose context is given.
    pub fn new(parts: HostParts<'_>) -> HostContext {
        let allocation = Allocation::new(size_of::<VmHostContext>());
        let context: *mut VmHostContext = allocation.base().cast();
        // SAFETY: the allocation is large enough, aligned, and used by nobody else yet.
        unsafe {
            context.write(VmHostContext {
                header: VmContextHeader {
                    store: parts.store,
                    instance: VmContextHeader::HOST,
                },
                body: parts.body,
                environment: parts.environment,
                slot: CodeSlot(parts.code.into()),
                function: VmFuncRef {
                    slot: &raw const (*context).slot,
                    context: context.cast(),
                    ty: parts.ty,
                },
            });
        }
        HostContext(allocation)
    }

    /// The function.
    pub fn function(&self, store: StoreId) -> FuncPtr {
        let context: *mut VmHostContext = self.0.base().cast();
        // SAFETY: the function reference is part of the context, which the store owns.
        let function = unsafe { FuncPtr::from_address(store, &raw const (*context).function as usize) };
        function.expect("a field's address is not null")
    }
}

/// The context of an instance.
#[derive(Debug)]
pub struct InstanceContext {
    allocation: Allocation,
    store: StoreId,
    functions: VmFunctionOffsets,
}

/// What a context needs to know besides its module.
pub struct ContextParts<'a> {
    /// The store's context.
    pub store: *mut VmStoreContext,
    /// Index of the instance.
    pub instance: usize,
    /// The table of libcalls.
    pub libcalls: *const usize,
    /// The module's code slots.
    pub slots: &'a [CodeSlot],
    /// The base of the store's heap, or null.
    pub heap: *mut u8,
    /// What stands for each of the module's types: see `VmOffsets::type_descriptor`.
    pub types: &'a [usize],
}

impl InstanceContext {
    /// A context with all fields that do not depend on imports or the module's own entities.
    ///
    /// # Safety
    ///
    /// All that the parts point to stays where it is, and valid, for as long as the context is.
    pub unsafe fn new(store: StoreId, offsets: &VmOffsets, parts: ContextParts<'_>) -> InstanceContext {
        let allocation = Allocation::new(offsets.size() as usize);
        let ContextParts {
            store: store_context,
            instance,
            libcalls,
            slots,
            heap,
            types,
        } = parts;
        allocation.place(VmContextHeader::STORE).set(store_context);
        allocation.place(size_of::<usize>() as i32).set(instance);
        allocation.place(VmOffsets::LIBCALLS).set(libcalls);
        allocation.place(VmOffsets::SLOTS).set(slots.as_ptr());
        allocation.place(VmOffsets::HEAP).set(heap);
        for (index, &ty) in types.iter().enumerate() {
            allocation.place(offsets.type_descriptor(index as u32)).set(ty);
        }
        InstanceContext {
            allocation,
            store,
            functions: offsets.functions(),
        }
    }

    /// The beginning.
    pub fn address(&self) -> *mut VmContextHeader {
        self.allocation.base().cast()
    }

    /// Makes the reference of one of the module's own functions, by its number among those that have one.
    ///
    /// # Safety
    ///
    /// Slot and type stay where they are for as long as the context is.
    pub unsafe fn define_function(&self, index: u32, slot: &CodeSlot, ty: &TypeDescriptor) {
        let offset = self.functions.func_ref(index);
        let reference = VmFuncRef {
            slot,
            context: self.address(),
            ty,
        };
        self.allocation.place::<[usize; 3]>(offset);
        // SAFETY: the place above has the size of a reference, and is inside the allocation; nobody reads it yet.
        unsafe {
            self.allocation
                .base()
                .add(offset as usize)
                .cast::<VmFuncRef>()
                .write(reference)
        };
    }

    /// One of the module's own functions, by its number among those that have a reference.
    pub fn own_function(&self, index: u32) -> FuncPtr {
        let place = self
            .allocation
            .place::<[usize; 3]>(self.functions.func_ref(index));
        // SAFETY: references of own functions are parts of the context, which lives as long as the store; all of them are made
        // when the context is.
        let function = unsafe { FuncPtr::from_address(self.store, place.as_ptr() as usize) };
        function.expect("a field's address is not null")
    }

    /// Sets an imported function.
    ///
    /// # Panics
    ///
    /// If it belongs to another store.
    pub fn import_function(&self, index: u32, function: FuncPtr) {
        assert_eq!(function.store(), self.store, "an import of another store");
        let offset = self.functions.imported_function(index);
        self.allocation.place(offset).set(function.address());
    }

    /// An imported function.
    ///
    /// # Panics
    ///
    /// If it has not been set.
    pub fn imported_function(&self, index: u32) -> FuncPtr {
        let address: usize = self
            .allocation
            .place(self.functions.imported_function(index))
            .get();
        // SAFETY: what is there is null, or was put there by `import_function`: a function of this store.
        let function = unsafe { FuncPtr::from_address(self.store, address) };
        function.expect("every import is linked")
    }

    /// Sets an imported table.
    pub fn import_table(&self, offset: i32, table: Place<VmTable>) {
        self.allocation.place(offset).set(table.as_ptr());
    }

    /// Sets an imported memory, or a shared one of the module's own.
    pub fn import_memory(&self, offset: i32, memory: Place<VmMemory>) {
        self.allocation.place(offset).set(VmMemoryImport {
            memory: memory.as_ptr(),
            base: memory.base(),
        });
    }

    /// Sets an imported global.
    pub fn import_global(&self, offset: i32, global: Place<VmGlobal>) {
        self.allocation.place(offset).set(global.as_ptr());
    }

    /// Where a table, memory or global of the module's own is.
    pub fn own<T: Copy>(&self, offset: i32) -> Place<T> {
        self.allocation.place(offset)
    }
}

/// A structure of its own, for what the host defines.
#[derive(Debug)]
pub struct Standalone(#[expect(dead_code, reason = "owns the structure")] Allocation);

impl Standalone {
    /// A zeroed structure.
    pub fn new<T: Copy>() -> (Standalone, Place<T>) {
        let allocation = Allocation::new(size_of::<T>());
        let place = allocation.place(0);
        (Standalone(allocation), place)
    }

    /// A zeroed structure, unless there is a place for it already.
    pub fn unless<T: Copy>(place: Option<Place<T>>) -> (Option<Standalone>, Place<T>) {
        match place {
            Some(place) => (None, place),
            None => {
                let (standalone, place) = Standalone::new();
                (Some(standalone), place)
            }
        }
    }
}

/// The context of a function that compiled code says has called.
///
/// # Safety
///
/// `store` is valid.
pub unsafe fn caller_instance(store: *const VmStoreContext) -> Option<usize> {
    // SAFETY: by the contract; a caller that is not null is a context of the store.
    unsafe {
        let caller = NonNull::new((*store).caller)?;
        let instance = caller.as_ref().instance;
        (instance != VmContextHeader::HOST).then_some(instance)
    }
}
