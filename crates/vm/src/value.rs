//! Values, as Rust passes them to where compiled code reads them, and back.

use crate::raw::function::FuncPtr;
use transom_layout::VmValue;
use transom_layout::object::FieldClass;

/// A value. A function proves that it is one, and of which store. An object's reference proves nothing: it is looked up
/// wherever a value is stored, and holds until the next allocation, which may move the object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// The bits of a number or vector, zero-extended.
    Number(u128),
    /// A function, or null.
    Function(Option<FuncPtr>),
    /// Any other reference, or 0 for null.
    Object(u32),
}

impl Value {
    /// The value of a class whose bits are all zero.
    pub fn zero(class: FieldClass) -> Value {
        match class {
            FieldClass::Function => Value::Function(None),
            FieldClass::Object => Value::Object(0),
            _ => Value::Number(0),
        }
    }

    /// The bits, as compiled code knows the value.
    #[inline]
    pub fn bits(self) -> u128 {
        match self {
            Value::Number(bits) => bits,
            Value::Function(function) => function.map_or(0, |function| function.address() as u128),
            Value::Object(reference) => u128::from(reference),
        }
    }

    /// Whether all bits are zero: a null, or a number.
    pub fn is_zero(self) -> bool {
        self.bits() == 0
    }
}

impl From<Value> for VmValue {
    #[inline]
    fn from(value: Value) -> VmValue {
        VmValue {
            bytes: value.bits().to_le_bytes(),
        }
    }
}
