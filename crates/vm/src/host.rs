//! The host's side: who answers for a store, and functions that the host defines.

use crate::Store;
use std::any::Any;
use std::sync::Arc;
use transom_types::{RegisteredType, TypeRegistry};

/// Who answers for a store while compiled code runs on it. The store is a part of the host.
pub trait Host {
    /// The store.
    fn store(&mut self) -> &mut Store;

    /// Whether a memory may grow from `current` to `desired` bytes, `maximum` being its type's.
    ///
    /// # Errors
    ///
    /// The program is to end with this error, instead of being told that the memory can't grow.
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> anyhow::Result<bool>;

    /// A memory that was allowed to grow could not.
    ///
    /// # Errors
    ///
    /// The program is to end with this error.
    fn memory_grow_failed(&mut self, error: anyhow::Error) -> anyhow::Result<()>;

    /// Whether a table may grow from `current` to `desired` elements, `maximum` being its type's.
    ///
    /// # Errors
    ///
    /// The program is to end with this error, instead of being told that the table can't grow.
    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> anyhow::Result<bool>;

    /// A table that was allowed to grow could not.
    ///
    /// # Errors
    ///
    /// The program is to end with this error.
    fn table_grow_failed(&mut self, error: anyhow::Error) -> anyhow::Result<()>;

    /// Whether the heap of objects may grow from `current` to `desired` bytes, `maximum` being the most that it can have.
    ///
    /// # Errors
    ///
    /// The program is to end with this error.
    fn gc_heap_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> anyhow::Result<bool>;

    /// The store's epoch deadline has come. `Ok` lets the program go on until the store's next deadline.
    ///
    /// # Errors
    ///
    /// The program is to end with this error.
    fn epoch_deadline_reached(&mut self) -> anyhow::Result<()>;
}

/// The code of a host function, as an address; the convention depends on how it is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HostBody {
    /// `extern "C" fn(*mut VmHostContext, parameters…) -> result`, where no more than five integers, eight floats
    /// or vectors and one result are passed. Values have the types of their machine classes.
    Registers(usize),
    /// `extern "C" fn(*mut VmHostContext, *mut VmValue)`: parameters come, and results go, in the array.
    Array(usize),
}

impl HostBody {
    /// Whether so many integers, and so many floats and vectors, can be passed in registers.
    pub fn fits_registers(ints: usize, others: usize) -> bool {
        ints <= 5 && others <= 8
    }
}

/// A function that the host defines, apart from any store.
pub struct HostFunction {
    /// Its type, exactly.
    pub ty: RegisteredType,
    /// Its code.
    pub body: HostBody,
    /// What its code finds through its context: see [`environment`](Self::environment).
    pub environment: Arc<dyn Any + Send + Sync>,
    /// Whether the type only follows from what the body takes and gives, and nobody has declared it. Such a function
    /// may be defined with any other type that the body fits.
    pub derived: bool,
}

impl HostFunction {
    /// The same body, defined with another type, if the type is a derived one and the body fits the other. All
    /// references have one machine class, so the body is called the same way.
    pub fn with_type(&self, ty: &RegisteredType, registry: &TypeRegistry) -> Option<HostFunction> {
        let (own, other) = (self.ty.as_func()?, ty.as_func()?);
        (self.derived && registry.is_subtype_func(own, other)).then(|| HostFunction {
            ty: ty.clone(),
            body: self.body,
            environment: self.environment.clone(),
            derived: true,
        })
    }

    /// The address that `VmHostContext::environment` holds: that of the value itself.
    pub fn environment(&self) -> *const () {
        (&raw const *self.environment).cast()
    }
}

/// A host function in a store.
pub(crate) struct StoredHostFunction {
    #[expect(dead_code, reason = "keeps what the context points to")]
    pub function: Arc<HostFunction>,
    /// Its context, which has its function reference.
    pub _context: crate::raw::context::HostContext,
}
