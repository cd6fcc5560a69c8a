//! Values as bits, and calls that check nothing, do what checked values and calls do; what is checked all the same is an error.

use crate::error::Context as _;
use crate::*;
use std::mem::MaybeUninit;

fn engine_of(tiers: Tiers) -> Result<Engine> {
    let mut config = Config::new();
    config.tiers(tiers);
    Engine::new(&config)
}

fn instantiate(store: &mut Store<()>, wat: &str, imports: &[Extern]) -> Result<Instance> {
    let module = Module::new(store.engine(), wat)?;
    Instance::new(store, &module, imports)
}

/// Makes a test of each function for each choice of compilers.
macro_rules! in_tiers {
    ($($test:ident),+) => {
        in_tiers!(@one optimized, Tiers::Optimized, $($test),+);
        in_tiers!(@one baseline, Tiers::Baseline, $($test),+);
        in_tiers!(@one mixed, Tiers::Mixed(1), $($test),+);
    };
    (@one $name:ident, $tiers:expr, $($test:ident),+) => {
        mod $name {
            use super::*;

            $(#[test]
            fn $test() -> Result<()> {
                super::$test($tiers)
            })+
        }
    };
}

/// A list of values of all classes, none of which is a small number in its upper bytes.
fn values(store: &mut Store<()>, count: usize) -> Result<Vec<Val>> {
    let function = Func::wrap(&mut *store, |x: i32| x + 1);
    let host = ExternRef::new(&mut *store, 42)?;
    let object = {
        let ty = ArrayType::new(store.engine(), FieldType::new(Mutability::Var, StorageType::I8));
        let pre = ArrayRefPre::new(&mut *store, ty);
        ArrayRef::new(&mut *store, &pre, &Val::I32(7), 5)?.to_anyref()
    };
    let all = [
        Val::I32(-2),
        Val::I64(i64::MIN + 3),
        Val::F32(0xffc0_0001),
        Val::F64(0x7ff0_0000_0000_0001),
        Val::V128(V128::from(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210)),
        Val::FuncRef(Some(function)),
        Val::FuncRef(None),
        Val::ExternRef(Some(host)),
        Val::AnyRef(Some(object)),
        Val::AnyRef(Some(AnyRef::from_i31(&mut *store, I31::wrapping_i32(-3)))),
        Val::ExnRef(None),
    ];
    Ok(all.into_iter().cycle().take(count).collect())
}

fn types(values: &[Val], store: &Store<()>) -> Result<Vec<ValType>> {
    let general = |value: &Val| {
        Ok(match value {
            Val::FuncRef(_) => ValType::FUNCREF,
            Val::ExternRef(_) => ValType::EXTERNREF,
            Val::AnyRef(_) => ValType::ANYREF,
            Val::ExnRef(_) => ValType::EXNREF,
            other => other.ty(store)?,
        })
    };
    values.iter().map(general).collect()
}

fn assert_same(store: &mut Store<()>, left: &Val, right: &Val) -> Result<()> {
    let (left, right) = (left.to_raw(&mut *store)?, right.to_raw(&mut *store)?);
    assert_eq!(left.get_v128(), right.get_v128());
    Ok(())
}

