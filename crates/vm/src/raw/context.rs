//! Contexts: the first argument of every function. Here they are made, and filled.

use super::function::FuncPtr;
use super::place::{Allocation, Place};
use crate::ids::StoreId;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use transom_layout::{
    CodeSlot, VmContextHeader, VmFuncRef, VmFunctionOffsets, VmGlobal, VmHostContext, VmMemory,
    VmMemoryImport, VmOffsets, VmStoreContext, VmTable,
};
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
    /// Bytes of what it points to.
    pub const SIZE: usize = size_of::<VmHostContext>();

    /// A context for a function of the store whose context is given.
    pub fn new(parts: HostParts<'_>) -> HostContext {
        let allocation = Allocation::new(HostContext::SIZE);
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
                link: std::ptr::null(),
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
    allocation: Arc<Allocation>,
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
    pub slots: &'a [AtomicUsize],
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
        let context = InstanceContext {
            allocation: Arc::new(Allocation::new(offsets.size() as usize)),
            store,
            functions: offsets.functions(),
        };
        let ContextParts {
            store: store_context,
            instance,
            libcalls,
            slots,
            heap,
            types,
        } = parts;
        // SAFETY: these are the fields that the layout has at these offsets, and by the contract they stay valid.
        unsafe {
            context.put(VmContextHeader::STORE, store_context);
            context.put(size_of::<usize>() as i32, instance);
            context.put(VmOffsets::LIBCALLS, libcalls);
            context.put(VmOffsets::SLOTS, slots.as_ptr());
            context.put(VmOffsets::HEAP, heap);
            for (index, &ty) in types.iter().enumerate() {
                context.put(offsets.type_descriptor(index as u32), ty);
            }
        }
        context
    }

    /// Fills a field, before anybody reads it.
    ///
    /// # Safety
    ///
    /// The layout has a field of this type at the offset, and what the value points to stays valid for as long as the
    /// context is.
    unsafe fn put<T: Copy>(&self, offset: i32, value: T) {
        // SAFETY: inside the allocation and aligned.
        unsafe { self.allocation.at(offset).write(value) }
    }

    /// Bytes.
    pub fn size(&self) -> usize {
        self.allocation.size()
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
    pub unsafe fn define_function(&self, index: u32, slot: &AtomicUsize, ty: &TypeDescriptor) {
        let offset = self.functions.func_ref(index);
        let reference = VmFuncRef {
            // A code slot is its word.
            slot: std::ptr::from_ref(slot).cast(),
            context: self.address(),
            ty,
        };
        // SAFETY: inside the allocation and aligned; nobody reads it yet, and by the contract it stays valid.
        unsafe { self.allocation.at(offset).write(reference) };
    }

    /// One of the module's own functions, by its number among those that have a reference.
    pub fn own_function(&self, index: u32) -> FuncPtr {
        let address = self.allocation.at::<VmFuncRef>(self.functions.func_ref(index));
        // SAFETY: references of own functions are parts of the context, which lives as long as the store; all of them are made
        // when the context is.
        let function = unsafe { FuncPtr::from_address(self.store, address.as_ptr() as usize) };
        function.expect("a field's address is not null")
    }

    /// Sets an imported function.
    ///
    /// # Panics
    ///
    /// If it belongs to another store.
    ///
    /// # Safety
    ///
    /// The layout has so many imported functions, and the function's type matches that of the import.
    pub unsafe fn import_function(&self, index: u32, function: FuncPtr) {
        assert_eq!(function.store(), self.store, "an import of another store");
        // SAFETY: by the contract; the function lives as long as its store, which owns this context, too.
        unsafe { self.put(self.functions.imported_function(index), function.address()) };
    }

    /// An imported function.
    ///
    /// # Panics
    ///
    /// If it has not been set.
    pub fn imported_function(&self, index: u32) -> FuncPtr {
        let place = self.allocation.at(self.functions.imported_function(index));
        // SAFETY: what is there is null, or was put there by `import_function`: a function of this store.
        let function = unsafe { FuncPtr::from_address(self.store, place.read()) };
        function.expect("every import is linked")
    }

    /// Sets an imported table.
    ///
    /// # Safety
    ///
    /// The layout has an imported table of a matching type at the offset, and the table lives as long as the context.
    pub unsafe fn import_table(&self, offset: i32, table: &Place<VmTable>) {
        // SAFETY: by the contract.
        unsafe { self.put(offset, table.as_ptr()) };
    }

    /// Sets an imported memory, or a shared one of the module's own.
    ///
    /// # Safety
    ///
    /// The layout has such a memory, of a matching type, at the offset, and the memory lives as long as the context.
    pub unsafe fn import_memory(&self, offset: i32, memory: &Place<VmMemory>) {
        let import = VmMemoryImport {
            memory: memory.as_ptr(),
            base: memory.base(),
        };
        // SAFETY: by the contract.
        unsafe { self.put(offset, import) };
    }

    /// Sets an imported global.
    ///
    /// # Safety
    ///
    /// The layout has an imported global of a matching type at the offset, and the global lives as long as the context.
    pub unsafe fn import_global(&self, offset: i32, global: &Place<VmGlobal>) {
        // SAFETY: by the contract.
        unsafe { self.put(offset, global.as_ptr()) };
    }

    /// Where something of the module's own is.
    ///
    /// # Safety
    ///
    /// The layout has a `T` of the module's own at the offset.
    pub unsafe fn own<T: Copy>(&self, offset: i32) -> Place<T> {
        // SAFETY: by the contract.
        unsafe { self.allocation.place(offset) }
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
