//! Components: what hostile ones must not do, calls between them by code and by the host, and linking.
#![allow(clippy::unwrap_used)]

use transom::component::{Component, Instance, Linker, Val};
use transom::{Config, Engine, Result, Store, Trap};

/// Engines that do calls between components by the host, and by code.
fn engines() -> [Engine; 2] {
    [u32::MAX, 0].map(|calls| Engine::new(Config::new().component_code_after(calls)).unwrap())
}

fn instantiate<T: 'static>(store: &mut Store<T>, text: &str) -> Result<Instance> {
    let component = Component::new(store.engine(), text)?;
    let linker = Linker::new(store.engine());
    linker.instantiate(store, &component)
}

fn run<T: 'static>(store: &mut Store<T>, instance: &Instance) -> Result<u32> {
    let run = instance.get_typed_func::<(), (u32,)>(&mut *store, "run")?;
    run.call(store, ()).map(|(result,)| result)
}

/// A component whose function `f` is called by another with a body.
fn pair(callee: &str, ty: &str, core: &str, caller: &str) -> String {
    format!(
        r#"(component
        (component $Callee
            (core module $m {callee})
            (core instance $i (instantiate $m))
            (func (export "f") {ty} (canon lift (core func $i "f"))))
        (instance $callee (instantiate $Callee))
        (component $Caller
            (import "f" (func $f {ty}))
            (core func $g (canon lower (func $f)))
            (core module $m (import "" "f" (func $f {core})) {caller})
            (core instance $i (instantiate $m (with "" (instance (export "f" (func $g))))))
            (func (export "run") (result u32) (canon lift (core func $i "run"))))
        (instance $caller (instantiate $Caller (with "f" (func $callee "f"))))
        (export "run" (func $caller "run")))"#
    )
}

#[test]
fn what_has_trapped_is_not_entered_again() {
    for engine in engines() {
        let mut store = Store::new(&engine, ());
        let callee = "(func (export \"f\") unreachable)";
        let text = pair(
            callee,
            "",
            "",
            r#"(func (export "run") (result i32) (call $f) (i32.const 1))"#,
        );
        let instance = instantiate(&mut store, &text).unwrap();
        let error = run(&mut store, &instance).unwrap_err();
        assert_eq!(
            error.downcast_ref::<Trap>(),
            Some(&Trap::UnreachableCodeReached),
            "{error:?}"
        );
        let error = run(&mut store, &instance).unwrap_err();
        assert_eq!(
            error.downcast_ref::<Trap>(),
            Some(&Trap::CannotEnterComponent),
            "{error:?}"
        );
        let other = instantiate(&mut store, &text.replace("unreachable", "")).unwrap();
        assert_eq!(
            run(&mut store, &other).unwrap(),
            1,
            "another instance in the store is as it was"
        );
    }
}

/// A catch of everything must not see what another component has thrown.
#[test]
fn exceptions_do_not_leave_components() {
    // The first call, which is the host's in any case, throws nothing.
    let throws = r#"(tag $t) (global $n (mut i32) (i32.const 0))
        (func (export "f") (if (global.get $n) (then (throw $t))) (global.set $n (i32.const 1)))"#;
    // A small function, which becomes a part of the adapter, and what it calls throws.
    let calls = r#"(tag $t) (global $n (mut i32) (i32.const 0))
        (func $g (if (global.get $n) (then (throw $t))) (global.set $n (i32.const 1))) (func (export "f") (call $g))"#;
    let caller = r#"(func (export "run") (result i32)
        (call $f)
        (block $caught (try_table (catch_all $caught) (call $f)) (return (i32.const 1)))
        (i32.const 2))"#;
    for (engine, callee) in engines()
        .iter()
        .flat_map(|engine| [(engine, throws), (engine, calls)])
    {
        let mut store = Store::new(engine, ());
        for _ in 0..2 {
            let instance = instantiate(&mut store, &pair(callee, "", "", caller)).unwrap();
            let error = run(&mut store, &instance).unwrap_err();
            assert_eq!(
                error.downcast_ref::<Trap>(),
                Some(&Trap::UncaughtException),
                "{error:?}"
            );
        }
    }
}