/// Sends `params` through a program to the host, which answers with `results` and goes back the same way; once from an array that is
/// aligned to 8 bytes only.
fn round_trip(tiers: Tiers, params: usize, results: usize) -> Result<()> {
    let mut store = Store::new(&engine_of(tiers)?, ());
    let all = values(&mut store, params.max(results))?;
    let (params, results) = (&all[..params], &all[all.len() - results..]);
    let raw = |store: &mut Store<()>, values: &[Val]| -> Result<Vec<ValRaw>> {
        values.iter().map(|value| value.to_raw(&mut *store)).collect()
    };
    let (raw_params, raw_results) = (raw(&mut store, params)?, raw(&mut store, results)?);
    let ty = FuncType::new(store.engine(), types(params, &store)?, types(results, &store)?);
    let (expected, answer) = (raw_params.clone(), raw_results.clone());
    let param_types = types(params, &store)?;
    // SAFETY: `answer` is results of the function's type.
    let host = unsafe {
        Func::new_unchecked(&mut store, ty, move |_, values| {
            assert_eq!(values.len(), expected.len().max(answer.len()));
            for ((value, expected), ty) in values.iter().zip(&expected).zip(&param_types) {
                let value = value.assume_init_ref().get_v128();
                let bits = match ty {
                    ValType::I32 | ValType::F32 => 32,
                    ValType::V128 => 128,
                    ValType::I64 | ValType::F64 => 64,
                    ty if ty.matches(&ValType::FUNCREF) => 64,
                    _ => 32,
                };
                assert_eq!(value << (128 - bits), expected.get_v128() << (128 - bits), "{ty}");
            }
            for (value, &answer) in values.iter_mut().zip(&answer) {
                *value = MaybeUninit::new(answer);
            }
            Ok(())
        })
    };
    let list = |types: Vec<ValType>| types.iter().map(|ty| format!(" {ty}")).collect::<String>();
    let (list_params, list_results) = (list(types(params, &store)?), list(types(results, &store)?));
    let gets: String = (0..params.len())
        .map(|index| format!("(local.get {index})"))
        .collect();
    let ty = format!("(param{list_params}) (result{list_results})");
    let wat =
        format!(r#"(module (import "" "" (func $host {ty})) (func (export "f") {ty} (call $host {gets})))"#);
    let program = instantiate(&mut store, &wat, &[host.into()])?;
    let program = program.get_func(&mut store, "f").context("an export")?;
    for func in [program, host] {
        for shift in 0..2 {
            let length = params.len().max(results.len());
            let mut space = vec![0_u64; 2 * length + 2];
            let base = space.as_mut_ptr() as usize;
            let misaligned = usize::from(base.is_multiple_of(16) == (shift == 1));
            // SAFETY: the place is aligned to 8 bytes and in the allocation, which is used by nobody else; the values have the function's types.
            let slice = unsafe {
                let place = space.as_mut_ptr().add(misaligned).cast::<ValRaw>();
                std::slice::from_raw_parts_mut(place, length)
            };
            slice[..params.len()].copy_from_slice(&raw_params);
            // SAFETY: as above.
            unsafe {
                func.call_unchecked(&mut store, slice)?;
            }
            for ((value, result), ty) in slice.iter().zip(results).zip(types(results, &store)?) {
                // SAFETY: the value was returned with this type, and nothing was collected.
                let value = unsafe { Val::from_raw(&mut store, *value, ty) };
                assert_same(&mut store, &value, result)?;
            }
        }
        let mut checked = vec![Val::I32(0); results.len()];
        func.call(&mut store, params, &mut checked)?;
        for (value, result) in checked.iter().zip(results) {
            assert_same(&mut store, value, result)?;
        }
    }
    Ok(())
}

fn values_of_all_types_and_numbers(tiers: Tiers) -> Result<()> {
    for (params, results) in [
        (0, 0),
        (1, 0),
        (0, 1),
        (1, 1),
        (11, 3),
        (3, 11),
        (11, 11),
        (40, 25),
    ] {
        round_trip(tiers, params, results)?;
    }
    Ok(())
}

/// What ends a program ends an unchecked call, with the same error.
fn errors_pass_through(tiers: Tiers) -> Result<()> {
    let mut store = Store::new(&engine_of(tiers)?, ());
    let ty = FuncType::new(store.engine(), [ValType::I32], []);
    // SAFETY: there are no results.
    let host = unsafe {
        Func::new_unchecked(&mut store, ty, |mut caller, values| {
            let handle = ExternRef::new(&mut caller, 5)?;
            ensure!(values[0].assume_init_ref().get_i32() != 1, "one");
            assert!(handle.data(&caller)?.is_some());
            Ok(())
        })
    };
    let program = instantiate(
        &mut store,
        r#"(module (import "" "" (func $host (param i32)))
            (func (export "f") (param i32)
                (call $host (local.get 0))
                (drop (i32.div_s (i32.const 1) (local.get 0)))))"#,
        &[host.into()],
    )?;
    let f = program.get_func(&mut store, "f").context("an export")?;
    let mut call = |value| {
        let mut values = [ValRaw::i32(value)];
        // SAFETY: one parameter, which is an `i32`.
        unsafe { f.call_unchecked(&mut store, &mut values) }
    };
    call(2)?;
    assert_eq!(
        call(1)
            .expect_err("an error of the host")
            .root_cause()
            .to_string(),
        "one"
    );
    assert_eq!(
        call(0).expect_err("a trap").downcast::<Trap>()?,
        Trap::IntegerDivisionByZero
    );
    call(3)
}

in_tiers!(values_of_all_types_and_numbers, errors_pass_through);

