//! Functions of the host and of programs, with every number and kind of values.

use crate::support::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use transom::error::Context as _;
use transom::*;

/// A module that imports a function of a type, and calls it from one of the same type.
fn forwarder(ty: &FuncType) -> String {
    let list = |keyword: &str, types: Vec<ValType>| -> String {
        types.iter().map(|ty| format!("({keyword} {ty})")).collect()
    };
    let (params, results) = (
        list("param", ty.params().collect()),
        list("result", ty.results().collect()),
    );
    let arguments: String = (0..ty.params().len())
        .map(|index| format!("(local.get {index})"))
        .collect();
    format!(
        r#"(module (import "" "h" (func $h {params} {results}))
            (table funcref (elem $h))
            (func (export "run") {params} {results} (call $h {arguments}))
            (func (export "tail") {params} {results} (return_call $h {arguments}))
            (func (export "indirect") {params} {results} (call_indirect {params} {results} {arguments} (i32.const 0)))
            (func $twice (export "twice") {params} {results} {arguments} (call $h) (call $h)))"#
    )
}

/// What values look like, to be compared.
trait Shown {
    fn shown(&self, store: &Store<usize>) -> String;
}

macro_rules! shown {
    ($($ty:ty, $value:ident => $bits:expr;)*) => {
        $(impl Shown for $ty {
            fn shown(&self, _store: &Store<usize>) -> String {
                let $value = self;
                format!("{:?}", $bits)
            }
        })*
    };
}

shown! {
    i32, value => value;
    u32, value => value;
    i64, value => value;
    u64, value => value;
    f32, value => value.to_bits();
    f64, value => value.to_bits();
    V128, value => value;
    Option<Func>, value => value;
}

impl Shown for Option<Rooted<ExternRef>> {
    fn shown(&self, store: &Store<usize>) -> String {
        show(store, &[(*self).into()])
    }
}

/// A closure that returns its parameters, called in every way.
macro_rules! identity {
    ($store:ident, $calls:ident; $($name:ident: $ty:ty = $value:expr),*) => {{
        let count = $calls.clone();
        let plain = Func::wrap(&mut $store, move |$($name: $ty),*| -> ($($ty,)*) {
            count.fetch_add(1, Ordering::Relaxed);
            ($($name,)*)
        });
        let with_caller = Func::wrap(&mut $store, |mut caller: Caller<'_, usize>, $($name: $ty),*| -> Result<($($ty,)*)> {
            *caller.data_mut() += 1;
            ensure!(*caller.data() % 1000 != 0, "every thousandth call fails");
            Ok(($($name,)*))
        });
        let ty = plain.ty(&$store);
        let untyped = Func::new(&mut $store, ty.clone(), |_, params, results| {
            results.copy_from_slice(params);
            Ok(())
        });
        let module = Module::new($store.engine(), forwarder(&ty))?;
        $(let $name: $ty = $value;)*
        let expected: Vec<String> = vec![$($name.shown(&$store)),*];
        for host in [plain, with_caller, untyped] {
            let instance = Instance::new(&mut $store, &module, &[host.into()])?;
            let mut functions = vec![host];
            for name in ["run", "tail", "indirect", "twice"] {
                functions.push(instance.get_func(&$store, name).context("exported")?);
            }
            for func in functions {
                let typed = func.typed::<($($ty,)*), ($($ty,)*)>(&$store)?;
                #[allow(unused_variables, reason = "without values there is nothing to name")]
                let ($($name,)*) = typed.call(&mut $store, ($($name,)*))?;
                let found: Vec<String> = vec![$($name.shown(&$store)),*];
                assert_eq!(found, expected);
                let params: Vec<Val> = vec![$(to_val($name)),*];
                let mut results = vec![Val::I32(-1); params.len()];
                func.call(&mut $store, &params, &mut results)?;
                assert_eq!(show(&$store, &results), show(&$store, &params));
            }
        }
        expected.len()
    }};
}

