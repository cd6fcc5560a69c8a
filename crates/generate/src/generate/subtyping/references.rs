//! Values that are references: fields, elements, casts, branches on casts.

use super::bodies::Body;
use super::types::{Composite, abstract_heap, reference};
use super::world::TABLE_LENGTH;
use wasm_encoder::{AbstractHeapType, BlockType, HeapType, RefType, StorageType, ValType};

/// Where a value lies: a field of a structure, or the elements of an array.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub ty: u32,
    /// The field; nothing for elements.
    pub field: Option<u32>,
    pub storage: StorageType,
    pub mutable: bool,
}

impl Body<'_> {
    /// A reference, in any way.
    pub fn reference(&mut self, ty: RefType, depth: u32) {
        let value = ValType::Ref(ty);
        match self.random.below(20) {
            0..4 => self.field(value, depth),
            4..6 => self.guarded_cast(ty, depth),
            6..8 => self.branch_on_cast(ty, depth),
            8 => self.branch_on_failed_cast(ty, depth),
            9..13 => self.call_for(value, depth),
            13 => self.element(ty, depth),
            14 => self.either(value, depth),
            15 => self.there_and_back(ty, depth),
            16 if !ty.nullable => self.if_not_null(ty, depth),
            17 => self.world.make(self.random, &mut self.code, value, 2),
            18 => self.bold_cast(ty, depth),
            _ => self.leaf(value),
        }
    }

    /// All places.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        let place = |ty, field, of: &wasm_encoder::FieldType| Place {
            ty,
            field,
            storage: of.element_type,
            mutable: of.mutable,
        };
        let types = self.types();
        types.indices().flat_map(move |ty| -> Vec<Place> {
            match types.composite(ty) {
                Composite::Struct(fields) => (0..)
                    .zip(fields)
                    .map(|(index, field)| place(ty, Some(index), field))
                    .collect(),
                Composite::Array(field) => vec![place(ty, None, field)],
                Composite::Func(..) => Vec::new(),
            }
        })
    }

    /// What a place holds, if there is one that holds values of a type.
    pub fn field(&mut self, ty: ValType, depth: u32) {
        let fitting = self.places().filter(|place| {
            let value = place.storage.unpack();
            self.types().matches(value, ty)
        });
        let fitting: Vec<Place> = fitting.collect();
        if fitting.is_empty() {
            return self.leaf(ty);
        }
        let place = self.random.choose(&fitting);
        self.holder(place, depth);
        let packed = !matches!(place.storage, StorageType::Val(_));
        let signed = self.random.chance(50);
        let ty = place.ty;
        match (place.field, packed, signed) {
            (Some(field), false, _) => self.emit().struct_get(ty, field),
            (Some(field), true, true) => self.emit().struct_get_s(ty, field),
            (Some(field), true, false) => self.emit().struct_get_u(ty, field),
            (None, false, _) => self.emit().array_get(ty),
            (None, true, true) => self.emit().array_get_s(ty),
            (None, true, false) => self.emit().array_get_u(ty),
        };
    }

    /// What has a place, and the index if it is an array. Arrays have an element at least.
    pub fn holder(&mut self, place: Place, depth: u32) {
        let nullable = self.random.chance(1);
        let holder = reference(HeapType::Concrete(place.ty), nullable);
        self.value(ValType::Ref(holder), depth - 1);
        if place.field.is_none() {
            let index = i32::from(self.random.chance(2));
            self.emit().i32_const(index);
        }
    }

    /// A type that a cast to another may begin at.
    pub fn source(&mut self, heap: HeapType) -> RefType {
        let above = self.types().above(heap);
        reference(self.random.choose(&above), true)
    }

    pub fn is_func(&self, heap: HeapType) -> bool {
        self.types()
            .heap_matches(heap, abstract_heap(AbstractHeapType::Func))
    }

    pub fn test(&mut self, ty: RefType) {
        match ty.nullable {
            true => self.emit().ref_test_nullable(ty.heap_type),
            false => self.emit().ref_test_non_null(ty.heap_type),
        };
    }

    fn cast(&mut self, ty: RefType) {
        match ty.nullable {
            true => self.emit().ref_cast_nullable(ty.heap_type),
            false => self.emit().ref_cast_non_null(ty.heap_type),
        };
    }

    /// A cast of what a test says can be cast.
    fn guarded_cast(&mut self, ty: RefType, depth: u32) {
        let source = self.source(ty.heap_type);
        self.value(ValType::Ref(source), depth - 1);
        let scratch = self.scratch(self.is_func(ty.heap_type));
        self.emit().local_tee(scratch);
        self.cast_if_it_is(ty, scratch);
    }

    /// Casts the value on the stack, which is in a local, too, or makes another if it is of another type.
    fn cast_if_it_is(&mut self, ty: RefType, local: u32) {
        self.test(ty);
        self.emit()
            .if_(BlockType::Result(ValType::Ref(ty)))
            .local_get(local);
        self.cast(ty);
        self.emit().else_();
        self.make(ValType::Ref(ty));
        self.emit().end();
    }

    /// A cast that traps if it has to, or asks for no more than there is.
    fn bold_cast(&mut self, ty: RefType, depth: u32) {
        match self.random.chance(10) {
            true => {
                let source = self.source(ty.heap_type);
                self.value(ValType::Ref(source), depth - 1);
            }
            false => self.value(ValType::Ref(ty), depth - 1),
        }
        self.cast(ty);
    }

    fn branch_on_cast(&mut self, ty: RefType, depth: u32) {
        let source = self.source(ty.heap_type);
        self.emit().block(BlockType::Result(ValType::Ref(ty)));
        self.value(ValType::Ref(source), depth - 1);
        self.emit().br_on_cast(0, source, ty).drop();
        self.make(ValType::Ref(ty));
        self.emit().end();
    }

    fn branch_on_failed_cast(&mut self, ty: RefType, depth: u32) {
        let source = self.source(ty.heap_type);
        self.emit()
            .block(BlockType::Result(ValType::Ref(ty)))
            .block(BlockType::Result(ValType::Ref(source)));
        self.value(ValType::Ref(source), depth - 1);
        self.emit().br_on_cast_fail(0, source, ty).br(1).end().drop();
        self.make(ValType::Ref(ty));
        self.emit().end();
    }

    /// An element of a table, if there is one of such elements.
    fn element(&mut self, ty: RefType, depth: u32) {
        let tables = (0..).zip(&self.world.tables);
        let fitting: Vec<u32> = tables
            .filter(|(_, element)| self.types().matches(ValType::Ref(**element), ValType::Ref(ty)))
            .map(|(table, _)| table)
            .collect();
        if fitting.is_empty() {
            return self.guarded_cast(ty, depth);
        }
        let table = self.random.choose(&fitting);
        self.table_index();
        self.emit().table_get(table);
    }

    /// The index of an element that every table has, almost always.
    pub fn table_index(&mut self) {
        let length = TABLE_LENGTH as usize + usize::from(self.random.chance(1));
        let index = self.random.below(length) as i32;
        self.emit().i32_const(index);
    }

    /// One of two values.
    pub fn either(&mut self, ty: ValType, depth: u32) {
        if self.random.chance(50) {
            self.condition(depth - 1);
            self.emit().if_(BlockType::Result(ty));
            self.value(ty, depth - 1);
            self.emit().else_();
            self.value(ty, depth - 1);
            self.emit().end();
        } else {
            self.value(ty, depth - 1);
            self.value(ty, depth - 1);
            self.condition(depth - 1);
            self.emit().typed_select(ty);
        }
    }

    /// An object that has been a reference of the host in between.
    fn there_and_back(&mut self, ty: RefType, depth: u32) {
        if self.is_func(ty.heap_type) {
            return self.leaf(ValType::Ref(ty));
        }
        let scratch = self.scratch(false);
        self.value(ValType::Ref(RefType::ANYREF), depth - 1);
        self.emit()
            .extern_convert_any()
            .any_convert_extern()
            .local_tee(scratch);
        self.cast_if_it_is(ty, scratch);
    }

    fn if_not_null(&mut self, ty: RefType, depth: u32) {
        self.emit().block(BlockType::Result(ValType::Ref(ty)));
        self.value(ValType::Ref(ty.nullable(true)), depth - 1);
        self.emit().br_on_non_null(0);
        self.make(ValType::Ref(ty));
        self.emit().end();
    }
}