#[test]
fn a_function_of_another_store_is_an_error() -> Result<()> {
    let engine = Engine::default();
    let func = Func::wrap(Store::new(&engine, ()), || ());
    let mut other = Store::new(&engine, ());
    // SAFETY: there are no values.
    let error = unsafe { func.call_unchecked(&mut other, &mut []) }.unwrap_err();
    assert!(error.to_string().contains("store"), "{error}");
    Ok(())
}

#[test]
fn addresses_of_functions_are_functions_again() -> Result<()> {
    let mut store = Store::new(&Engine::default(), ());
    let func = Func::wrap(&mut store, |x: i32| x + 1);
    let raw = func.to_raw(&mut store);
    // SAFETY: the address is that of a function of this store.
    let (again, null) = unsafe {
        (
            Func::from_raw(&mut store, raw),
            Func::from_raw(&mut store, std::ptr::null_mut()),
        )
    };
    assert_eq!(again, Some(func));
    assert_eq!(null, None);
    Ok(())
}

/// A typed function without checks still rejects a parameter of a wrong defined type.
#[test]
fn types_that_are_not_compared() -> Result<()> {
    let mut store = Store::new(&Engine::default(), ());
    let program = instantiate(
        &mut store,
        r#"(module
            (type $s (struct (field i32)))
            (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
            (func (export "get") (param (ref null $s)) (result i32) (struct.get $s 0 (local.get 0))))"#,
        &[],
    )?;
    let add = program.get_func(&mut store, "add").context("an export")?;
    let get = program.get_func(&mut store, "get").context("an export")?;
    // SAFETY: the types are those of the functions.
    let (add, get) = unsafe {
        (
            TypedFunc::<(i32, i32), i32>::new_unchecked(&store, add),
            TypedFunc::<Option<Rooted<AnyRef>>, i32>::new_unchecked(&store, get),
        )
    };
    assert_eq!(add.call(&mut store, (2, 3))?, 5);
    let i31 = AnyRef::from_i31(&mut store, I31::wrapping_u32(1));
    assert!(get.call(&mut store, Some(i31)).is_err());
    assert_eq!(
        get.call(&mut store, None).unwrap_err().downcast::<Trap>()?,
        Trap::NullReference
    );
    Ok(())
}

#[test]
fn references_that_are_none_panic() -> Result<()> {
    let mut store = Store::new(&Engine::default(), ());
    let panics = |store: &mut Store<()>, raw: u32, what: fn(&mut Store<()>, u32)| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| what(store, raw))).is_err()
    };
    let any = |store: &mut Store<()>, raw| assert!(AnyRef::from_raw(store, raw).is_some() || raw == 0);
    let external =
        |store: &mut Store<()>, raw| assert!(ExternRef::from_raw(store, raw).is_some() || raw == 0);
    let exception = |store: &mut Store<()>, raw| assert!(ExnRef::from_raw(store, raw).is_some() || raw == 0);
    // Before there is a heap, there are nothing but integers.
    for (what, integers) in [
        (any as fn(&mut Store<()>, u32), true),
        (external, true),
        (exception, false),
    ] {
        assert!(!panics(&mut store, 0, what));
        assert!(panics(&mut store, 8, what));
        assert_eq!(panics(&mut store, 9, what), !integers);
    }
    let object = ExternRef::new(&mut store, 1)?;
    let raw = object.to_raw(&mut store)?;
    for (what, right) in [
        (any as fn(&mut Store<()>, u32), true),
        (external, true),
        (exception, false),
    ] {
        assert_eq!(panics(&mut store, raw, what), !right);
        assert!(panics(&mut store, raw + 2, what));
        assert!(panics(&mut store, raw + 8, what));
        assert!(panics(&mut store, u32::MAX - 7, what));
    }
    store.gc(None)?;
    let moved = object.to_raw(&mut store)?;
    assert_ne!(raw, moved, "a collection moves young objects");
    assert!(panics(&mut store, raw, any));
    assert!(!panics(&mut store, moved, any));
    Ok(())
}