/// A number as it is in a [`Val`]: there, integers have no sign.
fn to_val(value: impl Into<AnyVal>) -> Val {
    value.into().0
}

struct AnyVal(Val);

macro_rules! any_val {
    ($($ty:ty, $value:ident => $convert:expr;)*) => {
        $(impl From<$ty> for AnyVal {
            fn from($value: $ty) -> AnyVal {
                AnyVal($convert)
            }
        })*
    };
}

any_val! {
    i32, value => value.into();
    u32, value => Val::I32(value as i32);
    i64, value => value.into();
    u64, value => Val::I64(value as i64);
    f32, value => value.into();
    f64, value => value.into();
    V128, value => value.into();
    Option<Func>, value => value.into();
    Option<Rooted<ExternRef>>, value => value.into();
}

#[test]
#[allow(
    clippy::unused_unit,
    reason = "a macro's parameters, of which there may be none"
)]
fn closures_of_mixed_types_with_up_to_sixteen_parameters_and_results() -> Result<()> {
    let mut store = Store::new(&Engine::default(), 0usize);
    let calls = Arc::new(AtomicUsize::new(0));
    let f = Some(Func::wrap(&mut store, || {}));
    let e = Some(ExternRef::new(&mut store, 1)?);
    let v = V128::from(u128::MAX / 3);
    let n = f32::from_bits(0x7fa0_0001);
    let counts = [
        identity!(store, calls;),
        identity!(store, calls; a: i32 = -1),
        identity!(store, calls; a: i64 = i64::MIN, b: f32 = n),
        identity!(store, calls; a: f64 = -0.0, b: V128 = v, c: u32 = u32::MAX),
        identity!(store, calls; a: Option<Func> = f, b: Option<Rooted<ExternRef>> = e, c: u64 = 1, d: i32 = 2),
        identity!(store, calls; a: V128 = v, b: i32 = 1, c: f32 = 2.0, d: i64 = 3, g: f64 = 4.0),
        identity!(store, calls; a: i32 = 1, b: i64 = 2, c: i32 = 3, d: i64 = 4, g: i32 = 5, h: i64 = 6),
        identity!(store, calls; a: f32 = 1.0, b: f64 = 2.0, c: V128 = v, d: f32 = 3.0, g: f64 = 4.0, h: V128 = v, i: f32 = 5.0),
        identity!(store, calls; a: i32 = 1, b: f32 = 2.0, c: i32 = 3, d: f32 = 4.0, g: i32 = 5, h: f32 = 6.0, i: i32 = 7,
            j: f32 = 8.0),
        identity!(store, calls; a: f64 = 1.0, b: f64 = 2.0, c: f64 = 3.0, d: f64 = 4.0, g: f64 = 5.0, h: f64 = 6.0,
            i: f64 = 7.0, j: f64 = 8.0, k: f64 = 9.0),
        identity!(store, calls; a: i64 = 1, b: Option<Func> = None, c: i64 = 3, d: Option<Func> = f, g: i64 = 5, h: i64 = 6,
            i: Option<Rooted<ExternRef>> = None, j: i64 = 8, k: i64 = 9, l: i64 = 10),
        identity!(store, calls; a: V128 = v, b: V128 = v, c: V128 = v, d: V128 = v, g: V128 = v, h: V128 = v, i: V128 = v,
            j: V128 = v, k: V128 = v, l: V128 = v, m: V128 = v),
        identity!(store, calls; a: i32 = 1, b: i32 = 2, c: i32 = 3, d: i32 = 4, g: i32 = 5, h: f32 = 1.5, i: f64 = 2.5,
            j: f32 = 3.5, k: f64 = 4.5, l: f32 = 5.5, m: f64 = 6.5, o: V128 = v),
        identity!(store, calls; a: f32 = 1.0, b: f32 = 2.0, c: f32 = 3.0, d: f32 = 4.0, g: f32 = 5.0, h: f32 = 6.0,
            i: f32 = 7.0, j: f32 = 8.0, k: i32 = 1, l: i32 = 2, m: i32 = 3, o: i32 = 4, p: i32 = 5),
        identity!(store, calls; a: i32 = 1, b: i64 = 2, c: f32 = 3.0, d: f64 = 4.0, g: V128 = v, h: Option<Func> = f,
            i: Option<Rooted<ExternRef>> = e, j: u32 = 5, k: u64 = 6, l: f32 = n, m: f64 = 7.0, o: V128 = v, p: i32 = 8,
            q: i64 = 9),
        identity!(store, calls; a: u64 = 1, b: u64 = 2, c: u64 = 3, d: u64 = 4, g: u64 = 5, h: u64 = 6, i: u64 = 7,
            j: u64 = 8, k: u64 = 9, l: u64 = 10, m: u64 = 11, o: u64 = 12, p: u64 = 13, q: u64 = 14, r: u64 = 15),
        identity!(store, calls; a: V128 = v, b: i64 = 2, c: f32 = 3.0, d: f64 = 4.0, g: i32 = -5, h: Option<Func> = f,
            i: Option<Rooted<ExternRef>> = e, j: u32 = 5, k: u64 = 6, l: f32 = n, m: f64 = 7.0, o: V128 = v, p: i32 = 8,
            q: i64 = 9, r: Option<Func> = None, s: V128 = V128::from(1)),
    ];
    assert_eq!(counts, std::array::from_fn(|count| count));
    // Five functions, of which one calls twice, each called typed and untyped, for each number of values.
    assert_eq!(calls.load(Ordering::Relaxed), 17 * 12);
    assert_eq!(*store.data(), 17 * 12);
    Ok(())
}

