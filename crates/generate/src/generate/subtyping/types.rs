//! The types of a module: recursive groups of structures, arrays and functions with declared supertypes.
//!
//! A value of a reference that can't be null is always to be had: such a reference that stands in a type is to an earlier one, so
//! making what it needs comes to an end.

use crate::random::Random;
use std::ops::Range;
use wasm_encoder::{
    AbstractHeapType, ArrayType, CompositeInnerType, CompositeType, FieldType, FuncType, HeapType, RefType,
    StorageType, StructType, SubType, TypeSection, ValType,
};

/// What a type is made of.
#[derive(Debug, Clone)]
pub enum Composite {
    Struct(Vec<FieldType>),
    Array(FieldType),
    Func(Vec<ValType>, Vec<ValType>),
}

#[derive(Debug, Clone)]
struct Type {
    supertype: Option<u32>,
    is_final: bool,
    composite: Composite,
}

/// All types of a module.
#[derive(Debug, Default)]
pub struct Types {
    all: Vec<Type>,
    groups: Vec<Range<u32>>,
}

/// How many types a module has, at least, and by how many more; the last group may add some.
const COUNT: (usize, usize) = (8, 7);

pub const fn abstract_heap(ty: AbstractHeapType) -> HeapType {
    HeapType::Abstract { shared: false, ty }
}

pub fn reference(heap_type: HeapType, nullable: bool) -> RefType {
    RefType { nullable, heap_type }
}

/// The abstract heap types that values are given.
const ABSTRACT: [AbstractHeapType; 6] = [
    AbstractHeapType::Any,
    AbstractHeapType::Eq,
    AbstractHeapType::I31,
    AbstractHeapType::Struct,
    AbstractHeapType::Array,
    AbstractHeapType::Func,
];

impl Types {
    pub fn generate(random: &mut Random) -> Types {
        let mut types = Types::default();
        let count = COUNT.0 + random.below(COUNT.1);
        while types.all.len() < count {
            match types.groups.last() {
                // Not before there is one type of each kind.
                Some(group) if types.all.len() >= 3 && random.chance(20) => types.push_twin(group.clone()),
                _ => types.push_group(1 + random.below(5), random),
            }
        }
        types
    }

    pub fn composite(&self, index: u32) -> &Composite {
        &self.all[index as usize].composite
    }

    pub fn indices(&self) -> Range<u32> {
        0..self.all.len() as u32
    }

    pub fn is_func(&self, index: u32) -> bool {
        matches!(self.composite(index), Composite::Func(..))
    }

    /// Whether a type is another, or declared to be below it.
    fn is_below(&self, mut index: u32, above: u32) -> bool {
        // Supertypes come first, so the search goes down.
        while index > above {
            match self.all[index as usize].supertype {
                Some(supertype) => index = supertype,
                None => return false,
            }
        }
        index == above
    }

    pub fn matches(&self, a: ValType, b: ValType) -> bool {
        match (a, b) {
            (ValType::Ref(a), ValType::Ref(b)) => {
                (!a.nullable || b.nullable) && self.heap_matches(a.heap_type, b.heap_type)
            }
            _ => a == b,
        }
    }

    pub fn heap_matches(&self, a: HeapType, b: HeapType) -> bool {
        use AbstractHeapType::{Any, Array, Eq, Func, I31, Struct};
        match (a, b) {
            (HeapType::Concrete(a), HeapType::Concrete(b)) => self.is_below(a, b),
            (HeapType::Concrete(a), HeapType::Abstract { ty, .. }) => match self.composite(a) {
                Composite::Struct(_) => matches!(ty, Struct | Eq | Any),
                Composite::Array(_) => matches!(ty, Array | Eq | Any),
                Composite::Func(..) => ty == Func,
            },
            (HeapType::Abstract { ty: a, .. }, HeapType::Abstract { ty: b, .. }) => {
                a == b || b == Any && a != Func || b == Eq && matches!(a, I31 | Struct | Array)
            }
            _ => false,
        }
    }

