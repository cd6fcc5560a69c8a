//! A value is refused at each door if it has another class, is of another type, or belongs to another store.
use super::*;
use crate::crossing::objects::{new_array, new_exception, new_host_object, new_struct};
use crate::engine::tests::engine;
use crate::host_function::{HostBody, HostFunction};
use crate::libcalls::grow_table;
use crate::memory::MemoryInstance;
use crate::raw::function::FuncPtr;
use crate::store::Host;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use transom_layout::object::i31;
use transom_types::{
    CompositeType, FieldType, FuncType, GlobalType, Limits, MemoryType, RecRef, RegisteredType, StorageType,
    SubType, TableType,
};

/// A host that allows everything.
struct Alone(Store);

impl Host for Alone {
    fn store(&mut self) -> &mut Store {
        &mut self.0
    }

    fn memory_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> transom_error::Result<bool> {
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: transom_error::Error) -> transom_error::Result<()> {
        Ok(())
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> transom_error::Result<bool> {
        Ok(true)
    }

    fn table_grow_failed(&mut self, _: transom_error::Error) -> transom_error::Result<()> {
        Ok(())
    }

    fn gc_heap_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> transom_error::Result<bool> {
        Ok(true)
    }

    fn epoch_deadline_reached(&mut self) -> transom_error::Result<crate::store::AtDeadline> {
        Ok(crate::store::AtDeadline::GoOn)
    }
}

fn function(store: &mut Store, params: &[ValType]) -> FuncPtr {
    let ty = store.engine().registry().func_type(FuncType {
        params: params.into(),
        results: [].into(),
    });
    let function = HostFunction {
        ty,
        body: HostBody::Registers(0),
        environment: Arc::new(()),
        waits: false,
        derived: false,
    };
    store.add_host_function(Arc::new(function)).unwrap()
}

/// A composite type of fields of one type.
fn define(store: &Store, storage: StorageType<RecRef>, array: bool) -> RegisteredType {
    let field = FieldType {
        storage,
        mutable: true,
    };
    let composite = if array {
        CompositeType::Array(field)
    } else {
        CompositeType::Struct([field, field].into())
    };
    let ty = SubType {
        is_final: true,
        supertype: None,
        composite,
    };
    let group = store.engine().registry().intern(vec![ty]).unwrap();
    group.get(0).unwrap()
}

fn reference(heap: HeapType) -> ValType {
    ValType::Ref(RefType { nullable: true, heap })
}

fn storage(ty: ValType) -> StorageType<RecRef> {
    StorageType::Val(ty.try_map::<_, ()>(&mut |id| Ok(RecRef::Outer(id))).unwrap())
}

/// Values of every class, of which those of another store come last.
struct Values {
    values: Vec<Value>,
    own: usize,
}

/// One value of each kind that the doors tell apart, and a type that takes each.
fn values(host: &mut Alone, other: &mut Store) -> (Values, Vec<(ValType, Vec<usize>)>) {
    let [plain, taking] = [&[][..], &[ValType::I32]].map(|params| function(&mut host.0, params));
    let numbers = define(&host.0, StorageType::I8, false);
    let structure = new_struct(host, &numbers).unwrap();
    let array = define(&host.0, storage(ValType::I64), true);
    let array = new_array(host, &array, 3).unwrap();
    let tag = host.0.add_tag(host.0.engine().registry().func_type(FuncType {
        params: [ValType::I32].into(),
        results: [].into(),
    }));
    let values = vec![
        Value::Number(u128::MAX),
        Value::Function(None),
        Value::Function(Some(plain)),
        Value::Function(Some(taking)),
        Value::Object(0),
        Value::Object(i31(7)),
        Value::Object(structure),
        Value::Object(array),
        Value::Object(
            new_host_object(host, Box::new(7))
                .map_err(|(error, _)| error)
                .unwrap(),
        ),
        Value::Object(new_exception(host, tag).unwrap()),
        Value::Function(Some(function(other, &[]))),
    ];
    let concrete = |function: FuncPtr| HeapType::Concrete(function.descriptor(&host.0).id);
    let accepted = vec![
        (ValType::I32, vec![0]),
        (ValType::V128, vec![0]),
        (reference(HeapType::Func), vec![1, 2, 3]),
        (reference(HeapType::NoFunc), vec![1]),
        (reference(concrete(plain)), vec![1, 2]),
        (reference(concrete(taking)), vec![1, 3]),
        (reference(HeapType::Any), vec![4, 5, 6, 7, 8]),
        (reference(HeapType::Eq), vec![4, 5, 6, 7]),
        (reference(HeapType::I31), vec![4, 5]),
        (reference(HeapType::Struct), vec![4, 6]),
        (reference(HeapType::Concrete(numbers.id())), vec![4, 6]),
        (reference(HeapType::None), vec![4]),
        // Every internal value can be made external.
        (reference(HeapType::Extern), vec![4, 5, 6, 7, 8]),
        (reference(HeapType::Exn), vec![4, 9]),
        (
            ValType::Ref(RefType {
                nullable: false,
                heap: HeapType::Func,
            }),
            vec![2, 3],
        ),
    ];
    host.0.keep_type(HeapType::Concrete(numbers.id()));
    (Values { values, own: 10 }, accepted)
}

/// Calls `door` with every value for every type: it must take what the type does, and panic at everything else.
fn check(name: &str, door: impl Fn(&mut Alone, ValType, Value) -> Option<Value>) {
    let engine = engine();
    let (mut host, mut other) = (Alone(Store::new(&engine)), Store::new(&engine));
    let (Values { values, own }, types) = values(&mut host, &mut other);
    for (ty, accepted) in types {
        for (index, &value) in values.iter().enumerate() {
            let taken = catch_unwind(AssertUnwindSafe(|| door(&mut host, ty, value)));
            let expected = accepted.contains(&index);
            assert!(!expected || index < own);
            assert_eq!(taken.is_ok(), expected, "{name}: value {index} as {ty:?}");
            if let (Ok(Some(read)), true) = (taken, ty != ValType::I32) {
                assert_eq!(read, value, "{name}: value {index} as {ty:?}");
            }
        }
    }
}

#[test]
fn globals() {
    check("global", |host, value, given| {
        let id = host.0.add_global(GlobalType { value, mutable: true });
        host.0.set_global(id, given);
        Some(host.0.global_value(id))
    });
}

fn table(host: &mut Alone, ty: ValType) -> TableId {
    let ValType::Ref(element) = ty else {
        panic!("there are no tables of numbers")
    };
    let ty = TableType {
        element,
        index64: false,
        limits: Limits::new(2, None),
    };
    host.0.add_table(ty).unwrap()
}

#[test]
fn tables() {
    let of_numbers = |ty, value| matches!(ty, ValType::Ref(_)) || !matches!(value, Value::Number(_));
    check("table.fill", |host, ty, value| {
        if !of_numbers(ty, value) {
            return None;
        }
        let id = table(host, ty);
        host.0.fill_table(id, 1, 1, value).unwrap();
        host.0.element(id, 1)
    });
    check("table.grow", |host, ty, value| {
        if !of_numbers(ty, value) {
            return None;
        }
        let id = table(host, ty);
        assert_eq!(grow_table(host, id, 3, value).unwrap(), Some(2));
        host.0.element(id, 4)
    });
}

#[test]
fn tables_of_other_elements_are_not_copied() {
    let engine = engine();
    let mut host = Alone(Store::new(&engine));
    let function = function(&mut host.0, &[]);
    let concrete = HeapType::Concrete(function.descriptor(&host.0).id);
    let [any, same, objects, narrow] = [HeapType::Func, HeapType::Func, HeapType::Any, concrete]
        .map(|heap| table(&mut host, reference(heap)));
    host.0
        .fill_table(any, 0, 2, Value::Function(Some(function)))
        .unwrap();
    host.0.copy_table((any, 0), (same, 1), 1).unwrap();
    assert_eq!(host.0.element(same, 1), Some(Value::Function(Some(function))));
    host.0.copy_table((narrow, 0), (same, 0), 2).unwrap();
    assert_eq!(host.0.copy_table((any, 1), (same, 0), 2), Err(OutOfBounds));
    for to in [objects, narrow] {
        let copied = catch_unwind(AssertUnwindSafe(|| host.0.copy_table((any, 0), (to, 0), 1)));
        assert!(copied.is_err());
    }
}

#[test]
fn fields_of_structures() {
    check("struct.set", |host, ty, value| {
        let ty = define(&host.0, storage(ty), false);
        let object = new_struct(host, &ty).unwrap();
        host.0.set_fields(object, 1, &[value]);
        assert!(host.0.field(object, 0).unwrap().is_zero() && host.0.field(object, 2).is_none());
        host.0.field(object, 1)
    });
}

#[test]
fn elements_of_arrays() {
    check("array.set", |host, ty, value| {
        let ty = define(&host.0, storage(ty), true);
        let array = new_array(host, &ty, 3).unwrap();
        host.0.set_fields(array, 2, &[value]);
        assert!(host.0.field(array, 1).unwrap().is_zero() && host.0.field(array, 3).is_none());
        host.0.field(array, 2)
    });
    check("array.fill", |host, ty, value| {
        let ty = define(&host.0, storage(ty), true);
        let array = new_array(host, &ty, 3).unwrap();
        host.0.fill_array(array, 1, 2, value);
        host.0.field(array, 2)
    });
}

#[test]
fn payloads_of_exceptions() {
    check("exception", |host, ty, value| {
        let ty = host.0.engine().registry().func_type(FuncType {
            params: [ty].into(),
            results: [].into(),
        });
        let tag = host.0.add_tag(ty);
        let exception = new_exception(host, tag).unwrap();
        host.0.set_fields(exception, 0, &[value]);
        host.0.field(exception, 0)
    });
}

#[test]
fn ranges_that_are_not_inside_are_refused() {
    let engine = engine();
    let mut host = Alone(Store::new(&engine));
    let id = table(&mut host, reference(HeapType::Func));
    let null = Value::Function(None);
    assert_eq!(host.0.fill_table(id, 1, 2, null), Err(OutOfBounds));
    assert_eq!(
        (host.0.fill_table(id, 2, 0, null), host.0.element(id, 2)),
        (Ok(()), None)
    );
    let numbers = [false, true].map(|array| define(&host.0, StorageType::I8, array));
    let structure = new_struct(&mut host, &numbers[0]).unwrap();
    let array = new_array(&mut host, &numbers[1], 3).unwrap();
    let writes: [&dyn Fn(&mut Store); 4] = [
        &|store| store.set_fields(structure, 1, &[Value::Number(0); 2]),
        &|store| store.set_fields(array, 2, &[Value::Number(0); 2]),
        &|store| store.fill_array(array, 2, 2, Value::Number(0)),
        &|store| store.fill_array(structure, 0, 1, Value::Number(0)),
    ];
    for write in writes {
        assert!(catch_unwind(AssertUnwindSafe(|| write(&mut host.0))).is_err());
    }
}

#[test]
#[should_panic(expected = "a memory of another engine")]
fn memories_of_other_engines() {
    let ty = MemoryType {
        index64: false,
        shared: false,
        limits: Limits::new(1, None),
        page_size_log2: 16,
    };
    let memory = MemoryInstance::new(&engine(), ty).unwrap();
    Store::new(&engine()).add_memory(memory);
}
