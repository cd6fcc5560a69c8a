//! Host functions that allocate, collect and come back while compiled code below them holds references.

use crate::heaps::{add_up, each, expect_in, sum, with_imports};
use crate::support::*;
use transom::error::Context as _;
use transom::*;

/// A structure of the host's making, like the program's `$box`.
fn host_box(mut store: impl AsContextMut, value: i32) -> Result<Rooted<StructRef>> {
    let engine = store.as_context().engine().clone();
    let field = FieldType::new(Mutability::Const, ValType::I32.into());
    let ty = StructType::with_finality_and_supertype(&engine, Finality::NonFinal, None, [field])?;
    let pre = StructRefPre::new(&mut store, ty);
    StructRef::new(&mut store, &pre, &[Val::I32(value)])
}

/// Makes garbage, and has it collected.
fn litter(caller: &mut Caller<'_, ()>) -> Result<()> {
    for index in 0..50 {
        host_box(&mut *caller, -index)?;
        ExternRef::new(&mut *caller, vec![index; 10])?;
    }
    caller.gc(None).expect("nothing prevents a collection");
    Ok(())
}

#[test]
fn the_host_allocates_while_all_argument_registers_hold_references() -> Result<()> {
    const COUNT: usize = 18;
    let params = each(COUNT, |_| "(ref null any)".to_owned());
    let boxes = each(COUNT, |index| format!("(call $box (i32.const {index}))"));
    let locals = each(COUNT, |index| format!("(local $l{index} anyref)"));
    let set = each(COUNT, |index| format!("(local.set $l{})", COUNT - 1 - index));
    let get = |order: &dyn Fn(usize) -> usize| each(COUNT, |index| format!("(local.get $l{})", order(index)));
    let values = each(COUNT, |index| {
        format!("(struct.get $box $v (ref.cast (ref $box) (local.get $l{index})))")
    });
    let imports = format!(
        r#"(import "h" "f" (func $f (param {params}) (result {params})))
           (import "h" "one" (func $one (param (ref null any)) (result (ref any))))"#
    );
    let add = add_up(COUNT);
    let body = format!(
        r#"(func (export "results") (result i32) {locals}
              {boxes} {set} (call $f {}) {set} (call $churn) {values} {add})
           (func (export "own") (result i32) {locals}
              {boxes} {set} (drop (call $one (local.get $l3))) {values} {add})
           (func (export "stack") (result i32) {locals} (local $x anyref)
              {boxes} (local.set $x (call $one (call $box (i32.const 7)))) {set} {values} {add}
              (struct.get $box $v (ref.cast (ref $box) (local.get $x))) i32.add)"#,
        get(&|index| (index + 5) % COUNT)
    );
    with_imports(
        (&imports, &body),
        |linker| {
            let anyref = ValType::Ref(RefType::new(true, HeapType::Any));
            let ty = FuncType::new(linker.engine(), vec![anyref.clone(); COUNT], vec![anyref; COUNT]);
            linker.func_new("h", "f", ty, |mut caller, params, results| {
                litter(&mut caller)?;
                results.copy_from_slice(params);
                litter(&mut caller)
            })?;
            linker.func_wrap(
                "h",
                "one",
                |mut caller: Caller<'_, ()>, x: Option<Rooted<AnyRef>>| -> Result<_> {
                    litter(&mut caller)?;
                    x.context("not null")
                },
            )?;
            Ok(())
        },
        |store, instance| {
            expect_in(
                store,
                instance,
                &[
                    ("results", sum(COUNT)),
                    ("own", sum(COUNT)),
                    ("stack", sum(COUNT) + 7),
                ],
            )
        },
    )
}

/// What the host makes is of the program's own type: equal by structure.
#[test]
fn the_host_makes_what_the_program_casts() -> Result<()> {
    with_imports(
        (
            r#"(import "h" "make" (func $make (param i32) (result (ref eq))))"#,
            r#"(func (export "run") (result i32) (local $a (ref null $box))
                  (local.set $a (ref.cast (ref $box) (call $make (i32.const 4))))
                  (call $churn)
                  (i32.add (call $value (ref.cast (ref $box) (call $make (i32.const 5))))
                    (struct.get $box $v (local.get $a))))"#,
        ),
        |linker| {
            let eq = ValType::Ref(RefType::new(false, HeapType::Eq));
            let ty = FuncType::new(linker.engine(), [ValType::I32], [eq]);
            linker.func_new("h", "make", ty, |mut caller, params, results| {
                let made = host_box(&mut caller, params[0].unwrap_i32())?;
                litter(&mut caller)?;
                results[0] = made.to_anyref().into();
                Ok(())
            })?;
            Ok(())
        },
        |store, instance| expect_in(store, instance, &[("run", 9)]),
    )
}

