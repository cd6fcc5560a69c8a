//! Random types, the same types for the other side, and their description for the specification's program.

use super::random::Random;
use serde_json::{Value, json};
use transom_component::types::{DefinedType, ResourceIdx, Types, ValType};

/// How many resource types there are: one of each side, and one of the host.
pub(super) const RESOURCES: u32 = 3;

const SCALARS: &[ValType] = &[
    ValType::Bool,
    ValType::S8,
    ValType::U8,
    ValType::S16,
    ValType::U16,
    ValType::S32,
    ValType::U32,
    ValType::S64,
    ValType::U64,
    ValType::Char,
    ValType::F32,
    ValType::F64,
];
/// How many of the scalars may be keys of maps, as strings may.
const KEYS: usize = 10;

/// The index that the destination has for a resource type of the source: each side has its own.
pub(super) fn other_resource(resource: ResourceIdx) -> ResourceIdx {
    ResourceIdx((resource.0 + 1) % RESOURCES)
}

/// Makes types.
pub(super) struct TypeMaker<'a> {
    pub(super) random: &'a mut Random,
    pub(super) types: &'a mut Types,
    /// Whether there may be borrowed handles: results have none.
    pub(super) borrows: bool,
}

impl TypeMaker<'_> {
    /// The types of the values that one call passes in one direction.
    pub(super) fn values(&mut self, is_result: bool) -> Vec<ValType> {
        if is_result {
            return vec![self.any(4)];
        }
        // Sixteen numbers are passed as such, and more are not.
        match self.random.one_in(5) {
            true => (0..self.random.within(8..=18)).map(|_| self.any(0)).collect(),
            false => (0..self.random.within(1..=4)).map(|_| self.any(4)).collect(),
        }
    }

    /// A type with so many levels at most.
    fn any(&mut self, depth: u32) -> ValType {
        if depth == 0 || self.random.one_in(3) {
            return self.simple();
        }
        let depth = depth - 1;
        let defined = match self.random.below(11) {
            0..=2 => DefinedType::List(self.any(depth)),
            3 => {
                let key = match self.random.one_in(4) {
                    true => ValType::String,
                    false => self.random.choose(&SCALARS[..KEYS]),
                };
                DefinedType::Map(key, self.any(depth))
            }
            4 | 5 => {
                let fields = self.several(depth).into_iter().enumerate();
                DefinedType::Record(fields.map(|(index, ty)| (name("f", index), ty)).collect())
            }
            6 => DefinedType::Tuple(self.several(depth).into()),
            7 | 8 => self.variant(depth),
            9 => DefinedType::Option(self.any(depth)),
            _ => DefinedType::Result {
                ok: self.payload(depth),
                error: self.payload(depth),
            },
        };
        ValType::Defined(self.types.intern(defined))
    }

    fn several(&mut self, depth: u32) -> Vec<ValType> {
        // Rows of plain values have a way of their own.
        let depth = if self.random.one_in(2) { 0 } else { depth };
        (0..self.random.within(1..=5)).map(|_| self.any(depth)).collect()
    }

    fn payload(&mut self, depth: u32) -> Option<ValType> {
        (!self.random.one_in(3)).then(|| self.any(depth))
    }

    fn variant(&mut self, depth: u32) -> DefinedType {
        let count = match self.random.one_in(30) {
            true => self.random.within(254..=260),
            false => self.random.within(1..=5),
        };
        let cases = (0..count as usize).map(|index| {
            let payload = if index < 6 { self.payload(depth) } else { None };
            (name("c", index), payload)
        });
        DefinedType::Variant(cases.collect())
    }

    /// A type without payloads.
    fn simple(&mut self) -> ValType {
        let defined = match self.random.below(20) {
            0..=10 => return self.random.choose(SCALARS),
            11..=13 => return ValType::String,
            14 => {
                let count = match self.random.one_in(4) {
                    true => self.random.within(254..=260),
                    false => self.random.within(1..=9),
                };
                DefinedType::Enum((0..count as usize).map(|index| name("e", index)).collect())
            }
            15 | 16 => {
                let count = self.random.within(1..=32) as usize;
                DefinedType::Flags((0..count).map(|index| name("b", index)).collect())
            }
            17 if self.borrows => DefinedType::Borrow(self.resource()),
            18 if self.borrows => DefinedType::Borrow(self.resource()),
            _ => DefinedType::Own(self.resource()),
        };
        ValType::Defined(self.types.intern(defined))
    }

    fn resource(&mut self) -> ResourceIdx {
        ResourceIdx(self.random.within(0..=RESOURCES - 1))
    }
}