/// Code between components is made if there is room for it. If not, the host goes on.
#[test]
fn calls_need_no_room_for_code() {
    let callee = r#"(func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))"#;
    let core = "(param i32) (result i32)";
    let caller = r#"(func (export "run") (result i32) (call $f (call $f (call $f (i32.const 4)))))"#;
    let text = pair(callee, "(param \"x\" u32) (result u32)", core, caller);
    // Bytes of code that a call needs at least.
    let [host, code] = [u32::MAX, 0].map(|calls| {
        (1..).map(|pages| pages * 1024).find(|&bytes| {
            let engine = Engine::new(Config::new().component_code_after(calls).max_code_memory(bytes));
            let called = engine.and_then(|engine| {
                let mut store = Store::new(&engine, ());
                let instance = instantiate(&mut store, &text)?;
                run(&mut store, &instance)
            });
            called.is_ok_and(|result| result == 7)
        })
    });
    assert_eq!(code, host);
}

/// All types that are passed as a number, with bits beyond them set.
#[test]
fn numbers_are_made_those_of_their_types_by_code_as_by_the_host() {
    let types = [
        "bool",
        "s8",
        "u8",
        "s16",
        "u16",
        "s32",
        "u32",
        "(flags \"a\" \"b\" \"c\")",
        "char",
        "(enum \"a\" \"b\" \"c\")",
    ];
    let numbers = [
        0_u32,
        1,
        2,
        3,
        7,
        0x7f,
        0x80,
        0xff,
        0x1ff,
        0x8000,
        0xd7ff,
        0xd800,
        0xdfff,
        0xe000,
        0xffff,
        0x1_0000,
        0x10_ffff,
        0x11_0000,
        0x7fff_ffff,
        0x8000_0000,
        u32::MAX,
    ];
    for ty in types {
        let mut outcomes = Vec::new();
        for engine in engines() {
            let text = format!(
                r#"(component
                (component $Callee
                    (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
                    (core instance $i (instantiate $m))
                    (type $t' {ty}) (export $t "t" (type $t'))
                    (func (export "f") (param "x" $t) (result u32) (canon lift (core func $i "f"))))
                (instance $callee (instantiate $Callee))
                (component $Caller
                    (import "c" (instance $c
                        (type $t' {ty}) (export "t" (type $t (eq $t')))
                        (export "f" (func (param "x" $t) (result u32)))))
                    (core func $g (canon lower (func $c "f")))
                    (core module $m (import "" "f" (func $f (param i32) (result i32)))
                        (func (export "run") (param i32) (result i32) (call $f (local.get 0))))
                    (core instance $i (instantiate $m (with "" (instance (export "f" (func $g))))))
                    (func (export "run") (param "x" u32) (result u32) (canon lift (core func $i "run"))))
                (instance $caller (instantiate $Caller (with "c" (instance $callee))))
                (export "run" (func $caller "run")))"#
            );
            let component = Component::new(&engine, &text).unwrap();
            let outcome = numbers.map(|number| {
                let mut store = Store::new(&engine, ());
                let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
                let run = instance
                    .get_typed_func::<(u32,), (u32,)>(&mut store, "run")
                    .unwrap();
                // The second call is the first that code does.
                let first = run
                    .call(&mut store, (number,))
                    .map_err(|error| error.downcast::<Trap>().unwrap());
                let second = run
                    .call(&mut store, (number,))
                    .map_err(|error| error.downcast::<Trap>().unwrap());
                assert!(
                    first == second || second == Err(Trap::CannotEnterComponent),
                    "{ty} {number:#x}"
                );
                first.map(|(number,)| number)
            });
            outcomes.push(outcome);
        }
        assert_eq!(outcomes[0], outcomes[1], "{ty}");
    }
}

#[test]
fn code_calls_no_instance_that_has_trapped() {
    for engine in engines() {
        let mut store = Store::new(&engine, ());
        let provider = instantiate(
            &mut store,
            r#"(component
                (core module $m
                    (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
                    (func (export "trap") unreachable))
                (core instance $i (instantiate $m))
                (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f")))
                (func (export "trap") (canon lift (core func $i "trap"))))"#,
        )
        .unwrap();
        let mut linker = Linker::new(&engine);
        linker.define_exports(&mut store, &provider).unwrap();
        let user = r#"(component
            (import "f" (func $f (param "x" u32) (result u32)))
            (core func $g (canon lower (func $f)))
            (core module $m (import "" "f" (func $f (param i32) (result i32)))
                (func (export "run") (result i32) (call $f (call $f (call $f (i32.const 1))))))
            (core instance $i (instantiate $m (with "" (instance (export "f" (func $g))))))
            (func (export "run") (result u32) (canon lift (core func $i "run"))))"#;
        let user = linker
            .instantiate(&mut store, &Component::new(&engine, user).unwrap())
            .unwrap();
        assert_eq!(run(&mut store, &user).unwrap(), 4);
        let trap = provider.get_typed_func::<(), ()>(&mut store, "trap").unwrap();
        assert!(trap.call(&mut store, ()).is_err());
        let error = run(&mut store, &user).unwrap_err();
        assert_eq!(
            error.downcast_ref::<Trap>(),
            Some(&Trap::CannotEnterComponent),
            "{error:?}"
        );
    }
}

