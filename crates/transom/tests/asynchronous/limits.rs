//! Limiters wait wherever memory is asked for: in programs, at instantiation, and for the host.

use crate::engines;
use crate::executor::{pending, poll_once, run, run_counted, run_on_threads};
use std::future::Future;
use std::pin::Pin;
use transom::{
    ArrayRef, ArrayRefPre, ArrayType, Caller, Engine, ExnRef, ExnRefPre, ExnType, ExternRef, FieldType, Func,
    HeapType, Instance, Memory, MemoryType, Module, Mutability, Ref, RefType, ResourceLimiterAsync, Result,
    Rooted, StorageType, Store, StructRef, StructRefPre, StructType, Table, TableType, Tag, Val, ValType,
    bail,
};

/// Allows so many bytes or elements, and is pending before it says so.
struct Limits {
    most: usize,
    asked: usize,
}

type Allowed<'a> = Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>>;

impl Limits {
    async fn allow(&mut self, desired: usize) -> Result<bool> {
        self.asked += 1;
        pending(1).await;
        if desired == 13 << 16 {
            bail!("thirteen pages");
        }
        Ok(desired <= self.most)
    }
}

// As the macro of `async-trait` would write it.
impl ResourceLimiterAsync for Limits {
    fn memory_growing<'a, 'b>(&'a mut self, _: usize, desired: usize, _: Option<usize>) -> Allowed<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(self.allow(desired))
    }

    fn table_growing<'a, 'b>(&'a mut self, _: usize, desired: usize, _: Option<usize>) -> Allowed<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(self.allow(desired))
    }

    fn instances(&self) -> usize {
        2
    }
}

fn store(engine: &Engine) -> Store<Limits> {
    let limits = Limits {
        most: 64 << 20,
        asked: 0,
    };
    let mut store = Store::new(engine, limits);
    store.limiter_async(|limits| limits);
    store
}

