//! What a Rust type has to say to stand for a type of components.

use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::instance_types::InstanceTypes;
use std::ops::Range;
use transom_component::types::{DefinedType, ValType};
use transom_error::{Result, bail};

/// The type of an interface, in the types of a component.
#[derive(Clone, Copy, Debug)]
pub struct InterfaceType(pub(crate) ValType);

/// The types that a Rust type is compared with.
#[derive(Clone, Copy)]
pub struct TypeChecker<'a>(pub(crate) &'a InstanceTypes);

impl<'a> TypeChecker<'a> {
    /// The error for a type that is not the expected one.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn mismatch<R>(self, expected: &str, found: InterfaceType) -> Result<R> {
        let name = |index| self.0.resource_name(index);
        bail!(
            "expected `{expected}`, found `{}`",
            self.0.types().text(found.0, &name)
        )
    }

    /// The definition of a type, if it is defined.
    pub(crate) fn defined(self, ty: InterfaceType) -> Option<&'a DefinedType> {
        match ty.0 {
            ValType::Defined(index) => Some(&self.0.types()[index].defined),
            _ => None,
        }
    }
}

/// A Rust type that stands for a component's type. Implemented for numbers, `bool`, `char`, strings, lists, options, results, tuples,
/// [`Resource`](crate::component::Resource) and [`ResourceAny`](crate::component::ResourceAny); derived for structures and enumerations.
///
/// The methods are an implementation detail and may change.
pub trait ComponentType {
    /// How many numbers a value becomes.
    #[doc(hidden)]
    const NUMBERS: usize;
    /// Whether all its values are made of numbers, without a memory or handles.
    #[doc(hidden)]
    const IS_PLAIN: bool;

    /// Compares the type with a component's.
    #[doc(hidden)]
    fn typecheck(ty: InterfaceType, types: TypeChecker<'_>) -> Result<()>;
}

/// A type whose values can be passed to a component.
pub trait Lower: ComponentType {
    /// Passes the value as numbers.
    #[doc(hidden)]
    fn lower(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, to: &mut NumberWriter<'_>) -> Result<()>;

    /// Writes the value to the instance's memory.
    #[doc(hidden)]
    fn store(&self, cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()>;

    /// Writes values of this type in a row.
    #[doc(hidden)]
    fn store_all(values: &[Self], cx: &mut LowerContext<'_>, ty: InterfaceType, pointer: usize) -> Result<()>
    where
        Self: Sized,
    {
        let size = cx.size(ty);
        for (index, value) in values.iter().enumerate() {
            value.store(cx, ty, pointer + index * size)?;
        }
        Ok(())
    }
}

/// A type whose values can be read from a component.
pub trait Lift: ComponentType + Sized {
    /// Reads a value that was passed as numbers.
    #[doc(hidden)]
    fn lift(cx: &mut LiftContext<'_>, ty: InterfaceType, from: &mut NumberReader<'_>) -> Result<Self>;

    /// Reads a value from the instance's memory.
    #[doc(hidden)]
    fn load(cx: &mut LiftContext<'_>, ty: InterfaceType, pointer: usize) -> Result<Self>;

    /// Reads values of this type in a row.
    #[doc(hidden)]
    fn load_all(cx: &mut LiftContext<'_>, ty: InterfaceType, range: Range<usize>) -> Result<Vec<Self>> {
        let size = cx.size(ty).max(1);
        let count = range.len() / size;
        cx.allocate(count, size_of::<Self>())?;
        let mut values = Vec::with_capacity(count);
        for pointer in range.step_by(size) {
            values.push(Self::load(cx, ty, pointer)?);
        }
        Ok(values)
    }
}

/// A tuple of types: the parameters of a function, or its results.
pub trait ComponentNamedList: ComponentType {}

impl LiftContext<'_> {
    /// The bytes of a type in memory.
    pub(crate) fn size(&self, ty: InterfaceType) -> usize {
        self.types().types().layout(ty.0).size as usize
    }
}

impl LowerContext<'_> {
    /// The bytes of a type in memory.
    pub(crate) fn size(&self, ty: InterfaceType) -> usize {
        self.types().types().layout(ty.0).size as usize
    }
}
