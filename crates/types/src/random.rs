//! Random modules of types for tests, and what wasmparser says about them.
//!
//! References are indices of a module here. Half of the types are made from an earlier one by a step that
//! mostly keeps it a subtype, so that valid declarations and near misses are both frequent.

use crate::{
    CompositeType, FieldType, FuncType, HeapType, RecRef, RefType, RegisteredType, StorageType, SubType,
    ValType,
};
use wasm_encoder as enc;

pub(crate) type ModuleType = SubType<u32>;

pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn percent(&mut self, p: usize) -> bool {
        self.below(100) < p
    }

    pub(crate) fn choose<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

pub(crate) const ABSTRACT: [HeapType<u32>; 12] = [
    HeapType::Func,
    HeapType::NoFunc,
    HeapType::Extern,
    HeapType::NoExtern,
    HeapType::Any,
    HeapType::Eq,
    HeapType::I31,
    HeapType::Struct,
    HeapType::Array,
    HeapType::None,
    HeapType::Exn,
    HeapType::NoExn,
];

pub(crate) fn val_type(rng: &mut Rng, types: u32) -> ValType<u32> {
    match rng.below(8) {
        0 => ValType::I32,
        1 => *rng.choose(&[ValType::I64, ValType::F32, ValType::F64, ValType::V128]),
        2..=4 => ValType::Ref(RefType {
            nullable: rng.percent(50),
            heap: *rng.choose(&ABSTRACT),
        }),
        _ => {
            let index = rng.below(types as usize) as u32;
            ValType::Ref(RefType {
                nullable: rng.percent(50),
                heap: HeapType::Concrete(index),
            })
        }
    }
}

fn field_type(rng: &mut Rng, types: u32) -> FieldType<u32> {
    let storage = match rng.below(6) {
        0 => StorageType::I8,
        1 => StorageType::I16,
        _ => StorageType::Val(val_type(rng, types)),
    };
    FieldType {
        storage,
        mutable: rng.percent(30),
    }
}

fn composite_type(rng: &mut Rng, types: u32) -> CompositeType<u32> {
    match rng.below(3) {
        0 => {
            let params = (0..rng.below(3)).map(|_| val_type(rng, types)).collect();
            let results = (0..rng.below(3)).map(|_| val_type(rng, types)).collect();
            CompositeType::Func(FuncType { params, results })
        }
        1 => CompositeType::Struct((0..rng.below(4)).map(|_| field_type(rng, types)).collect()),
        _ => CompositeType::Array(field_type(rng, types)),
    }
}

/// A step down (or up) that is often, not always, one of the relation.
fn step(rng: &mut Rng, ty: ValType<u32>, down: bool, all: &[ModuleType]) -> ValType<u32> {
    let ValType::Ref(mut r) = ty else {
        return if rng.percent(10) { ValType::I64 } else { ty };
    };
    if rng.percent(40) {
        r.nullable = !down;
    }
    if rng.percent(50) {
        r.heap = match (r.heap, down) {
            (HeapType::Any, true) => *rng.choose(&[HeapType::Eq, HeapType::Struct, HeapType::None]),
            (HeapType::Func, true) => HeapType::NoFunc,
            (HeapType::Concrete(index), false) => match all.get(index as usize).and_then(|t| t.supertype) {
                Some(above) => HeapType::Concrete(above),
                None => *rng.choose(&[HeapType::Func, HeapType::Struct, HeapType::Any]),
            },
            (HeapType::Concrete(_), true) => {
                let below = all
                    .iter()
                    .position(|t| t.supertype.map(HeapType::Concrete) == Some(r.heap));
                below.map_or(HeapType::None, |at| HeapType::Concrete(at as u32))
            }
            (_, true) => HeapType::Concrete(rng.below(all.len()) as u32),
            (HeapType::None, false) => HeapType::I31,
            (_, false) => HeapType::Any,
        };
    }
    ValType::Ref(r)
}

fn refine(rng: &mut Rng, of: u32, all: &[ModuleType], types: u32) -> CompositeType<u32> {
    let refine_field = |rng: &mut Rng, field: FieldType<u32>| match field.storage {
        StorageType::Val(v) if !field.mutable || rng.percent(25) => FieldType {
            storage: StorageType::Val(step(rng, v, true, all)),
            ..field
        },
        _ => FieldType {
            mutable: field.mutable != rng.percent(3),
            ..field
        },
    };
    match &all[of as usize].composite {
        _ if rng.percent(3) => composite_type(rng, types),
        CompositeType::Func(func) => CompositeType::Func(FuncType {
            params: func.params.iter().map(|&t| step(rng, t, false, all)).collect(),
            results: func.results.iter().map(|&t| step(rng, t, true, all)).collect(),
        }),
        CompositeType::Struct(fields) => {
            let mut refined: Vec<_> = fields.iter().map(|&f| refine_field(rng, f)).collect();
            while rng.percent(30) {
                refined.push(field_type(rng, types));
            }
            if rng.percent(3) {
                refined.pop();
            }
            CompositeType::Struct(refined.into())
        }
        CompositeType::Array(element) => CompositeType::Array(refine_field(rng, *element)),
    }
}

/// A group that would come after these types; it may be invalid.
pub(crate) fn group(rng: &mut Rng, before: &[ModuleType]) -> Vec<ModuleType> {
    let base = before.len() as u32;
    let size = 1 + rng.below(3) as u32;
    // Once in a while, a reference out of range.
    let types = base + size + u32::from(rng.percent(1));
    let mut all = before.to_vec();
    while all.len() < (base + size) as usize {
        let (supertype, composite) = if !all.is_empty() && rng.percent(50) {
            let of = rng.below(all.len()) as u32;
            (Some(of), refine(rng, of, &all, types))
        } else {
            (None, composite_type(rng, types))
        };
        all.push(SubType {
            is_final: rng.percent(20),
            supertype,
            composite,
        });
    }
    all.split_off(base as usize)
}

