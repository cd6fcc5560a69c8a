//! Polls: the frames below one hold references that nobody lists, so while the host's callback runs, nothing moves. The callback
//! can make objects all the same.

use crate::heaps::{heaps, linker, program};
use crate::support::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use transom::error::Context as _;
use transom::*;

/// References in locals and on the operand stack, in a loop that neither calls nor allocates until the callback has run often
/// enough.
const SPIN: &str = r#"
    (global $go (export "go") (mut i32) (i32.const 0))
    (global $kept (export "kept") (mut anyref) (ref.null any))
    (func (export "run") (result i32) (local $a (ref null $box)) (local $l (ref null $node)) (local $sum i32)
        (local.set $a (call $box (i32.const 3)))
        (local.set $l (struct.new $node (struct.new $node (ref.null $node) (i32.const 10)) (i32.const 20)))
        (call $box (i32.const 500))
        (loop $spin
            (local.set $sum (i32.and (i32.add (local.get $sum) (struct.get $box $v (local.get $a))) (i32.const 0xff)))
            (local.set $l (struct.new $node (struct.get $node $next (local.get $l)) (i32.const 20)))
            (br_if $spin (i32.eqz (global.get $go))))
        (call $churn)
        (struct.get $box $v)
        (i32.add (struct.get $box $v (local.get $a)))
        (i32.add (call $first)))
    ;; The same without any allocation in the loop.
    (func (export "still") (result i32) (local $a (ref null $box)) (local $b (ref null $box)) (local $c (ref null $box)) (local $sum i32)
        (local.set $a (call $box (i32.const 3)))
        (local.set $b (call $box (i32.const 500)))
        (loop $spin
            (local.set $sum (i32.and (i32.add (local.get $sum) (struct.get $box $v (local.get $a))) (i32.const 0xff)))
            (local.set $c (local.get $a)) (local.set $a (local.get $b)) (local.set $b (local.get $c))
            (br_if $spin (i32.eqz (global.get $go))))
        (struct.get $box $v (local.get $a))
        (i32.add (struct.get $box $v (local.get $b)))
        (i32.add (call $first)))
    (func $first (result i32)
        (call $churn)
        (struct.get $box $v (struct.get $pair $a (ref.cast (ref $pair) (global.get $kept)))))
    (func (export "pair") (result anyref) (struct.new_default $pair))
    (func (export "make") (param i32) (result anyref) (local $i i32) (local $b (ref null $box))
        (local.set $b (call $box (local.get 0)))
        (loop $again
            (drop (struct.new $box (i32.const -7)))
            (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000))))
        ;; By now the nursery may be full, and what is made old from the beginning; what it holds is young.
        (struct.new $pair (local.get $b) (call $box (i32.add (local.get 0) (i32.const 1))) (local.get 0)))
"#;

/// What the callback does: makes objects in the host and in the program, more than the nursery has room for, and asks for a
/// collection, which must not happen.
fn disturb(mut store: StoreContextMut<'_, ()>, instance: Instance, go: bool) -> Result<()> {
    // What the callback calls is not to be interrupted.
    store.set_epoch_deadline(1 << 40);
    let external = ExternRef::new(&mut store, "from the callback".to_owned())?;
    store.gc(None).expect("nothing prevents a collection");
    let make = instance.get_typed_func::<i32, Option<Rooted<AnyRef>>>(&mut store, "make")?;
    let pair = instance.get_typed_func::<(), Option<Rooted<AnyRef>>>(&mut store, "pair")?;
    let pair = pair
        .call(&mut store, ())?
        .context("not null")?
        .unwrap_struct(&store)?;
    let ty = pair.ty(&store)?;
    let pre = StructRefPre::new(&mut store, ty);
    for index in 0..100 {
        let null = Val::AnyRef(None);
        StructRef::new(&mut store, &pre, &[null, null, Val::I32(index)])?;
    }
    store.gc(None).expect("nothing prevents a collection");
    // What the program itself has made, far from what the host has.
    let made = make
        .call(&mut store, 40)?
        .context("not null")?
        .unwrap_struct(&store)?;
    let value = made.field(&mut store, 2)?.unwrap_i32();
    let data = external
        .data(&store)?
        .and_then(|data| data.downcast_ref::<String>());
    ensure!(
        value == 40 && data.is_some_and(|data| data.len() == 17),
        "{value} {data:?}"
    );
    if go {
        let global =
            |store: &mut StoreContextMut<'_, ()>, name| instance.get_global(store, name).context("exported");
        global(&mut store, "kept")?.set(&mut store, made.to_anyref().into())?;
        global(&mut store, "go")?.set(&mut store, Val::I32(1))?;
    }
    Ok(())
}

#[test]
fn nothing_moves_while_a_callback_runs() -> Result<()> {
    for (name, mut config, turns) in heaps() {
        config.epoch_interruption(true);
        let engine = Engine::new(&config)?;
        let (mut store, linker) = linker(&engine, turns)?;
        store.set_epoch_deadline(1 << 40);
        let module = Module::new(&engine, program("", SPIN))?;
        let instance = linker.instantiate(&mut store, &module)?;
        let (calls, started) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let seen = calls.clone();
        store.epoch_deadline_callback(move |context| {
            let call = seen.fetch_add(1, Ordering::Relaxed);
            disturb(context, instance, call % 20 == 19)?;
            Ok(UpdateDeadline::Continue(1))
        });
        for export in ["run", "still"] {
            let go = instance.get_global(&mut store, "go").context("exported")?;
            go.set(&mut store, Val::I32(0))?;
            store.set_epoch_deadline(1);
            started.store(1, Ordering::Relaxed);
            let ticker = std::thread::spawn({
                let (engine, started) = (engine.clone(), started.clone());
                move || {
                    while started.load(Ordering::Relaxed) == 1 {
                        engine.increment_epoch();
                        std::thread::sleep(std::time::Duration::from_micros(300));
                    }
                }
            });
            let outcome = number(&mut store, instance, export, &[]);
            started.store(0, Ordering::Relaxed);
            ticker.join().map_err(|_| Error::msg("the ticker panicked"))?;
            ensure!(outcome? == 543, "{export} in the heap {name}");
        }
        assert!(calls.load(Ordering::Relaxed) >= 40);
        store.gc(None).expect("nothing prevents a collection");
    }
    Ok(())
}