fn name(prefix: &str, index: usize) -> Box<str> {
    format!("{prefix}{index}").into()
}

/// Adds a type of the source to the types of the destination.
pub(super) fn translate(ty: ValType, from: &Types, to: &mut Types) -> ValType {
    let ValType::Defined(index) = ty else {
        return ty;
    };
    let mut each = |ty: ValType| translate(ty, from, to);
    let defined = match &from[index].defined {
        DefinedType::Record(fields) => {
            let fields = fields.iter().map(|(name, ty)| (name.clone(), each(*ty)));
            DefinedType::Record(fields.collect())
        }
        DefinedType::Tuple(types) => DefinedType::Tuple(types.iter().map(|&ty| each(ty)).collect()),
        DefinedType::Variant(cases) => {
            let cases = cases.iter().map(|(name, ty)| (name.clone(), ty.map(&mut each)));
            DefinedType::Variant(cases.collect())
        }
        &DefinedType::Option(ty) => DefinedType::Option(each(ty)),
        &DefinedType::Result { ok, error } => DefinedType::Result {
            ok: ok.map(&mut each),
            error: error.map(&mut each),
        },
        &DefinedType::List(ty) => DefinedType::List(each(ty)),
        &DefinedType::Map(key, value) => DefinedType::Map(each(key), each(value)),
        &DefinedType::Own(resource) => DefinedType::Own(other_resource(resource)),
        &DefinedType::Borrow(resource) => DefinedType::Borrow(other_resource(resource)),
        other => other.clone(),
    };
    ValType::Defined(to.intern(defined))
}

/// What the specification's program reads; see `type_of` there.
pub(super) fn description(ty: ValType, types: &Types) -> Value {
    let each = |ty: ValType| description(ty, types);
    let optional = |ty: Option<ValType>| ty.map_or(Value::Null, each);
    let ValType::Defined(index) = ty else {
        return types.text(ty, &|_| String::new()).to_string().into();
    };
    match &types[index].defined {
        DefinedType::Record(fields) => {
            json!([
                "record",
                fields.iter().map(|&(_, ty)| each(ty)).collect::<Vec<_>>()
            ])
        }
        DefinedType::Tuple(types) => json!(["tuple", types.iter().map(|&ty| each(ty)).collect::<Vec<_>>()]),
        DefinedType::Variant(cases) => {
            json!([
                "variant",
                cases.iter().map(|&(_, ty)| optional(ty)).collect::<Vec<_>>()
            ])
        }
        DefinedType::Enum(names) => json!(["enum", names.len()]),
        DefinedType::Flags(names) => json!(["flags", names.len()]),
        &DefinedType::Option(ty) => json!(["option", each(ty)]),
        &DefinedType::Result { ok, error } => json!(["result", optional(ok), optional(error)]),
        &DefinedType::List(ty) => json!(["list", each(ty)]),
        &DefinedType::Map(key, value) => json!(["map", each(key), each(value)]),
        DefinedType::Own(resource) => json!(["own", resource.0]),
        DefinedType::Borrow(resource) => json!(["borrow", resource.0]),
        DefinedType::Stream(_) | DefinedType::Future(_) => unreachable!("none are made"),
    }
}
