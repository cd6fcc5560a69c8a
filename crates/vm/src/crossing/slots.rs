//! Values that Rust puts where compiled code finds them: in globals, tables and objects.
//!
//! Compiled code trusts the types of what it reads: it calls a function reference at its address, and accesses a field at the offset
//! that the type says. So each value is checked here against the type of the place, whoever else has done so before: a function's store
//! and defined type, and what lies at an object's reference. A mismatch is a panic.

use crate::ids::{GlobalId, TableId};
use crate::objects::{Field, StoreHeap};
use crate::store::Store;
use crate::table::OutOfBounds;
use crate::value::Value;
use transom_layout::VmGlobal;
use transom_layout::object::{FieldClass, ObjectKind};
use transom_types::{HeapType, RefType, ValType};

impl Store {
    /// The value of a global.
    pub fn global_value(&self, id: GlobalId) -> Value {
        let global = self.global(id);
        // SAFETY: the place is valid as long as the global, and the store is borrowed, so nobody else accesses it. What is there is
        // zero, or a value of the global's type.
        unsafe {
            let VmGlobal { bytes } = global.place.as_ptr().read();
            self.value_of_bits(global.class(), u128::from_le_bytes(bytes))
        }
    }

    /// Replaces the value of a global, whether it is mutable or not.
    ///
    /// # Panics
    ///
    /// If the value is not of the global's type, or belongs to another store.
    pub fn set_global(&mut self, id: GlobalId, value: Value) {
        let global = self.global(id);
        self.check_value(global.ty().value, value);
        let bytes = value.bits().to_le_bytes();
        // SAFETY: the value has the global's type, as was just checked, and the store is borrowed mutably.
        unsafe { global.place.set(VmGlobal { bytes }) };
    }

    /// An element of a table, if there is one at `index`.
    pub fn element(&self, id: TableId, index: u64) -> Option<Value> {
        let table = self.table(id);
        let index = table.range(index, 1).ok()?.start;
        let class = if table.holds_objects() {
            FieldClass::Object
        } else {
            FieldClass::Function
        };
        // SAFETY: elements are null, or values of the type of the table's elements.
        Some(unsafe { self.value_of_bits(class, u128::from(table.elements.get(index))) })
    }

    /// Replaces `len` elements of a table from `start` on.
    ///
    /// # Errors
    ///
    /// Some of them are beyond the end; none is replaced.
    ///
    /// # Panics
    ///
    /// If the value is not of the type of the elements, or belongs to another store.
    pub fn fill_table(&mut self, id: TableId, start: u64, len: u64, value: Value) -> Result<(), OutOfBounds> {
        let table = self.table(id);
        let range = table.range(start, len)?;
        self.check_element(id, value);
        // SAFETY: the value has the type of the elements, as was just checked, and the store is borrowed mutably.
        unsafe { table.elements.fill(range, value.bits() as u64) };
        Ok(())
    }

    /// Fails unless a value may be an element of a table.
    ///
    /// # Panics
    ///
    /// If the value is not of the type of the elements, or belongs to another store.
    pub(crate) fn check_element(&self, id: TableId, value: Value) {
        self.check_value(ValType::Ref(self.table(id).ty().element), value);
    }

    /// Copies `len` elements of a table to another, or within it.
    ///
    /// # Errors
    ///
    /// One of the ranges is not inside; nothing is copied.
    ///
    /// # Panics
    ///
    /// If the types of the elements do not match.
    pub fn copy_table(
        &mut self,
        (from, from_start): (TableId, u64),
        (to, to_start): (TableId, u64),
        len: u64,
    ) -> Result<(), OutOfBounds> {
        let (from, to) = (self.table(from), self.table(to));
        let (source, target) = (from.range(from_start, len)?, to.range(to_start, len)?);
        let (actual, expected) = (from.ty().element, to.ty().element);
        let registry = self.engine().registry();
        assert!(
            registry.is_subtype_ref(actual, expected),
            "tables of other elements"
        );
        // SAFETY: every element of the one has the type of the other's, as was just checked.
        unsafe { from.elements.copy_to(source, &to.elements, target.start) };
        Ok(())
    }

    /// Field `index` of a structure, element of an array, or value in the payload of an exception. `None` if there is none.
    ///
    /// # Panics
    ///
    /// If nothing like these lies at the reference.
    pub fn field(&self, object: u32, index: usize) -> Option<Value> {
        let heap = self.objects()?;
        let field = heap.field(object, index)?;
        let bits = heap.heap().read(object, field.offset, field.class.size());
        // SAFETY: the field holds zero or a value of its type: so are fields filled here and by compiled code.
        Some(unsafe { self.value_of_bits(field.class, bits) })
    }

