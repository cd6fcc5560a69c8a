//! Globals.

use crate::raw::place::Place;
use transom_layout::VmGlobal;
use transom_layout::object::FieldClass;
use transom_types::{GlobalType, TypeRegistry};

/// A global of a store. `Store::global_value` and `Store::set_global` access its value.
#[derive(Debug)]
pub struct GlobalInstance {
    ty: GlobalType,
    pub(crate) place: Place<VmGlobal>,
    class: FieldClass,
}

impl GlobalInstance {
    /// A global that compiled code finds at `place`, or at a place of its own, where its value's bytes are all zero.
    pub(crate) fn new(
        registry: &TypeRegistry,
        ty: GlobalType,
        place: Option<Place<VmGlobal>>,
    ) -> GlobalInstance {
        GlobalInstance {
            ty,
            place: place.unwrap_or_else(Place::zero),
            class: transom_code::value_class(registry, ty.value),
        }
    }

    /// Its type.
    pub fn ty(&self) -> &GlobalType {
        &self.ty
    }

    /// The class of its value.
    pub fn class(&self) -> FieldClass {
        self.class
    }
}
