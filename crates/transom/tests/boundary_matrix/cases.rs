//! Which cases there are, and what has to come out of each.

use crate::model::Universe;
use transom::Trap;

/// Types of functions and annotations at their uses: (actual type, annotation).
pub const PAIRS: &[(&str, &str)] = &[
    // The same, one by name, others only by structure.
    ("c0", "c0"),
    ("c5", "c5"),
    ("c12", "c12"),
    ("f0", "f0"),
    ("u", "u"),
    ("c5", "c5_again"),
    ("c5_again", "c5"),
    ("c6", "c5_again"),
    ("c6_again", "c6"),
    ("c12", "c6_again"),
    ("g5", "g5_again"),
    ("g5_again", "g5"),
    ("r0", "r0_again"),
    ("r0_again", "r0"),
    // Supertypes: one, three and many levels up, within and beyond eight levels.
    ("c5", "c4"),
    ("c5", "c2"),
    ("c8", "c7"),
    ("c9", "c8"),
    ("c10", "c9"),
    ("c12", "c11"),
    ("c12", "c9"),
    ("c12", "c8"),
    ("c12", "c7"),
    ("c12", "c3"),
    ("c12", "c2"),
    ("c12", "c0"),
    ("f6", "c5"),
    ("f6", "c0"),
    ("f5", "c4"),
    ("g5", "c4"),
    ("h5", "c4"),
    ("s6", "s5"),
    ("s6", "c4"),
    ("v1", "v0"),
    ("v2", "v1"),
    ("v2", "v0"),
    // Subtypes.
    ("c4", "c5"),
    ("c2", "c5"),
    ("c0", "c12"),
    ("c9", "c12"),
    ("c7", "c8"),
    ("c8", "c9"),
    ("c5", "f6"),
    ("s5", "s6"),
    ("v0", "v1"),
    // Siblings, equal structure in another group or at another place of it, and equal but for finality.
    ("s5", "c5"),
    ("c5", "s5"),
    ("s6", "c6"),
    ("c12", "s6"),
    ("f5", "c5"),
    ("c5", "f5"),
    ("g5", "c5"),
    ("c5", "g5"),
    ("g5", "h5"),
    ("h5", "g5"),
    ("g5", "s5"),
    ("r0", "r0_other"),
    ("r0_other", "r0"),
    ("f0", "c0"),
    ("c0", "f0"),
    // Unrelated.
    ("c5", "u"),
    ("u", "c5"),
    ("u", "c12"),
    ("v0", "c0"),
    ("c0", "v0"),
    ("r0", "c0"),
];

/// How a value gets to the module that uses it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Travel {
    /// An imported function, given to `Instance::new`, and `ref.func`.
    Import,
    /// The same through a linker.
    Linker,
    /// Through three modules, each of which imports it under a supertype and exports it again.
    Chain,
    /// An active element segment.
    ActiveSegment,
    /// A passive element segment and `table.init`.
    PassiveSegment,
    /// The initial value of a table.
    TableInitializer,
    TableSet,
    TableGrow,
    TableFill,
    TableCopy,
    /// A table of another module, of the actual type's elements.
    ImportedTable,
    /// A table of the host's, of the carrier's type.
    HostTableNew,
    HostTableSet,
    HostTableGrow,
    HostTableFill,
    HostTableCopy,
    /// A constant global of the host's, of the actual type.
    ConstGlobal,
    /// A variable global of another module, of the actual type.
    VarGlobal,
    /// A global of the carrier's type that the host sets.
    HostGlobalSet,
    HostGlobalNew,
    /// A global of the module's own, initialised with the reference.
    OwnGlobal,
    /// The module's own functions and blocks.
    Params,
    /// A parameter from the host, through `Func::call`.
    HostParam,
    /// The same through `TypedFunc::call`.
    TypedParam,
    /// The result of a host function.
    HostResult,
    /// From the module to a host function and back.
    RoundTrip,
}

impl Travel {
    pub const ALL: [Travel; 26] = [
        Travel::Import,
        Travel::Linker,
        Travel::Chain,
        Travel::ActiveSegment,
        Travel::PassiveSegment,
        Travel::TableInitializer,
        Travel::TableSet,
        Travel::TableGrow,
        Travel::TableFill,
        Travel::TableCopy,
        Travel::ImportedTable,
        Travel::HostTableNew,
        Travel::HostTableSet,
        Travel::HostTableGrow,
        Travel::HostTableFill,
        Travel::HostTableCopy,
        Travel::ConstGlobal,
        Travel::VarGlobal,
        Travel::HostGlobalSet,
        Travel::HostGlobalNew,
        Travel::OwnGlobal,
        Travel::Params,
        Travel::HostParam,
        Travel::TypedParam,
        Travel::HostResult,
        Travel::RoundTrip,
    ];

    /// Whether the function itself is imported, rather than something that holds a reference to it.
    pub fn imports_function(self) -> bool {
        use Travel::*;
        matches!(
            self,
            Import
                | Linker
                | Chain
                | ActiveSegment
                | PassiveSegment
                | TableInitializer
                | TableSet
                | TableGrow
                | TableFill
                | TableCopy
                | OwnGlobal
                | Params
                | RoundTrip
        )
    }
}

/// The static type that the value has where it arrives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Carrier {
    FuncRef,
    Concrete(&'static str),
}

/// Who defined the function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    Wasm,
    /// `Func::new` with the type.
    Host,
    /// `Func::wrap`, whose type is always final and without a supertype.
    Wrapped,
    /// No function at all.
    Null,
}