/// More values than Rust types can say, by `Func::new` and between functions of programs.
#[test]
fn functions_of_more_values_than_tuples_have() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    for count in [9, 17, 40, 200] {
        let kinds = [
            ValType::I32,
            ValType::V128,
            ValType::F64,
            ValType::EXTERNREF,
            ValType::I64,
            ValType::F32,
        ];
        let types: Vec<ValType> = kinds.iter().cycle().take(count).cloned().collect();
        let ty = FuncType::new(&engine, types.clone(), types.clone());
        let host = Func::new(&mut store, ty.clone(), |_, params, results| {
            results.copy_from_slice(params);
            Ok(())
        });
        let instance = instantiate(&mut store, &forwarder(&ty), &[host.into()])?;
        let mut params = Vec::new();
        for (index, ty) in types.iter().enumerate() {
            params.push(match ty {
                ValType::I32 => Val::I32(index as i32),
                ValType::I64 => Val::I64(-(index as i64)),
                ValType::F32 => Val::from(index as f32),
                ValType::F64 => Val::from(-(index as f64)),
                ValType::V128 => Val::V128(V128::from(index as u128 * 7)),
                _ => ExternRef::new(&mut store, index)?.into(),
            });
        }
        for name in ["run", "tail", "indirect", "twice"] {
            let results = call(&mut store, instance, name, &params)?;
            assert_eq!(show(&store, &results), show(&store, &params), "{count} {name}");
        }
        let results = call_func(&mut store, host, &params)?;
        assert_eq!(show(&store, &results), show(&store, &params));
    }
    Ok(())
}