/// A component that passes a list of records with padding to another, whose memory is full of 0xaa.
const PADDED: &str = r#"(component
    (component $Callee
        (core module $m
            (memory (export "memory") 1)
            (func $fill (memory.fill (i32.const 0) (i32.const 0xaa) (i32.const 65536)))
            (start $fill)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            ;; The sum of the bytes that are padding.
            (func (export "f") (param $at i32) (param $length i32) (result i32)
                (i32.add (i32.load8_u offset=1 (local.get $at))
                    (i32.add (i32.load8_u offset=2 (local.get $at)) (i32.load8_u offset=3 (local.get $at))))))
        (core instance $i (instantiate $m))
        (type $r' (record (field "a" TYPE) (field "b" u32)))
        (export $r "r" (type $r'))
        (func (export "f") (param "x" (list $r)) (result u32)
            (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
    (instance $callee (instantiate $Callee))
    (component $Caller
        (import "c" (instance $c
            (type $r' (record (field "a" TYPE) (field "b" u32)))
            (export "r" (type $r (eq $r')))
            (export "f" (func (param "x" (list $r)) (result u32)))))
        (core module $memory (memory (export "memory") 1))
        (core instance $memory (instantiate $memory))
        (core func $g (canon lower (func $c "f") (memory (core memory $memory "memory"))))
        (core module $m
            (import "" "memory" (memory 1))
            (import "" "f" (func $f (param i32 i32) (result i32)))
            (func (export "run") (result i32)
                (memory.fill (i32.const 0) (i32.const 0x01) (i32.const 8000))
                (call $f (i32.const 0) (i32.const 1000))))
        (core instance $i (instantiate $m (with "" (instance
            (export "memory" (memory $memory "memory")) (export "f" (func $g))))))
        (func (export "run") (result u32) (canon lift (core func $i "run"))))
    (instance $caller (instantiate $Caller (with "c" (instance $callee))))
    (export "run" (func $caller "run")))"#;

#[test]
fn padding_is_not_passed() {
    for engine in engines() {
        for ty in ["u8", "bool", "(option bool)", "(tuple u8)"] {
            let mut store = Store::new(&engine, ());
            let text = PADDED.replace("TYPE", ty);
            let instance = instantiate(&mut store, &text).unwrap();
            let passed = if ty == "(option bool)" { 1 } else { 0xaa };
            assert_eq!(run(&mut store, &instance).unwrap(), 2 * 0xaa + passed, "{ty}");
        }
    }
}

/// A function that takes a string, and allocates with a body.
fn takes_string(realloc: &str) -> String {
    format!(
        r#"(component
        (core module $m
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc})
            (func (export "f") (param i32 i32)))
        (core instance $i (instantiate $m))
        (func (export "f") (param "x" string)
            (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#
    )
}

#[test]
fn what_allocates_endlessly_is_interrupted() {
    let engine = Engine::new(Config::new().epoch_interruption(true)).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = instantiate(&mut store, &takes_string("(loop $l (br $l)) (i32.const 0)")).unwrap();
    store.set_epoch_deadline(1);
    engine.increment_epoch();
    let f = instance.get_typed_func::<(&str,), ()>(&mut store, "f").unwrap();
    let error = f.call(&mut store, ("x",)).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt), "{error:?}");
}

/// A component of functions of which each is lifted from one that is lowered from the function before. Each tenth is exported by its level,
/// and `run` is of a module that calls the last one.
fn chain(levels: u32) -> String {
    let mut text = String::from(
        r#"(component
            (core module $m (func (export "f") (result i32) (i32.const 42)))
            (core instance $i (instantiate $m))
            (func $f0 (result u32) (canon lift (core func $i "f")))"#,
    );
    for level in 0..levels {
        let next = level + 1;
        text += &format!(
            "(core func $l{level} (canon lower (func $f{level}))) (func $f{next} (result u32) (canon lift (core func $l{level})))"
        );
        if next % 10 == 0 {
            text += &format!(r#"(export "f{next}" (func $f{next}))"#);
        }
    }
    text += &format!(
        r#"(core func $last (canon lower (func $f{levels})))
            (core module $n (import "" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))
            (core instance $j (instantiate $n (with "" (instance (export "f" (func $last))))))
            (func (export "run") (result u32) (canon lift (core func $j "run"))))"#
    );
    text
}

/// That what was called has returned a number, or had too little stack. Whether it has returned.
fn returns_or_overflows(result: Result<u32>, number: u32) -> bool {
    match result {
        Ok(result) => {
            assert_eq!(result, number);
            true
        }
        Err(error) => {
            assert_eq!(
                error.downcast_ref::<Trap>(),
                Some(&Trap::StackOverflow),
                "{error:?}"
            );
            false
        }
    }
}

/// To make or to call the last function needs all.
#[test]
fn functions_that_stand_on_each_other_have_no_bound() {
    let text = chain(4_000);
    for engine in engines() {
        let mut store = Store::new(&engine, ());
        let instance = instantiate(&mut store, &text).unwrap();
        assert!(!returns_or_overflows(run(&mut store, &instance), 42));
    }
}

/// Code that calls code, down to where there is too little stack for it.
#[test]
fn adapters_of_code_look_at_the_stack() {
    let engine = Engine::new(Config::new().component_code_after(0).max_wasm_stack(32 << 10)).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = instantiate(&mut store, &chain(2_000)).unwrap();
    // Each call finds code in all levels but the last ten.
    let deepest = (10..=2_000).step_by(10).find(|level| {
        let f = instance.get_typed_func::<(), (u32,)>(&mut store, &*format!("f{level}"));
        let result = f.unwrap().call(&mut store, ());
        !returns_or_overflows(result.map(|(number,)| number), 42)
    });
    assert!(matches!(deepest, Some(300..)), "{deepest:?}");
}

/// A resource whose destructor drops the next, and so on, and no module's code is in between.
#[test]
fn destructors_that_drop_have_no_bound() {
    const LEVELS: u32 = 4_000;
    let mut types =
        String::from(r#"(type $r0 (resource (rep i32))) (core func $n0 (canon resource.new $r0))"#);
    let mut imports = String::new();
    let mut calls = String::from("(i32.const 0)");
    let mut given = String::new();
    for level in 0..=LEVELS {
        if level > 0 {
            types += &format!(
                "(core func $d{level} (canon resource.drop $r{previous}))
                (type $r{level} (resource (rep i32) (dtor (core func $d{level}))))
                (core func $n{level} (canon resource.new $r{level}))",
                previous = level - 1
            );
        }
        imports += &format!(r#"(import "" "{level}" (func $n{level} (param i32) (result i32)))"#);
        calls += &format!("(call $n{level})");
        given += &format!(r#"(export "{level}" (func $n{level}))"#);
    }
    let text = format!(
        r#"(component {types}
            (core func $drop (canon resource.drop $r{LEVELS}))
            (core module $m {imports} (import "" "drop" (func $drop (param i32)))
                (func (export "run") (result i32) {calls} (call $drop) (i32.const 1)))
            (core instance $i (instantiate $m (with "" (instance {given} (export "drop" (func $drop))))))
            (func (export "run") (result u32) (canon lift (core func $i "run"))))"#
    );
    for engine in engines() {
        let mut store = Store::new(&engine, ());
        let instance = instantiate(&mut store, &text).unwrap();
        assert!(!returns_or_overflows(run(&mut store, &instance), 1));
    }
}

#[test]
fn what_allocates_outside_of_its_memory_traps() {
    let engine = Engine::default();
    for address in ["-1", "65536", "65535"] {
        let mut store = Store::new(&engine, ());
        let instance = instantiate(&mut store, &takes_string(&format!("(i32.const {address})"))).unwrap();
        let f = instance.get_typed_func::<(&str,), ()>(&mut store, "f").unwrap();
        let error = f.call(&mut store, ("xy",)).unwrap_err();
        assert_eq!(
            error.downcast_ref::<Trap>(),
            Some(&Trap::StringOutOfBounds),
            "{error:?}"
        );
    }
}

/// A component that returns a list of so many elements.
fn gives_list(ty: &str, length: u32, pages: u32) -> String {
    format!(
        r#"(component
        (core module $m
            (memory (export "memory") {pages})
            (func (export "f") (result i32)
                (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const {length})) (i32.const 0)))
        (core instance $i (instantiate $m))
        (func (export "f") (result (list {ty})) (canon lift (core func $i "f") (memory (core memory $i "memory")))))"#
    )
}

/// Small elements of a list can become large values of the host.
#[test]
fn a_call_makes_the_host_allocate_so_much_only() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let instance = instantiate(&mut store, &gives_list("u8", 64 << 20, 1024)).unwrap();
    let f = instance.get_func(&mut store, "f").unwrap();
    let error = f.call(&mut store, &[], &mut [Val::Bool(false)]).unwrap_err();
    assert!(error.to_string().contains("set_hostcall_fuel"), "{error:?}");

    store.set_hostcall_fuel(1000);
    let instance = instantiate(&mut store, &gives_list("u8", 1001, 1)).unwrap();
    let f = instance
        .get_typed_func::<(), (Vec<u8>,)>(&mut store, "f")
        .unwrap();
    assert!(f.call(&mut store, ()).is_err());
    let instance = instantiate(&mut store, &gives_list("u8", 1000, 1)).unwrap();
    let f = instance
        .get_typed_func::<(), (Vec<u8>,)>(&mut store, "f")
        .unwrap();
    assert_eq!(f.call(&mut store, ()).unwrap().0.len(), 1000);
}

#[test]
fn lengths_do_not_overflow() {
    let engine = Engine::default();
    for (ty, length) in [
        ("u64", 0x2000_0001),
        ("u8", u32::MAX),
        ("u64", u32::MAX),
        ("u32", 0x4000_0000),
    ] {
        let mut store = Store::new(&engine, ());
        let instance = instantiate(&mut store, &gives_list(ty, length, 1)).unwrap();
        let f = instance.get_func(&mut store, "f").unwrap();
        let error = f.call(&mut store, &[], &mut [Val::Bool(false)]).unwrap_err();
        assert_eq!(
            error.downcast_ref::<Trap>(),
            Some(&Trap::ListOutOfBounds),
            "{error:?}"
        );
    }
}

#[test]
fn link_errors_say_what_is_there_instead() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let text = r#"(component (import "a:b/c@0.2.0" (instance
        (type $r (record (field "x" u8) (field "y" (list string))))
        (export "r" (type $e (eq $r)))
        (export "f" (func (param "p" $e))))))"#;
    let component = Component::new(&engine, text).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    linker
        .instance("a:b/c@0.3.0")
        .unwrap()
        .func_wrap("f", |_, (_,): (u32,)| Ok(()))
        .unwrap();
    let error = linker
        .instantiate(&mut store, &component)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`f` of `a:b/c@0.2.0`") && error.contains("defines `a:b/c@0.3.0`"),
        "{error}"
    );

    let mut place = linker.instance("a:b/c@0.2.7").unwrap();
    place.func_wrap("f", |_, (_,): (u32,)| Ok(())).unwrap();
    let error = format!("{:#}", linker.instantiate(&mut store, &component).unwrap_err());
    assert!(
        error.contains("func(p: record { x: u8, y: list<string> })"),
        "{error}"
    );
    assert!(error.contains("expected `u32`"), "{error}");

    // Another component's function: the innermost place where the types part.
    let provider = r#"(component
        (core module $m (memory (export "memory") 1) (func (export "f") (param i32 i32 i32))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
        (core instance $i (instantiate $m))
        (type $r' (record (field "x" u8) (field "y" (list char))))
        (export $r "r" (type $r'))
        (func $f (param "p" $r) (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
        (export "f" (func $f)))"#;
    let provider = instantiate(&mut store, provider).unwrap();
    let mut linker = Linker::new(&engine);
    linker
        .instance("a:b/c@0.2.0")
        .unwrap()
        .define_exports(&mut store, &provider)
        .unwrap();
    let error = format!("{:#}", linker.instantiate(&mut store, &component).unwrap_err());
    assert!(
        error.contains("parameter `p`: field `y`: element: expected string, found char"),
        "{error}"
    );
}

/// A component that keeps, drops or gives back what it is passed.
const HOLDER: &str = include_str!("components/holder.wat");

#[test]
fn imports_without_definitions_can_be_traps() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let text = r#"(component
        (import "a:b/c@1.0.0" (instance $i (export "r" (type $r (sub resource))) (export "f" (func (result (own $r))))))
        (core func $g (canon lower (func $i "f")))
        (core module $m (import "" "f" (func $f (result i32))) (func (export "run") (result i32) (call $f)))
        (core instance $j (instantiate $m (with "" (instance (export "f" (func $g))))))
        (func (export "run") (result u32) (canon lift (core func $j "run"))))"#;
    let component = Component::new(&engine, text).unwrap();
    let mut linker = Linker::new(&engine);
    assert!(linker.instantiate(&mut store, &component).is_err());
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let error = run(&mut store, &instance).unwrap_err();
    assert!(
        format!("{error:#}").contains("`a:b/c@1.0.0` with `f` has not been defined"),
        "{error:?}"
    );
}

#[test]
fn strings_stay_in_memory_until_they_are_read() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let text = r#"(component
        (core module $m (memory (export "memory") 1) (data (i32.const 16) "héllo")
            (func (export "f") (result i32) (i64.store (i32.const 0) (i64.const 0x6_0000_0010)) (i32.const 0)))
        (core instance $i (instantiate $m))
        (func (export "f") (result string) (canon lift (core func $i "f") (memory (core memory $i "memory"))))
        (func (export "g") (result (list u8)) (canon lift (core func $i "f") (memory (core memory $i "memory")))))"#;
    let instance = instantiate(&mut store, text).unwrap();
    let f = instance
        .get_typed_func::<(), (transom::component::WasmStr,)>(&mut store, "f")
        .unwrap();
    let (string,) = f.call(&mut store, ()).unwrap();
    assert_eq!(string.to_str(&store).unwrap(), "héllo");
    let g = instance
        .get_typed_func::<(), (transom::component::WasmList<u8>,)>(&mut store, "g")
        .unwrap();
    let (list,) = g.call(&mut store, ()).unwrap();
    assert_eq!((list.len(), list.get(&mut store, 0).unwrap().unwrap()), (6, b'h'));
    assert!(list.get(&mut store, 6).is_none());
    let bytes: Result<Vec<u8>> = list.iter(&mut store).collect();
    assert_eq!(bytes.unwrap(), "héllo".as_bytes());
}

/// Random numbers from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }
}

/// Changes a few bytes: some are flipped, some removed, some repeated.
fn mutate(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(3) {
        let at = 8 + random.below(bytes.len() - 8);
        match random.below(4) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.below(256) as u8,
            2 => drop(bytes.drain(at..(at + random.below(4)).min(bytes.len()))),
            _ => {
                let end = (at + random.below(16)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

/// Whatever a component says, it is refused, or made, linked and called, and nothing panics or runs on. `TRANSOM_MUTATIONS` says how often.
#[test]
fn mutated_components_are_refused_or_run() {
    let count = std::env::var("TRANSOM_MUTATIONS").map_or(1_000, |count| count.parse().unwrap());
    let seed = std::env::var("TRANSOM_SEED").map_or(1, |seed| seed.parse().unwrap());
    let engine = Engine::new(Config::new().consume_fuel(true).component_code_after(1)).unwrap();
    let padded = PADDED.replace("TYPE", "(option (tuple bool char))");
    let lists = gives_list("(tuple string (list u16))", 3, 1);
    let texts = [padded.as_str(), HOLDER, &takes_string("(i32.const 8)"), &lists];
    let binaries = texts.map(|text| wat::parse_str(text).unwrap());
    let mut random = Random(seed);
    let mut made = 0;
    for index in 0..count {
        let binary = mutate(&binaries[index % binaries.len()], &mut random);
        let Ok(component) = Component::from_binary(&engine, &binary) else {
            continue;
        };
        made += 1;
        let mut linker: Linker<()> = Linker::new(&engine);
        if linker.define_unknown_imports_as_traps(&component).is_err() {
            continue;
        }
        let mut store = Store::new(&engine, ());
        store.set_fuel(100_000).unwrap();
        let Ok(instance) = linker.instantiate(&mut store, &component) else {
            continue;
        };
        let ty = component.component_type();
        for (name, _) in ty.exports(&engine) {
            let Some(func) = instance.get_func(&mut store, name) else {
                continue;
            };
            let mut results = vec![Val::Bool(false); func.ty(&store).results().len()];
            for arguments in [&[][..], &[Val::String("héllo".to_owned())], &[Val::U32(7)]] {
                let _ = func.call(&mut store, arguments, &mut results);
            }
        }
    }
    assert!(made > count / 50, "{made} of {count} were valid");
}