    /// The heap types above one, itself among them.
    pub fn above(&self, heap: HeapType) -> Vec<HeapType> {
        let heaps = self.heaps(self.all.len() as u32);
        heaps.filter(|above| self.heap_matches(heap, *above)).collect()
    }

    fn heaps(&self, end: u32) -> impl Iterator<Item = HeapType> {
        ABSTRACT
            .map(abstract_heap)
            .into_iter()
            .chain((0..end).map(HeapType::Concrete))
    }

    /// A group that is the same as an earlier one, so that its types are the same types.
    fn push_twin(&mut self, group: Range<u32>) {
        let start = self.all.len() as u32;
        let shift = |index: u32| match group.contains(&index) {
            true => index - group.start + start,
            false => index,
        };
        for index in group.clone() {
            let mut twin = self.all[index as usize].clone();
            twin.supertype = twin.supertype.map(shift);
            twin.composite.renumber(&shift);
            self.all.push(twin);
        }
        self.groups.push(start..self.all.len() as u32);
    }

    fn push_group(&mut self, size: usize, random: &mut Random) {
        let start = self.all.len() as u32;
        let end = start + size as u32;
        for _ in start..end {
            let draft = Draft {
                types: self,
                random,
                end,
            };
            let ty = draft.make();
            self.all.push(ty);
        }
        self.groups.push(start..end);
    }

    pub fn section(&self, random: &mut Random) -> TypeSection {
        let mut section = TypeSection::new();
        for group in &self.groups {
            let range = group.start as usize..group.end as usize;
            let mut types: Vec<SubType> = self.all[range].iter().map(Type::encode).collect();
            match types.pop() {
                // A group of one can be written in two ways, and is the same.
                Some(single) if types.is_empty() && random.chance(50) => section.ty().subtype(&single),
                Some(last) => {
                    types.push(last);
                    section.ty().rec(types);
                }
                None => {}
            }
        }
        section
    }
}

impl Composite {
    fn renumber(&mut self, shift: &impl Fn(u32) -> u32) {
        let values: Vec<&mut ValType> = match self {
            Composite::Struct(fields) => fields.iter_mut().filter_map(value_of).collect(),
            Composite::Array(field) => value_of(field).into_iter().collect(),
            Composite::Func(params, results) => params.iter_mut().chain(results).collect(),
        };
        for value in values {
            if let ValType::Ref(RefType {
                heap_type: HeapType::Concrete(index),
                ..
            }) = value
            {
                *index = shift(*index);
            }
        }
    }
}

fn value_of(field: &mut FieldType) -> Option<&mut ValType> {
    match &mut field.element_type {
        StorageType::Val(value) => Some(value),
        _ => None,
    }
}

impl Type {
    fn encode(&self) -> SubType {
        let inner = match &self.composite {
            Composite::Struct(fields) => CompositeInnerType::Struct(StructType {
                fields: fields.clone().into(),
            }),
            Composite::Array(field) => CompositeInnerType::Array(ArrayType(*field)),
            Composite::Func(params, results) => {
                CompositeInnerType::Func(FuncType::new(params.iter().copied(), results.iter().copied()))
            }
        };
        SubType {
            is_final: self.is_final,
            supertype_idxs: self.supertype.into_iter().collect(),
            composite_type: CompositeType {
                inner,
                shared: false,
                descriptor: None,
                describes: None,
            },
        }
    }
}

/// A type that is being made up: the next one, in a group that goes up to `end`.
struct Draft<'a> {
    types: &'a Types,
    random: &'a mut Random,
    end: u32,
}

