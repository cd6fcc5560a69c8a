//! Functions that the host defines, apart from any store.

use std::any::Any;
use std::sync::Arc;
use transom_types::{RegisteredType, TypeRegistry};

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
    /// Whether it may wait, so that programs that call it must run on fibers.
    pub waits: bool,
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
            waits: self.waits,
        })
    }

    /// The address that `VmHostContext::environment` holds: that of the value itself.
    pub fn environment(&self) -> *const () {
        (&raw const *self.environment).cast()
    }
}
