//! Errors are logged: names of modules in them hold no control characters.
#![allow(clippy::unwrap_used)]

use transom::{Config, Engine, Error, Instance, Linker, Module, Store, WasmBacktrace};

const NAME: &str = "n\x1b[2J\u{9b}\u{202e}\u{7f}\r\nFORGED";
/// The same as a string of the text format.
const QUOTED: &str = r#""n\1b[2J\c2\9b\u{202e}\7f\r\nFORGED""#;
const SHOWN: &str = r"n\u{1b}[2J\u{9b}\u{202e}\u{7f}\r\nFORGED";

fn check(error: &Error) {
    for text in [format!("{error:#}"), format!("{error:?}")] {
        assert!(text.contains(SHOWN), "{text:?}");
        let acts = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!text.contains(acts), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("FORGED")), "{text:?}");
    }
}

#[test]
fn names_in_errors_are_escaped() {
    let engine = Engine::new(&Config::new()).unwrap();
    let new = |text: &str| Module::new(&engine, text.replace('N', QUOTED));
    check(
        &new("(module (func (export N) (export N)))")
            .map(drop)
            .unwrap_err(),
    );
    check(&new("(module (func (call $N)))").map(drop).unwrap_err());
    let mut linker = Linker::<()>::new(&engine);
    let mut store = Store::new(&engine, ());
    let needy = new("(module (import N N (func)) (import \"\" N (func)))").unwrap();
    check(&linker.instantiate(&mut store, &needy).unwrap_err());
    linker.func_wrap(NAME, NAME, |_: i32| {}).unwrap();
    check(&linker.func_wrap(NAME, NAME, || {}).map(drop).unwrap_err());
    check(&linker.instantiate(&mut store, &needy).unwrap_err());
    check(&linker.alias("", NAME, "", "").map(drop).unwrap_err());
    let module = new("(module (func (export N) (param i32)))").unwrap();
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    check(
        &instance
            .get_typed_func::<(), ()>(&mut store, NAME)
            .map(drop)
            .unwrap_err(),
    );
    let absent = instance.get_typed_func::<(), ()>(&mut store, &format!("{NAME}!"));
    check(&absent.map(drop).unwrap_err());
}

#[test]
fn names_in_traps_are_escaped() {
    let engine = Engine::new(&Config::new()).unwrap();
    let text = r#"(module $N (table $N 1 funcref) (elem (i32.const 0) func $N)
      (func $N (export "f") (result i32) (call_indirect $N (param i32) (i32.const 0) (i32.const 0)) (i32.const 0)))"#;
    let module = Module::new(&engine, text.replace('N', QUOTED)).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let f = instance.get_typed_func::<(), i32>(&mut store, "f").unwrap();
    let error = f.call(&mut store, ()).unwrap_err();
    check(&error);
    // Those who want the name itself get it.
    let trace = error.downcast_ref::<WasmBacktrace>().unwrap();
    assert_eq!(trace.frames()[0].func_name(), Some(NAME));
}