/// The host calls back, lets that end well, with a trap, or with an exception, and collects afterwards: the frames below it are
/// still found.
#[test]
fn frames_below_are_found_after_a_nested_call() -> Result<()> {
    with_imports(
        (
            r#"(import "h" "back" (func $back (param i32 (ref null any)) (result anyref)))"#,
            r#"(tag $e (param (ref null $box)))
               (func (export "well") (param anyref) (result anyref) (call $churn) (local.get 0))
               (func (export "trap") (param anyref) (result anyref) (call $churn) (unreachable))
               (func (export "throw") (param anyref) (result anyref) (call $churn) (throw $e (ref.cast (ref $box) (local.get 0))))
               (func $held (param $how i32) (result i32) (local $a (ref null $box)) (local $b (ref null $box))
                  (local.set $a (call $box (i32.const 3)))
                  (call $box (i32.const 40))
                  (local.set $b (ref.cast (ref $box) (call $back (local.get $how) (call $box (i32.const 500)))))
                  (call $churn)
                  (struct.get $box $v)
                  (struct.get $box $v (local.get $a))
                  (struct.get $box $v (local.get $b))
                  i32.add i32.add)
               (func (export "run0") (result i32) (call $held (i32.const 0)))
               (func (export "run1") (result i32) (call $held (i32.const 1)))
               (func (export "run2") (result i32) (call $held (i32.const 2)))"#,
        ),
        |linker| {
            let anyref = ValType::Ref(RefType::new(true, HeapType::Any));
            let ty = FuncType::new(linker.engine(), [ValType::I32, anyref.clone()], [anyref]);
            linker.func_new("h", "back", ty, |mut caller, params, results| {
                let name = ["well", "trap", "throw"][params[0].unwrap_i32() as usize];
                let func = caller
                    .get_export(name)
                    .and_then(Extern::into_func)
                    .context("exported")?;
                let mut found = [Val::I32(0)];
                let outcome = func.call(&mut caller, &params[1..], &mut found);
                litter(&mut caller)?;
                results[0] = params[1];
                match outcome {
                    Ok(()) => {
                        let (sent, back) = (params[1].unwrap_anyref(), found[0].unwrap_anyref());
                        let same = Rooted::ref_eq(&caller, sent.context("sent")?, back.context("back")?)?;
                        ensure!(same, "another reference came back");
                    }
                    Err(error) => {
                        let thrown = ExnRef::of_error(&mut caller, &error)?;
                        ensure!(thrown.is_some() == (name == "throw"), "{error:?}");
                        if let Some(thrown) = thrown {
                            results[0] = thrown.field(&mut caller, 0)?;
                        }
                    }
                }
                litter(&mut caller)
            })?;
            Ok(())
        },
        |store, instance| expect_in(store, instance, &[("run0", 543), ("run1", 543), ("run2", 543)]),
    )
}

/// Frames of compiled code and of the host alternate.
#[test]
fn towers_of_nested_calls() -> Result<()> {
    with_imports(
        (
            r#"(import "h" "down" (func $down (param i32 (ref null any)) (result i32)))"#,
            r#"(func (export "up") (param $n i32) (param $x anyref) (result i32) (local $own (ref null $box))
                  (local.set $own (call $box (local.get $n)))
                  (if (i32.eqz (local.get $n)) (then (call $churn) (return (i32.const 0))))
                  (call $down (i32.sub (local.get $n) (i32.const 1)) (local.get $own))
                  (call $churn)
                  (struct.get $box $v (local.get $own))
                  (struct.get $box $v (ref.cast (ref $box) (local.get $x)))
                  i32.add i32.add)
               (func (export "run") (result i32) (call $down (i32.const 12) (call $box (i32.const 100))))"#,
        ),
        |linker| {
            linker.func_wrap(
                "h",
                "down",
                |mut caller: Caller<'_, ()>, n: i32, x: Option<Rooted<AnyRef>>| -> Result<_> {
                    litter(&mut caller)?;
                    let up = caller
                        .get_export("up")
                        .and_then(Extern::into_func)
                        .context("exported")?;
                    let up = up.typed::<(i32, Option<Rooted<AnyRef>>), i32>(&caller)?;
                    let result = up.call(&mut caller, (n, x))?;
                    litter(&mut caller)?;
                    Ok(result)
                },
            )?;
            Ok(())
        },
        |store, instance| expect_in(store, instance, &[("run", 2 * sum(13) - 1 + 100)]),
    )
}

/// References that compiled code gives the host stay valid while it calls again and again.
#[test]
fn the_host_keeps_what_it_got() -> Result<()> {
    with_imports(
        ("", ""),
        |_| Ok(()),
        |store, instance| {
            let mut kept = Vec::new();
            for index in 0..30 {
                let made = call(store, instance, "box", &[Val::I32(index)])?;
                kept.push(made[0]);
                call(store, instance, "churn", &[])?;
            }
            store.gc(None).expect("nothing prevents a collection");
            for (index, value) in kept.into_iter().enumerate() {
                let reference = value.unwrap_anyref().context("not null")?;
                let found = reference.unwrap_struct(&*store)?.field(&mut *store, 0)?;
                assert_eq!(found.unwrap_i32(), index as i32);
                assert_eq!(number(store, instance, "value", &[value])?, index as u64);
            }
            Ok(())
        },
    )
}

/// A start function collects, and what it leaves in globals and tables is there afterwards.
#[test]
fn start_functions() -> Result<()> {
    let body = r#"(global $g (mut (ref null $box)) (ref.null $box))
        (table $t 3 (ref null $box))
        (func $start (local $x (ref null $box))
            (local.set $x (call $box (i32.const 8)))
            (call $churn)
            (global.set $g (local.get $x))
            (table.set $t (i32.const 2) (call $box (i32.const 9)))
            (call $churn))
        (start $start)
        (func (export "run") (result i32)
            (call $churn)
            (i32.add (struct.get $box $v (global.get $g)) (struct.get $box $v (table.get $t (i32.const 2)))))"#;
    with_imports(
        ("", body),
        |_| Ok(()),
        |store, instance| {
            let statistics = store.heap_statistics().context("there is a heap")?;
            assert!(
                statistics.full.count >= 2,
                "the start function collects: {statistics:?}"
            );
            expect_in(store, instance, &[("run", 17)])
        },
    )
}