#[test]
fn a_linker_defines_unchecked_functions() -> Result<()> {
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    let ty = FuncType::new(&engine, [], [ValType::I64]);
    // SAFETY: one result of type `i64` is written.
    unsafe {
        let number = |_: Caller<'_, ()>, values: &mut [MaybeUninit<ValRaw>]| {
            values[0].write(ValRaw::i64(-9));
            Ok(())
        };
        linker.func_new_unchecked("host", "number", ty.clone(), number)?;
        assert!(linker.func_new_unchecked("host", "number", ty, number).is_err());
        let foreign = FuncType::new(&Engine::default(), [], [ValType::I64]);
        assert!(
            linker
                .func_new_unchecked("host", "other", foreign, number)
                .is_err()
        );
    }
    let mut store = Store::new(&engine, ());
    let number = linker
        .get(&mut store, "host", "number")?
        .into_func()
        .context("a function")?;
    assert_eq!(number.typed::<(), i64>(&store)?.call(&mut store, ())?, -9);
    Ok(())
}

mod host_memory {
    //! Programs find in an embedder's memory what they would find in any other.
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A mapping. The bytes behind its size are inaccessible.
    struct Mapping {
        base: *mut u8,
        size: usize,
        /// Bytes that are mapped, accessible or not.
        len: usize,
        /// Whether growing beyond them moves the memory.
        moves: bool,
        alive: Arc<AtomicUsize>,
    }

    // SAFETY: a mapping is for all threads.
    unsafe impl Send for Mapping {}
    // SAFETY: as above.
    unsafe impl Sync for Mapping {}