impl Draft<'_> {
    fn make(mut self) -> Type {
        let fresh = self.fresh();
        let open = |index: &u32| {
            let ty = &self.types.all[*index as usize];
            !ty.is_final && std::mem::discriminant(&ty.composite) == std::mem::discriminant(&fresh)
        };
        let supertypes: Vec<u32> = self.types.indices().filter(open).collect();
        let supertype =
            (!supertypes.is_empty() && self.random.chance(75)).then(|| self.random.choose(&supertypes));
        let composite = match supertype {
            Some(supertype) => self.extend(self.types.composite(supertype).clone(), fresh),
            None => fresh,
        };
        Type {
            supertype,
            is_final: self.random.chance(20),
            composite,
        }
    }

    /// A type that extends nothing. The first three are one of each kind, so that there are some.
    fn fresh(&mut self) -> Composite {
        let kind = match self.current() {
            first @ 0..3 => [0, 60, 90][first as usize],
            _ => self.random.below(100),
        };
        match kind {
            0..50 => Composite::Struct((0..self.random.below(4)).map(|_| self.field()).collect()),
            50..85 => {
                let count = (self.random.below(3), self.random.below(3));
                let params = (0..count.0).map(|_| self.value()).collect();
                Composite::Func(params, (0..count.1).map(|_| self.value()).collect())
            }
            _ => Composite::Array(self.field()),
        }
    }

    fn extend(&mut self, above: Composite, fresh: Composite) -> Composite {
        match (above, fresh) {
            (Composite::Struct(mut fields), Composite::Struct(more)) => {
                fields.iter_mut().for_each(|field| self.specialise_field(field));
                fields.extend(more.into_iter().take(2));
                Composite::Struct(fields)
            }
            (Composite::Array(mut field), _) => {
                self.specialise_field(&mut field);
                Composite::Array(field)
            }
            (Composite::Func(mut params, mut results), _) => {
                params.iter_mut().for_each(|param| self.generalise(param));
                results.iter_mut().for_each(|result| self.specialise(result));
                Composite::Func(params, results)
            }
            (above, _) => above,
        }
    }

    /// The type's own index.
    fn current(&self) -> u32 {
        self.types.all.len() as u32
    }

    fn field(&mut self) -> FieldType {
        let element_type = match self.random.below(10) {
            0 => StorageType::I8,
            1 => StorageType::I16,
            _ => StorageType::Val(self.value()),
        };
        FieldType {
            element_type,
            mutable: self.random.chance(60),
        }
    }

    fn value(&mut self) -> ValType {
        const NUMBERS: [ValType; 4] = [ValType::I32, ValType::I64, ValType::F32, ValType::F64];
        match self.random.below(10) {
            0..4 => self.random.choose(&NUMBERS),
            4..6 => {
                let heap = self.random.choose(&ABSTRACT);
                self.nullable_or_not(abstract_heap(heap))
            }
            _ => {
                let index = self.random.below(self.end as usize) as u32;
                self.nullable_or_not(HeapType::Concrete(index))
            }
        }
    }

    fn nullable_or_not(&mut self, heap: HeapType) -> ValType {
        use AbstractHeapType::{Any, Eq, I31};
        let can_be_made = match heap {
            HeapType::Concrete(index) => index < self.current(),
            HeapType::Abstract { ty, .. } => matches!(ty, Any | Eq | I31),
            _ => false,
        };
        ValType::Ref(reference(heap, !can_be_made || self.random.chance(75)))
    }

    fn specialise_field(&mut self, field: &mut FieldType) {
        if let (false, StorageType::Val(value)) = (field.mutable, &mut field.element_type) {
            self.specialise(value);
        }
    }

    fn specialise(&mut self, value: &mut ValType) {
        let ValType::Ref(above) = *value else { return };
        let heaps = self.types.heaps(self.current());
        let below: Vec<HeapType> = heaps
            .filter(|heap| self.types.heap_matches(*heap, above.heap_type))
            .collect();
        // The type may be one that this group has yet to make, of which nothing is known.
        if below.is_empty() {
            return;
        }
        let heap = self.random.choose(&below);
        let candidate = self.nullable_or_not(heap);
        if above.nullable || !is_nullable(candidate) {
            *value = candidate;
        }
    }

    fn generalise(&mut self, value: &mut ValType) {
        let ValType::Ref(below) = *value else { return };
        if matches!(below.heap_type, HeapType::Concrete(index) if index >= self.current()) {
            return;
        }
        let heap = self.random.choose(&self.types.above(below.heap_type));
        let candidate = self.nullable_or_not(heap);
        if !below.nullable || is_nullable(candidate) {
            *value = candidate;
        }
    }
}

fn is_nullable(value: ValType) -> bool {
    matches!(value, ValType::Ref(RefType { nullable: true, .. }))
}