const PROGRAM: &str = r#"(module
  (type $node (struct (field i32) (field (ref null $node))))
  (memory 1) (table 2 funcref)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "grow table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))
  (func (export "make") (param $n i32) (result i32) (local $list (ref null $node)) (local $sum i32)
    (loop $next
      (local.set $list (struct.new $node (local.get $n) (local.get $list)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (loop $add
      (local.set $sum (i32.add (local.get $sum) (struct.get $node 0 (local.get $list))))
      (br_if $add (i32.eqz (ref.is_null (local.tee $list (struct.get $node 1 (local.get $list)))))))
    (local.get $sum)))"#;

#[test]
fn programs_wait_for_their_limiter() -> Result<()> {
    for engine in engines() {
        let mut store = store(&engine);
        let module = Module::new(&engine, PROGRAM)?;
        let (instance, yields) = run_counted(Instance::new_async(&mut store, &module, &[]));
        let instance = instance?;
        assert_eq!(yields, 3, "for the memory, the table and the heap");
        let call = |name: &str, argument: i32, store: &mut Store<Limits>| -> Result<i32> {
            let func = instance.get_typed_func::<i32, i32>(&mut *store, name)?;
            run_on_threads(func.call_async(&mut *store, argument))
        };
        assert_eq!(call("grow", 2, &mut store)?, 1);
        assert_eq!(call("grow", 5000, &mut store)?, -1);
        assert_eq!(call("grow table", 3, &mut store)?, 2);
        let error = call("grow", 10, &mut store).unwrap_err();
        assert!(format!("{error:?}").contains("thirteen pages"), "{error:?}");
        assert_eq!(call("make", 1000, &mut store)?, 500_500);
        // Dropped where the limiter waits: nothing has grown.
        let func = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
        let mut growing = Box::pin(func.call_async(&mut store, 1));
        assert!(poll_once(growing.as_mut()).is_pending());
        drop(growing);
        assert_eq!(call("grow", 0, &mut store)?, 3);
        run(Instance::new_async(&mut store, &module, &[]))?;
        assert!(
            run(Instance::new_async(&mut store, &module, &[])).is_err(),
            "two instances"
        );
    }
    Ok(())
}

#[test]
fn the_host_waits_for_the_limiter() -> Result<()> {
    let engine = Engine::default();
    let mut store = store(&engine);
    let memory = run(Memory::new_async(&mut store, MemoryType::new(1, None)))?;
    assert_eq!(run_counted(memory.grow_async(&mut store, 2)).1, 1);
    assert_eq!(memory.size(&store), 3);
    assert!(memory.grow(&mut store, 1).is_err() && memory.size(&store) == 3);
    assert!(Memory::new(&mut store, MemoryType::new(1, None)).is_err());

    let ty = TableType::new(RefType::new(true, HeapType::Func), 2, None);
    let table = run(Table::new_async(&mut store, ty.clone(), Ref::Func(None)))?;
    assert_eq!(run(table.grow_async(&mut store, 3, Ref::Func(None)))?, 2);
    assert!(table.grow(&mut store, 1, Ref::Func(None)).is_err());
    assert!(Table::new(&mut store, ty, Ref::Func(None)).is_err());

    let bytes = ArrayType::new(&engine, FieldType::new(Mutability::Var, StorageType::I8));
    let bytes = ArrayRefPre::new(&mut store, bytes);
    let array = run(ArrayRef::new_async(&mut store, &bytes, &Val::I32(7), 3))?;
    assert_eq!(array.get(&mut store, 2)?.unwrap_i32(), 7);
    let array = run(ArrayRef::new_fixed_async(
        &mut store,
        &bytes,
        &[Val::I32(1), Val::I32(2)],
    ))?;
    assert_eq!(array.len(&store)?, 2);
    let array = run(ArrayRef::new_from_i8_slice_async(&mut store, &bytes, b"abc"))?;
    assert_eq!(array.get(&mut store, 1)?.unwrap_i32(), i32::from(b'b'));
    let field = FieldType::new(Mutability::Var, ValType::I32.into());
    let pair = StructType::new(&engine, [field.clone(), field])?;
    let pair = StructRefPre::new(&mut store, pair);
    let object = run(StructRef::new_async(
        &mut store,
        &pair,
        &[Val::I32(1), Val::I32(2)],
    ))?;
    assert_eq!(object.field(&mut store, 1)?.unwrap_i32(), 2);
    let value = run(ExternRef::new_async(&mut store, 5u8))?;
    assert_eq!(
        value.data(&store)?.and_then(|value| value.downcast_ref()),
        Some(&5u8)
    );
    let ty = ExnType::new(&engine, [ValType::I32])?;
    let tag = Tag::new(&mut store, &ty.tag_type())?;
    let thrown = ExnRefPre::new(&mut store, ty);
    run(ExnRef::new_async(&mut store, &thrown, &tag, &[Val::I32(3)]))?;

    assert!(ArrayRef::new(&mut store, &bytes, &Val::I32(7), 3).is_err());
    assert!(ArrayRef::new_fixed(&mut store, &bytes, &[]).is_err());
    assert!(ArrayRef::new_from_i8_slice(&mut store, &bytes, b"").is_err());
    assert!(StructRef::new(&mut store, &pair, &[Val::I32(1), Val::I32(2)]).is_err());
    assert!(ExternRef::new(&mut store, 5u8).is_err());
    assert!(ExnRef::new(&mut store, &thrown, &tag, &[Val::I32(3)]).is_err());
    Ok(())
}

/// A plain function runs on the program's fiber, and must not leave it.
#[test]
fn plain_functions_do_not_wait_for_the_limiter() -> Result<()> {
    let wat =
        r#"(module (import "" "f" (func $f (result externref))) (func (export "run") (drop (call $f))))"#;
    let engine = Engine::default();
    let mut store = store(&engine);
    let memory = run(Memory::new_async(&mut store, MemoryType::new(1, None)))?;
    let f = Func::wrap(
        &mut store,
        move |mut caller: Caller<'_, Limits>| -> Result<Option<Rooted<ExternRef>>> {
            assert!(memory.grow(&mut caller, 1).is_err());
            Ok(Some(ExternRef::new(&mut caller, ())?))
        },
    );
    let module = Module::new(&engine, wat)?;
    let instance = run(Instance::new_async(&mut store, &module, &[f.into()]))?;
    let func = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    let error = run(func.call_async(&mut store, ())).unwrap_err();
    assert!(
        format!("{error:?}").contains("`*_async` functions are used instead"),
        "{error:?}"
    );
    Ok(())
}