    /// Replaces fields of a structure, values in the payload of an exception, or elements of an array, from `first` on, whether
    /// they are mutable or not.
    ///
    /// # Panics
    ///
    /// If there are fewer, or a value is not of its field's type or belongs to another store.
    pub fn set_fields(&mut self, object: u32, first: usize, values: &[Value]) {
        let heap = self.objects().expect("an object has a heap");
        let fields = heap.fields(object);
        let is_array = heap.heap().kind_and_size(object).0 == ObjectKind::Array;
        // An array's elements are all as the only field says.
        let of = |fields: &[Field], index: usize| fields[if is_array { 0 } else { first + index }];
        for (index, &value) in values.iter().enumerate() {
            self.check_value(of(fields, index).ty.unpacked(), value);
        }
        let StoreHeap { heap, types, .. } = self.objects_mut();
        let fields = &types[&heap.type_word(object)].fields;
        for (index, value) in values.iter().enumerate() {
            let (field, bits) = (of(fields, index), value.bits());
            // SAFETY: the field is one of the object's type, whose value was checked above.
            unsafe {
                if is_array {
                    let index = u32::try_from(first + index).expect("arrays have 32-bit lengths");
                    heap.fill_elements(object, index, 1, bits);
                } else {
                    heap.write(object, field.offset, field.class.size(), bits);
                }
            }
            if field.class == FieldClass::Object && !is_array {
                heap.field_written(object);
            }
        }
    }

    /// Sets `len` elements of an array from `start` on to a value, whether they are mutable or not.
    ///
    /// # Panics
    ///
    /// If they are not inside, or the value is not of their type or belongs to another store.
    pub fn fill_array(&mut self, array: u32, start: u32, len: u32, value: Value) {
        let heap = self.objects().expect("an array has a heap");
        let (kind, _) = heap.heap().kind_and_size(array);
        assert_eq!(kind, ObjectKind::Array);
        let [field] = heap.fields(array) else {
            unreachable!("arrays have elements of one type")
        };
        self.check_value(field.ty.unpacked(), value);
        let heap = self.objects_mut().heap_mut();
        // SAFETY: the value has the type of the elements, as was just checked.
        unsafe { heap.fill_elements(array, start, len, value.bits()) };
    }

    /// Fails unless a value has a type, and belongs to this store.
    #[inline]
    fn check_value(&self, ty: ValType, value: Value) {
        if !self.accepts(ty, value) {
            let ty = self.engine().registry().text().val(ty);
            panic!("{value:?} is not a value of type {ty} of this store");
        }
    }

    fn accepts(&self, ty: ValType, value: Value) -> bool {
        let ValType::Ref(expected) = ty else {
            return matches!(value, Value::Number(_));
        };
        let heap = match value {
            Value::Number(_) => return false,
            Value::Function(None) => HeapType::NoFunc,
            Value::Function(Some(function)) if function.store() != self.id() => return false,
            Value::Function(Some(_)) if expected.heap == HeapType::Func => return true,
            Value::Function(Some(function)) => HeapType::Concrete(function.descriptor(self).id),
            Value::Object(0) => bottom(expected.heap),
            Value::Object(reference) => match self.heap_type(reference, expected.heap) {
                Some(heap) => heap,
                None => return false,
            },
        };
        let nullable = value.is_zero();
        let actual = RefType { nullable, heap };
        self.engine().registry().is_subtype_ref(actual, expected)
    }

    /// The type of an object in the hierarchy of `expected`, if it has one there.
    fn heap_type(&self, reference: u32, expected: HeapType) -> Option<HeapType> {
        let found = match self.objects() {
            Some(heap) => heap.heap_type(reference),
            None if reference & 1 != 0 => HeapType::I31,
            None => return None,
        };
        match expected {
            HeapType::Exn | HeapType::NoExn => (found == HeapType::Exn).then_some(found),
            _ if found == HeapType::Exn => None,
            // Every internal value can be made external.
            HeapType::Extern | HeapType::NoExtern => Some(HeapType::Extern),
            _ => Some(found),
        }
    }
}

/// The bottom of the hierarchy of objects that a type belongs to.
fn bottom(heap: HeapType) -> HeapType {
    match heap {
        HeapType::Extern | HeapType::NoExtern => HeapType::NoExtern,
        HeapType::Exn | HeapType::NoExn => HeapType::NoExn,
        _ => HeapType::None,
    }
}

#[cfg(test)]
mod tests;