#[test]
fn what_closures_may_return() -> Result<()> {
    let mut store = Store::new(&Engine::default(), ());
    let unit = Func::wrap(&mut store, || ());
    let one = Func::wrap(&mut store, || 1u64);
    let fallible = Func::wrap(&mut store, |x: i32| -> Result<f64> {
        ensure!(x > 0, "not positive");
        Ok(f64::from(x))
    });
    // No type is named: the only one of errors is `Error`.
    let other_error = Func::wrap(&mut store, |x: u32| {
        if x == 0 {
            Err(std::fmt::Error)?;
        }
        Ok((1, V128::from(2)))
    });
    let trap_error = Func::wrap(&mut store, |_: Caller<'_, ()>| {
        Err(Trap::UnreachableCodeReached)?;
        Ok(())
    });
    let nested = Func::wrap(&mut store, |x: i32| -> Result<Result<i32>> { Ok(Ok(x)) });
    unit.typed::<(), ()>(&store)?.call(&mut store, ())?;
    assert_eq!(nested.typed::<i32, i32>(&store)?.call(&mut store, 4)?, 4);
    assert_eq!(one.typed::<(), u64>(&store)?.call(&mut store, ())?, 1);
    assert_eq!(fallible.typed::<i32, f64>(&store)?.call(&mut store, 4)?, 4.0);
    let error = fallible
        .typed::<i32, f64>(&store)?
        .call(&mut store, 0)
        .err()
        .context("fails")?;
    assert_eq!(error.to_string(), "not positive");
    assert_eq!(
        other_error
            .typed::<u32, (i32, V128)>(&store)?
            .call(&mut store, 4)?,
        (1, V128::from(2))
    );
    let error = other_error
        .typed::<u32, (i32, V128)>(&store)?
        .call(&mut store, 0)
        .err()
        .context("fails")?;
    assert!(error.is::<std::fmt::Error>());
    expect_trap(
        call_func(&mut store, trap_error, &[]),
        Trap::UnreachableCodeReached,
    );
    Ok(())
}

/// A host function that fills in values of wrong types is an error, not a wrong value.
#[test]
fn results_of_untyped_functions_are_checked() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let non_null = ValType::Ref(RefType::new(false, HeapType::Func));
    for (ty, value) in [
        (ValType::I32, Val::I64(1)),
        (ValType::F32, Val::F64(1)),
        (ValType::EXTERNREF, Val::FuncRef(None)),
        (non_null, Val::FuncRef(None)),
        (ValType::V128, Val::I32(0)),
    ] {
        let func = Func::new(
            &mut store,
            FuncType::new(&engine, [], [ty]),
            move |_, _, results| {
                results[0] = value;
                Ok(())
            },
        );
        let error = call_func(&mut store, func, &[])
            .err()
            .context("the result has the wrong type")?;
        assert!(
            format!("{error:#}").contains("result 0 of a host function"),
            "{error:#}"
        );
    }
    // What was left as it was is only right for integers.
    let lazy = Func::new(
        &mut store,
        FuncType::new(&engine, [], [ValType::F64]),
        |_, _, _| Ok(()),
    );
    assert!(call_func(&mut store, lazy, &[]).is_err());
    Ok(())
}

#[test]
fn a_caller_sees_the_exports_of_the_instance_that_called() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, Vec::<String>::new());
    let look = Func::wrap(
        &mut store,
        |mut caller: Caller<'_, Vec<String>>, at: i32, len: i32| -> Result<i32> {
            let Some(memory) = caller.get_export("memory").and_then(Extern::into_memory) else {
                return Ok(-1);
            };
            let mut bytes = vec![0; len as usize];
            memory.read(&caller, at as usize, &mut bytes)?;
            caller.data_mut().push(String::from_utf8(bytes)?);
            assert!(caller.get_export("nothing").is_none());
            let global = caller
                .get_export("g")
                .and_then(Extern::into_global)
                .context("a global")?;
            let value = global.get(&mut caller).unwrap_i32();
            global.set(&mut caller, (value + 1).into())?;
            memory.write(&mut caller, 0, b"seen")?;
            Ok(value)
        },
    );
    let text = |word: &str| {
        format!(
            r#"(module (import "" "look" (func $look (param i32 i32) (result i32)))
                (memory (export "memory") 1) (global (export "g") (mut i32) (i32.const 5))
                (data (i32.const 100) "{word}")
                (func (export "run") (result i32) (call $look (i32.const 100) (i32.const 5))))"#
        )
    };
    let mut runs = Vec::new();
    for word in ["hello", "world"] {
        let module = Module::new(&engine, text(word))?;
        let instance = Instance::new(&mut store, &module, &[look.into()])?;
        runs.push((instance, instance.get_typed_func::<(), i32>(&mut store, "run")?));
    }
    for (round, (instance, run)) in runs.iter().chain(&runs).enumerate() {
        assert_eq!(run.call(&mut store, ())?, 5 + round as i32 / 2);
        let memory = instance.get_memory(&store, "memory").context("exported")?;
        assert_eq!(&memory.data(&store)[..4], b"seen");
    }
    assert_eq!(store.data().join(" "), "hello world hello world");
    // Called by the host, there is no instance.
    assert_eq!(
        look.typed::<(i32, i32), i32>(&store)?.call(&mut store, (0, 0))?,
        -1
    );
    Ok(())
}

