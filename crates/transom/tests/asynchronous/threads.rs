//! Threads do not notice that calls began on them, and end on others.

use crate::executor::{pending, poll_once, run};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use transom::{Caller, Func, Linker, Module, Result, Store, Trap};

const PROGRAM: &str = r#"(module
  (import "host" "f" (func $f))
  (memory 1)
  (func (export "load") (result i32) (call $f) (i32.load (i32.const 0x1000_0000))))"#;

const STARTS: &str = r#"(module (import "host" "f" (func $f)) (start $f))"#;

/// While a thread runs a program of another store, a call that began on it ends elsewhere. It faults then, which is noticed by what the
/// thread notes of its program.
#[test]
fn calls_end_on_other_threads_than_they_began_on() -> Result<()> {
    for engine in crate::engines() {
        let module = Module::new(&engine, PROGRAM)?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async("host", "f", |_: Caller<'_, ()>, (): ()| Box::new(pending(1)))?;
        let mut store = Store::new(&engine, ());
        let starts = Module::new(&engine, STARTS)?;
        let mut call = Box::pin(linker.instantiate_async(&mut store, &starts));
        assert!(poll_once(call.as_mut()).is_pending());

        let (begin, begun) = channel();
        let (end, ended) = channel::<()>();
        let ended = Mutex::new(ended);
        let mut other = Store::new(&engine, ());
        let f = Func::wrap(&mut other, move || {
            begin.send(())?;
            Ok(ended.lock().unwrap().recv()?)
        });
        let instance = transom::Instance::new(&mut other, &module, &[f.into()])?;
        let load = instance.get_typed_func::<(), i32>(&mut other, "load")?;
        std::thread::scope(|scope| {
            scope.spawn(move || {
                begun.recv().unwrap();
                run(call).unwrap();
                end.send(()).unwrap();
            });
            let error = load.call(&mut other, ()).unwrap_err();
            assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::MemoryOutOfBounds));
        });
    }
    Ok(())
}
