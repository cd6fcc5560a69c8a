//! Globals.

use crate::raw::context::Standalone;
use crate::raw::place::Place;
use transom_layout::VmGlobal;
use transom_layout::object::FieldClass;
use transom_types::{GlobalType, TypeRegistry};

/// A global of a store.
#[derive(Debug)]
pub struct GlobalInstance {
    /// Its type.
    pub ty: GlobalType,
    pub(crate) place: Place<VmGlobal>,
    /// Whether its value is a reference to an object.
    pub(crate) holds_objects: bool,
    _standalone: Option<Standalone>,
}

impl GlobalInstance {
    /// A global that compiled code finds at `place`, or at a place of its own, where its value's bytes are all zero.
    pub fn new(registry: &TypeRegistry, ty: GlobalType, place: Option<Place<VmGlobal>>) -> GlobalInstance {
        let (standalone, place) = Standalone::unless(place);
        GlobalInstance {
            ty,
            place,
            holds_objects: transom_code::value_class(registry, ty.value) == FieldClass::Object,
            _standalone: standalone,
        }
    }

    /// The bytes of its value.
    pub fn get(&self) -> [u8; 16] {
        self.place.get().bytes
    }

    /// Replaces its value, whatever its type says about it.
    pub fn set(&self, bytes: [u8; 16]) {
        self.place.set(VmGlobal { bytes });
    }
}