/// A reference of the host's own goes in and out, and is the same one.
#[test]
fn references_keep_their_identity() -> Result<()> {
    let (mut store, instance) = instance(
        r#"(module
            (table $t (export "t") 2 externref)
            (global $g (export "g") (mut externref) (ref.null extern))
            (func (export "put") (param externref) (table.set $t (i32.const 1) (local.get 0)) (global.set $g (local.get 0)))
            (func (export "get") (result externref externref) (table.get $t (i32.const 1)) (global.get $g)))"#,
    )?;
    let one = ExternRef::new(&mut store, "one".to_owned())?;
    let two = ExternRef::new(&mut store, "two".to_owned())?;
    let put = instance.get_typed_func::<Option<Rooted<ExternRef>>, ()>(&mut store, "put")?;
    type Both = (Option<Rooted<ExternRef>>, Option<Rooted<ExternRef>>);
    let get = instance.get_typed_func::<(), Both>(&mut store, "get")?;
    for value in [Some(one), Some(two), None, Some(one)] {
        put.call(&mut store, value)?;
        let (from_table, from_global) = get.call(&mut store, ())?;
        for found in [from_table, from_global] {
            match (value, found) {
                (Some(value), Some(found)) => assert!(Rooted::ref_eq(&store, &value, &found)?),
                (value, found) => assert!(value.is_none() && found.is_none()),
            }
        }
    }
    *one.data_mut(&mut store)?
        .and_then(|data| data.downcast_mut::<String>())
        .context("a string")? += " more";
    let table = instance.get_table(&mut store, "t").context("exported")?;
    let found = *table
        .get(&mut store, 1)
        .context("inside")?
        .as_extern()
        .flatten()
        .context("not null")?;
    let data = found.data(&store)?.and_then(|data| data.downcast_ref::<String>());
    assert_eq!(data.map(String::as_str), Some("one more"));
    Ok(())
}

/// A typed function may promise less about its references than the function wants: then each call is checked.
#[test]
fn typed_functions_check_references_that_are_not_special_enough() -> Result<()> {
    let (mut store, instance) = instance(
        r#"(module
            (type $t (func (param i32) (result i32)))
            (func $f (export "f") (type $t) (local.get 0))
            (func (export "other") (param i64))
            (func (export "take") (param (ref null $t)) (result i32) (ref.is_null (local.get 0)))
            (func (export "take_non_null") (param (ref $t)) (result i32) (call_ref $t (i32.const 3) (local.get 0)))
            (func (export "give") (result (ref $t)) (ref.func $f)))"#,
    )?;
    let f = instance.get_func(&store, "f");
    let other = instance.get_func(&store, "other");
    let take = instance.get_typed_func::<Option<Func>, i32>(&mut store, "take")?;
    assert_eq!(take.call(&mut store, f)?, 0);
    assert_eq!(take.call(&mut store, None)?, 1);
    assert!(take.call(&mut store, other).is_err());
    let take_non_null = instance.get_typed_func::<Option<Func>, i32>(&mut store, "take_non_null")?;
    assert_eq!(take_non_null.call(&mut store, f)?, 3);
    assert!(take_non_null.call(&mut store, None).is_err());
    assert!(take_non_null.call(&mut store, other).is_err());
    let take_non_null = instance.get_typed_func::<Func, i32>(&mut store, "take_non_null")?;
    assert_eq!(take_non_null.call(&mut store, f.context("exported")?)?, 3);
    assert!(
        take_non_null
            .call(&mut store, other.context("exported")?)
            .is_err()
    );
    let nothing = instance.get_typed_func::<Option<NoFunc>, i32>(&mut store, "take")?;
    assert_eq!(nothing.call(&mut store, NoFunc::null())?, 1);
    let never = instance.get_typed_func::<Option<NoFunc>, i32>(&mut store, "take_non_null");
    assert!(never.and_then(|never| never.call(&mut store, None)).is_err());
    assert_eq!(
        Some(
            instance
                .get_typed_func::<(), Func>(&mut store, "give")?
                .call(&mut store, ())?
        ),
        f
    );
    assert_eq!(
        instance
            .get_typed_func::<(), Option<Func>>(&mut store, "give")?
            .call(&mut store, ())?,
        f
    );
    assert!(
        instance
            .get_typed_func::<Option<Rooted<ExternRef>>, i32>(&mut store, "take")
            .is_err()
    );
    Ok(())
}