    fn map(len: usize) -> *mut u8 {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping touches nothing that exists.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), len.max(1), libc::PROT_NONE, flags, -1, 0) };
        assert_ne!(base, libc::MAP_FAILED);
        base.cast()
    }

    impl Mapping {
        fn make_accessible(&mut self, size: usize) {
            // SAFETY: the bytes are those of the mapping.
            let outcome =
                unsafe { libc::mprotect(self.base.cast(), size, libc::PROT_READ | libc::PROT_WRITE) };
            assert_eq!(outcome, 0);
            self.size = size;
        }
    }

    impl Drop for Mapping {
        fn drop(&mut self) {
            self.alive.fetch_sub(1, Ordering::SeqCst);
            // SAFETY: nothing uses the memory any more.
            unsafe { libc::munmap(self.base.cast(), self.len.max(1)) };
        }
    }

    // SAFETY: the mapping has the bytes, and behind them nothing is accessible.
    unsafe impl LinearMemory for Mapping {
        fn byte_size(&self) -> usize {
            self.size
        }

        fn byte_capacity(&self) -> usize {
            self.len
        }

        fn grow_to(&mut self, new_size: usize) -> Result<()> {
            ensure!(new_size <= 5 << 16, "no more than five pages");
            if new_size > self.len && self.moves {
                let mut moved = Mapping {
                    base: map(new_size),
                    size: 0,
                    len: new_size,
                    moves: true,
                    alive: self.alive.clone(),
                };
                self.alive.fetch_add(1, Ordering::SeqCst);
                moved.make_accessible(new_size);
                // SAFETY: both have so many bytes.
                unsafe { moved.base.copy_from_nonoverlapping(self.base, self.size) };
                *self = moved;
            } else {
                self.make_accessible(new_size);
            }
            Ok(())
        }

        fn as_ptr(&self) -> *mut u8 {
            self.base
        }
    }

    /// Counts the memories that are alive.
    struct Creator(Arc<AtomicUsize>);

    // SAFETY: the mappings have the size, the address space and the guard that are required.
    unsafe impl MemoryCreator for Creator {
        fn new_memory(
            &self,
            ty: MemoryType,
            minimum: usize,
            maximum: Option<usize>,
            reserved: Option<usize>,
            guard: usize,
        ) -> Result<Box<dyn LinearMemory>, String> {
            assert_eq!(minimum as u64, ty.minimum() << 16);
            assert_eq!(
                maximum.map(|bytes| bytes as u64),
                ty.maximum().map(|pages| pages << 16)
            );
            if minimum > 4 << 16 {
                return Err("no more than four pages".to_owned());
            }
            let len = reserved.unwrap_or(minimum) + guard;
            let mut mapping = Mapping {
                base: map(len),
                size: 0,
                len: if reserved.is_some() { len } else { minimum },
                moves: reserved.is_none(),
                alive: self.0.clone(),
            };
            self.0.fetch_add(1, Ordering::SeqCst);
            mapping.make_accessible(minimum);
            Ok(Box::new(mapping))
        }
    }

    const PROGRAM: &str = r#"(module
        (memory (export "m") 1 8)
        (data (i32.const 65520) "0123456789abcdef")
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
        (func (export "far") (param i32) (result i32) (i32.load offset=1000000 (local.get 0)))
        (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 7) (local.get 1))))"#;

    fn run(tiers: Tiers, reserved: bool, fixed_size: bool) -> Result<()> {
        let alive = Arc::new(AtomicUsize::new(0));
        let mut config = Config::new();
        config
            .tiers(tiers)
            .with_host_memory(Arc::new(Creator(alive.clone())));
        if !reserved {
            config
                .memory_reservation(0)
                .memory_guard_size(if fixed_size { 0 } else { 1 << 16 });
        }
        let engine = Engine::new(&config)?;
        let mut store = Store::new(&engine, ());
        let instance = instantiate(&mut store, PROGRAM, &[])?;
        assert_eq!(alive.load(Ordering::SeqCst), 1);
        let load = instance.get_typed_func::<i32, i32>(&mut store, "load")?;
        let far = instance.get_typed_func::<i32, i32>(&mut store, "far")?;
        let grow = instance.get_typed_func::<i32, i32>(&mut store, "grow")?;
        let fill = instance.get_typed_func::<(i32, i32), ()>(&mut store, "fill")?;
        let memory = instance.get_memory(&mut store, "m").context("an export")?;
        assert_eq!(load.call(&mut store, 65535)?, i32::from(b'f'));
        let out_of_bounds = |outcome: Result<i32>| {
            let trap = outcome.expect_err("out of bounds").downcast::<Trap>();
            assert_eq!(trap.ok(), Some(Trap::MemoryOutOfBounds));
        };
        out_of_bounds(load.call(&mut store, 65536));
        out_of_bounds(load.call(&mut store, -1));
        out_of_bounds(far.call(&mut store, 0));
        out_of_bounds(far.call(&mut store, -4));
        assert_eq!(grow.call(&mut store, 3)?, 1);
        assert_eq!(
            load.call(&mut store, 65535)?,
            i32::from(b'f'),
            "what was there stays"
        );
        assert_eq!(load.call(&mut store, (4 << 16) - 1)?, 0);
        fill.call(&mut store, (65530, 100))?;
        assert_eq!(memory.data(&store)[65629..65631], [7, 0]);
        out_of_bounds(load.call(&mut store, 4 << 16));
        assert_eq!(memory.grow(&mut store, 1)?, 4);
        assert_eq!(grow.call(&mut store, 1)?, -1, "the embedder refuses");
        assert_eq!(memory.size(&store), 5);
        assert_eq!(alive.load(Ordering::SeqCst), 1);
        let refused = Memory::new(&mut store, MemoryType::new(5, None)).expect_err("too large");
        assert!(
            format!("{refused:?}").contains("no more than four pages"),
            "{refused:?}"
        );
        Memory::new(&mut store, MemoryType::new64(2, None))?;
        assert_eq!(alive.load(Ordering::SeqCst), 2);
        // What is shared is the system's.
        SharedMemory::new(&engine, MemoryType::shared(1, 2))?;
        assert_eq!(alive.load(Ordering::SeqCst), 2);
        drop(store);
        assert_eq!(alive.load(Ordering::SeqCst), 0);
        Ok(())
    }

    fn programs(tiers: Tiers) -> Result<()> {
        run(tiers, true, true)?;
        run(tiers, false, true)?;
        run(tiers, false, false)
    }

    in_tiers!(programs);
}

/// The C API takes handles apart, clones them, and puts them together again.
#[test]
fn parts_of_owned_handles_are_the_handle_again() -> Result<()> {
    let mut store = Store::<()>::default();
    let owned = ExternRef::new(&mut store, 5)?.to_owned_rooted(&mut store)?;
    let (id, number, index, alive) = owned.into_parts_for_c_api();
    // SAFETY: the parts are those of a handle; they are lent once and then taken back.
    let (clone, owned) = unsafe {
        (
            OwnedRooted::<ExternRef>::from_borrowed_raw_parts_for_c_api(id, number, index, alive),
            OwnedRooted::<ExternRef>::from_owned_raw_parts_for_c_api(id, number, index, alive),
        )
    };
    store.gc(None)?;
    assert!(Rooted::ref_eq(&store, &clone, &owned)?);
    drop(owned);
    store.gc(None)?;
    assert_eq!(
        clone.data(&store)?.and_then(|value| value.downcast_ref()),
        Some(&5)
    );
    Ok(())
}
