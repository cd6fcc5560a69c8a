//! Which values travel, how, under which static types, and what has to come out.

use crate::model::{Actual, Heap, Universe};
use transom::Trap;

/// Types of values, and types that they are tested for.
const PAIRS: &[(&str, &str)] = &[
    // The same, one by name, others only by structure.
    ("s0", "s0"),
    ("s63", "s63"),
    ("f0", "f0"),
    ("a12", "a12"),
    ("s5", "s5_again"),
    ("s6_again", "s6"),
    ("g5", "g5_again"),
    ("r0", "r0_again"),
    ("x1", "y1"),
    ("a5", "a5_again"),
    ("tree", "tree_again"),
    // Supertypes: one and many levels up, within and beyond eight levels.
    ("s5", "s4"),
    ("s8", "s7"),
    ("s9", "s8"),
    ("s12", "s3"),
    ("s63", "s0"),
    ("s63", "s7"),
    ("s63", "s8"),
    ("s63", "s62"),
    ("f63", "s62"),
    ("f63", "s5_again"),
    ("f6", "s5_again"),
    ("f8", "s7"),
    ("g5", "s4"),
    ("h5", "s4"),
    ("q6", "q5"),
    ("w6", "w5"),
    ("w6", "s4"),
    ("p3", "p1"),
    ("p3", "s0"),
    ("x1", "x0"),
    ("x1", "y0"),
    ("a12", "a0"),
    ("a12", "a8"),
    ("fa5", "a4"),
    ("a6_grouped", "a4"),
    ("ar2", "ar0"),
    // Subtypes, siblings, and others that are not met.
    ("s4", "s5"),
    ("s62", "s63"),
    ("s62", "f63"),
    ("s63", "f63"),
    ("f63", "s63"),
    ("s5", "g5"),
    ("g5", "h5"),
    ("s5", "f5"),
    ("f5", "s5"),
    ("s0", "f0"),
    ("f0", "s0"),
    ("q5", "s5"),
    ("w5", "s5"),
    ("p1", "p2"),
    ("m0", "s0"),
    ("r0", "r0_other"),
    ("x1", "z1"),
    ("a5", "fa5"),
    ("a5", "a5_grouped"),
    ("a0", "am"),
    ("a0", "s0"),
    ("bytes", "tree"),
    ("ar0", "ar1"),
];

/// How a value gets to the module that uses it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Travel {
    /// The result of the other module's function, of the carrier's type.
    Result,
    /// A parameter: the other module calls.
    Param,
    /// A constant global of the actual type.
    ConstGlobal,
    /// The same, read by a constant expression.
    Segment,
    /// A variable global of the actual type.
    VarGlobal,
    /// A table of the actual type's elements.
    Table,
    /// A structure's field of the carrier's type.
    Field,
    /// An array's element of the carrier's type.
    Element,
    /// The payload of an exception, which the other module throws.
    Payload,
    /// A global of type `externref`, and a cast to the carrier.
    Extern,
    HostParam,
    /// The same through `TypedFunc::call`.
    TypedParam,
    HostResult,
    HostGlobalNew,
    HostGlobalSet,
    HostTableNew,
    HostTableSet,
    HostTableGrow,
    HostTableFill,
    /// The host assigns to a field of a structure of the module's.
    HostField,
    HostElement,
    /// The host makes and throws an exception.
    HostPayload,
    /// The host makes an `externref` of it, which is cast to the carrier.
    HostExtern,
}

impl Travel {
    pub const ALL: [Travel; 23] = [
        Travel::Result,
        Travel::Param,
        Travel::ConstGlobal,
        Travel::Segment,
        Travel::VarGlobal,
        Travel::Table,
        Travel::Field,
        Travel::Element,
        Travel::Payload,
        Travel::Extern,
        Travel::HostParam,
        Travel::TypedParam,
        Travel::HostResult,
        Travel::HostGlobalNew,
        Travel::HostGlobalSet,
        Travel::HostTableNew,
        Travel::HostTableSet,
        Travel::HostTableGrow,
        Travel::HostTableFill,
        Travel::HostField,
        Travel::HostElement,
        Travel::HostPayload,
        Travel::HostExtern,
    ];

    /// Whether the host sends the value.
    pub fn is_of_host(self) -> bool {
        use Travel::*;
        !matches!(
            self,
            Result | Param | ConstGlobal | Segment | VarGlobal | Table | Field | Element | Payload | Extern
        )
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub travel: Travel,
    pub actual: Actual,
    /// The static type that the value has where it arrives.
    pub carrier: Heap,
    pub target: Heap,
}

/// What becomes of a value on its way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Delivery {
    Arrives,
    /// The module that sends it is not valid.
    Invalid,
    /// The modules can't be linked.
    Unlinkable,
    /// The host is told that it has the wrong type.
    Refused,
    Trap(Trap),
}

impl Case {
    /// What the specification says.
    pub fn delivery(&self, types: &Universe) -> Delivery {
        use Travel::*;
        let own = self.actual.heap();
        let below = types.heap_below(own, self.carrier);
        let otherwise = |fine, delivery| if fine { Delivery::Arrives } else { delivery };
        match self.travel {
            Result | Param | Field | Element | Payload => otherwise(below, Delivery::Invalid),
            ConstGlobal | Segment => otherwise(below, Delivery::Unlinkable),
            VarGlobal | Table => otherwise(types.heap_same(own, self.carrier), Delivery::Unlinkable),
            Extern | HostExtern => {
                let has = types.has(self.actual, self.carrier, true);
                otherwise(has, Delivery::Trap(Trap::CastFailure))
            }
            _ => otherwise(types.has(self.actual, self.carrier, true), Delivery::Refused),
        }
    }
}

/// All cases.
pub fn all(types: &Universe) -> Vec<Case> {
    let mut cases = Vec::new();
    let heap = |name| Heap::Type(types.number(name));
    let mut add = |actual: Actual, target: Heap, carriers: &[Heap]| {
        for travel in Travel::ALL {
            for (index, &carrier) in carriers.iter().enumerate() {
                // No Rust type stands for references that are all null.
                let exists = travel != Travel::TypedParam || carrier != Heap::None;
                if exists && !carriers[..index].contains(&carrier) {
                    cases.push(Case {
                        travel,
                        actual,
                        carrier,
                        target,
                    });
                }
            }
        }
    };
    for &(actual, target) in PAIRS {
        let number = types.number(actual);
        let kind = if types.is_struct(number) {
            Heap::Struct
        } else {
            Heap::Array
        };
        let carriers = [Heap::Any, Heap::Eq, kind, heap(actual), heap(target)];
        add(Actual::Object(number), heap(target), &carriers);
    }
    let targets = [
        Heap::Any,
        Heap::Eq,
        Heap::I31,
        Heap::Struct,
        Heap::Array,
        Heap::None,
        heap("s5"),
        heap("f63"),
        heap("a4"),
    ];
    for actual in [Actual::Null, Actual::I31, Actual::Host] {
        for target in targets {
            add(actual, target, &[Heap::Any, Heap::I31, target]);
        }
    }
    cases
}