/// Floats keep every bit on their way through adapters.
#[test]
fn nans_pass_unchanged() -> Result<()> {
    let (mut store, instance) = instance(
        r#"(module (func (export "f") (param f32 f64) (result f64 f32) (local.get 1) (local.get 0)))"#,
    )?;
    for (single, double) in [
        (0x7fa0_0000, 0x7ff4_0000_0000_0001),
        (0xffc0_1234, 0xfff8_0000_dead_beef),
        (1, 1),
    ] {
        let results = call(&mut store, instance, "f", &[Val::F32(single), Val::F64(double)])?;
        assert!(
            matches!(results[..], [Val::F64(d), Val::F32(s)] if d == double && s == single),
            "{results:?}"
        );
    }
    Ok(())
}

/// A host's type may be larger than any that a module can declare.
#[test]
fn functions_of_too_many_values_are_refused() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let many = |count: usize| vec![ValType::V128; count];
    for (params, results, text) in [
        (1000, 1000, None),
        (1001, 0, Some("1001 parameters")),
        (0, 1001, Some("1001 results")),
        (100_000, 100_000, Some("100000 parameters")),
    ] {
        let ty = FuncType::new(&engine, many(params), many(results));
        let made = Func::try_new(&mut store, ty, |_, _, _| Ok(()));
        match text {
            None => drop(made?),
            Some(text) => assert!(made.expect_err("too many").to_string().contains(text)),
        }
    }
    Ok(())
}

/// The instance whose start function it is calls a host function: its exports are found, also by the function of another instance.
#[test]
fn a_start_function_of_the_host_finds_its_caller() -> Result<()> {
    let mut store = Store::new(&Engine::default(), 0);
    let host = Func::wrap(&mut store, |mut caller: Caller<'_, usize>| {
        let memory = caller.get_export("m").and_then(Extern::into_memory);
        let size = memory.context("the caller's memory")?.data_size(&caller);
        *caller.data_mut() = size;
        Ok(())
    });
    let text = |pages: u32| {
        format!(
            r#"(module (import "" "" (func $f)) (memory (export "m") {pages}) (export "f" (func $f)) (start $f))"#
        )
    };
    let instantiate = |store: &mut Store<usize>, pages, import: Func| -> Result<Func> {
        let module = Module::new(store.engine(), text(pages))?;
        let instance = Instance::new(&mut *store, &module, &[import.into()])?;
        assert_eq!(*store.data(), pages as usize * 65536);
        instance.get_func(&mut *store, "f").context("an export")
    };
    let again = instantiate(&mut store, 1, host)?;
    instantiate(&mut store, 2, again)?;
    let error = host
        .call(&mut store, &[], &mut [])
        .map_err(|error| error.to_string());
    assert_eq!(error, Err("the caller's memory".to_owned()), "the host calls");
    Ok(())
}