/// What is done with the value. After a test that it passes it is called; `…Null` are the forms that let null pass.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Use {
    CallIndirect,
    ReturnCallIndirect,
    CallRef,
    ReturnCallRef,
    RefTest,
    RefTestNull,
    RefCast,
    RefCastNull,
    BrOnCast,
    BrOnCastNull,
    BrOnCastFail,
    BrOnCastFailNull,
    /// The host gets the reference and calls it.
    HostCall,
}

impl Use {
    pub const ALL: [Use; 13] = [
        Use::CallIndirect,
        Use::ReturnCallIndirect,
        Use::CallRef,
        Use::ReturnCallRef,
        Use::RefTest,
        Use::RefTestNull,
        Use::RefCast,
        Use::RefCastNull,
        Use::BrOnCast,
        Use::BrOnCastNull,
        Use::BrOnCastFail,
        Use::BrOnCastFailNull,
        Use::HostCall,
    ];

    /// Whether validation wants the annotation to be a supertype of the value's static type.
    pub fn is_static(self) -> bool {
        matches!(self, Use::CallRef | Use::ReturnCallRef)
    }

    /// Of those that look at the value's type: whether null passes.
    pub fn passes_null(self) -> Option<bool> {
        use Use::*;
        match self {
            RefTest | RefCast | BrOnCast | BrOnCastFail => Some(false),
            RefTestNull | RefCastNull | BrOnCastNull | BrOnCastFailNull => Some(true),
            _ => None,
        }
    }

    /// The trap where a value does not pass: the instruction's own, or that of the `unreachable` behind it.
    fn refusal(self) -> Trap {
        match self {
            Use::RefCast | Use::RefCastNull => Trap::CastFailure,
            _ => Trap::UnreachableCodeReached,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub travel: Travel,
    pub origin: Origin,
    pub actual: &'static str,
    pub annotation: &'static str,
    pub carrier: Carrier,
    pub usage: Use,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The module is not valid.
    Invalid,
    /// It can't be linked.
    Unlinkable,
    /// The host is told that the value has the wrong type.
    Refused,
    Trap(Trap),
    /// The function has run, or the host has found null.
    Value,
}

impl Case {
    /// The type under which a function import is declared.
    pub fn import_type(&self) -> &'static str {
        match self.carrier {
            Carrier::FuncRef => self.actual,
            Carrier::Concrete(name) => name,
        }
    }

    /// Whether the matrix has this case.
    pub fn exists(&self) -> bool {
        let concrete = matches!(self.carrier, Carrier::Concrete(_));
        match self.travel {
            // There, the static type is always that of the import.
            Travel::Import | Travel::Linker | Travel::Chain => concrete && self.origin != Origin::Null,
            _ => true,
        }
    }

    /// What the specification says.
    pub fn expected(&self, types: &Universe) -> Outcome {
        let carried = match self.carrier {
            Carrier::FuncRef => !self.usage.is_static(),
            Carrier::Concrete(name) => !self.usage.is_static() || types.below(name, self.annotation),
        };
        if !carried {
            return Outcome::Invalid;
        }
        self.delivered(types).unwrap_or_else(|| self.used(types))
    }

    /// What goes wrong before the value is there, if anything does.
    fn delivered(&self, types: &Universe) -> Option<Outcome> {
        use Travel::*;
        let Carrier::Concrete(carrier) = self.carrier else {
            // Tables, and globals that can be assigned to, must have exactly the type that is expected.
            return matches!(self.travel, ImportedTable | VarGlobal).then_some(Outcome::Unlinkable);
        };
        let (below, same) = (
            types.below(self.actual, carrier),
            types.same(self.actual, carrier),
        );
        match self.travel {
            ImportedTable | VarGlobal => (!same).then_some(Outcome::Unlinkable),
            ConstGlobal => (!below).then_some(Outcome::Unlinkable),
            travel if travel.imports_function() => {
                (!below && self.origin != Origin::Null).then_some(Outcome::Unlinkable)
            }
            // A table's type is checked whatever it holds.
            HostTableCopy => (!below).then_some(Outcome::Refused),
            _ => (!below && self.origin != Origin::Null).then_some(Outcome::Refused),
        }
    }

    fn used(&self, types: &Universe) -> Outcome {
        if let Some(null) = self.usage.passes_null() {
            return match self.origin {
                // A null that has passed is called.
                Origin::Null if null => Outcome::Trap(Trap::NullReference),
                Origin::Null => Outcome::Trap(self.usage.refusal()),
                _ if types.below(self.actual, self.annotation) => Outcome::Value,
                _ => Outcome::Trap(self.usage.refusal()),
            };
        }
        match (self.usage, self.origin) {
            (Use::HostCall, _) => Outcome::Value,
            (Use::CallRef | Use::ReturnCallRef, Origin::Null) => Outcome::Trap(Trap::NullReference),
            (_, Origin::Null) => Outcome::Trap(Trap::IndirectCallToNull),
            (Use::CallRef | Use::ReturnCallRef, _) => Outcome::Value,
            _ if types.below(self.actual, self.annotation) => Outcome::Value,
            _ => Outcome::Trap(Trap::BadSignature),
        }
    }
}

/// All cases.
pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(actual, annotation) in PAIRS {
        let mut carriers = vec![Carrier::FuncRef, Carrier::Concrete(actual)];
        if actual != annotation {
            carriers.push(Carrier::Concrete(annotation));
        }
        let mut origins = vec![Origin::Wasm, Origin::Host, Origin::Null];
        if matches!(actual, "f0" | "u") {
            origins.push(Origin::Wrapped);
        }
        for travel in Travel::ALL {
            for &carrier in &carriers {
                for &origin in &origins {
                    for usage in Use::ALL {
                        let case = Case {
                            travel,
                            origin,
                            actual,
                            annotation,
                            carrier,
                            usage,
                        };
                        if case.exists() {
                            cases.push(case);
                        }
                    }
                }
            }
        }
    }
    cases
}