/// The same group once more, after other types.
pub(crate) fn repeat(group: &[ModuleType], base: u32, new_base: u32) -> Vec<ModuleType> {
    group
        .iter()
        .map(|ty| ty.map(|r| if r < base { r } else { r - base + new_base }))
        .collect()
}

/// A group for the registry; `types` are those before it.
pub(crate) fn to_rec(group: &[ModuleType], types: &[RegisteredType]) -> Vec<SubType<RecRef>> {
    let resolve = |r: u32| match types.get(r as usize) {
        Some(ty) => RecRef::Outer(ty.id()),
        None => RecRef::Rec(r - types.len() as u32),
    };
    group.iter().map(|ty| ty.map(resolve)).collect()
}

fn enc_heap(ty: HeapType<u32>) -> enc::HeapType {
    use enc::AbstractHeapType as A;
    let ty = match ty {
        HeapType::Func => A::Func,
        HeapType::NoFunc => A::NoFunc,
        HeapType::Extern => A::Extern,
        HeapType::NoExtern => A::NoExtern,
        HeapType::Any => A::Any,
        HeapType::Eq => A::Eq,
        HeapType::I31 => A::I31,
        HeapType::Struct => A::Struct,
        HeapType::Array => A::Array,
        HeapType::None => A::None,
        HeapType::Exn => A::Exn,
        HeapType::NoExn => A::NoExn,
        HeapType::Concrete(index) => return enc::HeapType::Concrete(index),
    };
    enc::HeapType::Abstract { shared: false, ty }
}

pub(crate) fn enc_val(ty: ValType<u32>) -> enc::ValType {
    match ty {
        ValType::I32 => enc::ValType::I32,
        ValType::I64 => enc::ValType::I64,
        ValType::F32 => enc::ValType::F32,
        ValType::F64 => enc::ValType::F64,
        ValType::V128 => enc::ValType::V128,
        ValType::Ref(r) => enc::ValType::Ref(enc::RefType {
            nullable: r.nullable,
            heap_type: enc_heap(r.heap),
        }),
    }
}

fn enc_field(ty: &FieldType<u32>) -> enc::FieldType {
    let element_type = match ty.storage {
        StorageType::I8 => enc::StorageType::I8,
        StorageType::I16 => enc::StorageType::I16,
        StorageType::Val(v) => enc::StorageType::Val(enc_val(v)),
    };
    enc::FieldType {
        element_type,
        mutable: ty.mutable,
    }
}

fn enc_sub_type(ty: &ModuleType) -> enc::SubType {
    let inner = match &ty.composite {
        CompositeType::Func(f) => enc::CompositeInnerType::Func(enc::FuncType::new(
            f.params.iter().map(|&t| enc_val(t)),
            f.results.iter().map(|&t| enc_val(t)),
        )),
        CompositeType::Struct(fields) => enc::CompositeInnerType::Struct(enc::StructType {
            fields: fields.iter().map(enc_field).collect(),
        }),
        CompositeType::Array(element) => enc::CompositeInnerType::Array(enc::ArrayType(enc_field(element))),
    };
    enc::SubType {
        is_final: ty.is_final,
        supertype_idxs: ty.supertype.into_iter().collect(),
        composite_type: enc::CompositeType {
            inner,
            shared: false,
            descriptor: None,
            describes: None,
        },
    }
}

pub(crate) fn enc_types(groups: &[Vec<ModuleType>]) -> enc::TypeSection {
    let mut section = enc::TypeSection::new();
    for group in groups {
        match &**group {
            [one] => section.ty().subtype(&enc_sub_type(one)),
            more => section
                .ty()
                .rec(more.iter().map(enc_sub_type).collect::<Vec<_>>()),
        }
    }
    section
}

/// Whether a module of these groups is valid.
pub(crate) fn accepts(groups: &[Vec<ModuleType>]) -> bool {
    let mut module = enc::Module::new();
    module.section(&enc_types(groups));
    wasmparser::Validator::new()
        .validate_all(&module.finish())
        .is_ok()
}

/// For each pair, whether a function may return its parameter of the first type as a result of the second.
pub(crate) fn coerces(groups: &[Vec<ModuleType>], pairs: &[(ValType<u32>, ValType<u32>)]) -> Vec<bool> {
    let mut types = enc_types(groups);
    let first: u32 = groups.iter().map(|g| g.len() as u32).sum();
    let mut functions = enc::FunctionSection::new();
    let mut code = enc::CodeSection::new();
    for (index, &(a, b)) in (first..).zip(pairs) {
        types.ty().function([enc_val(a)], [enc_val(b)]);
        functions.function(index);
        let mut body = enc::Function::new([]);
        body.instructions().local_get(0).end();
        code.function(&body);
    }
    let mut module = enc::Module::new();
    module.section(&types).section(&functions).section(&code);
    let bytes = module.finish();
    let mut validator = wasmparser::Validator::new();
    let mut verdicts = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
        let payload = payload.unwrap();
        if let wasmparser::ValidPayload::Func(func, body) = validator.payload(&payload).unwrap() {
            verdicts.push(func.into_validator(Default::default()).validate(&body).is_ok());
        }
    }
    verdicts
}
