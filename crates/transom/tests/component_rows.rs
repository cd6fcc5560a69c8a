//! Strings and lists from one component to another: code passes them as the host does, whatever the caller gives and the callee allocates.
#![allow(clippy::unwrap_used)]

use transom::component::{Component, ComponentNamedList, Linker, Lower};
use transom::{Config, Engine, Store};

/// What a call came to: the callee's number, which depends on all of its memory and on the calls of `realloc`, or the error.
type Outcome = Result<u32, String>;

/// Engines that do calls by the host, by code, and by code with garbage in bits that mean nothing.
fn engines() -> [Engine; 3] {
    [(u32::MAX, false), (0, false), (0, true)].map(|(calls, dirt)| {
        let mut config = Config::new();
        config.component_code_after(calls).dirty_upper_halves(dirt);
        Engine::new(&config).unwrap()
    })
}

/// What all engines do, which is the same.
fn agreed(outcomes: [[Outcome; 3]; 3], what: &str) -> [Outcome; 3] {
    let [host, code, dirty] = outcomes;
    assert_eq!(host, code, "{what}");
    assert_eq!(host, dirty, "{what}");
    host
}

/// A callee of two rows with a number between them, and its caller, which passes what it is told to. The caller's memory has all bytes in turn from 256
/// on, and text before.
fn pair(types: [&str; 2], realloc: &str) -> String {
    let [a, b] = types;
    format!(
        r#"(component
        (component $Callee
            (core module $m
                (memory (export "memory") 40)
                (global $next (mut i32) (i32.const 4096))
                (global $calls (mut i32) (i32.const 0))
                (func $fill (memory.fill (i32.const 0) (i32.const 0xaa) (i32.const 65536)))
                (start $fill)
                (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
                    (local $at i32)
                    (local.set $at (i32.shl (global.get $calls) (i32.const 4)))
                    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                    (i32.store (local.get $at) (local.get $old))
                    (i32.store offset=4 (local.get $at) (local.get $old_size))
                    (i32.store offset=8 (local.get $at) (local.get $align))
                    (i32.store offset=12 (local.get $at) (local.get $size))
                    {realloc}
                    (local.set $at (global.get $next))
                    (global.set $next (i32.and
                        (i32.add (global.get $next) (i32.add (local.get $size) (i32.const 23)))
                        (i32.const -8)))
                    (local.get $at))
                (func (export "f") (param $a i32) (param $as i32) (param $x i32) (param $b i32) (param $bs i32) (result i32)
                    (local $at i32) (local $hash i32)
                    (local.set $hash (i32.xor (i32.shl (local.get $x) (i32.const 16))
                        (i32.add (i32.add (local.get $a) (i32.mul (local.get $as) (i32.const 3)))
                            (i32.add (i32.mul (local.get $b) (i32.const 5)) (i32.mul (local.get $bs) (i32.const 7))))))
                    (loop $l
                        (local.set $hash (i32.add (i32.mul (local.get $hash) (i32.const 0x01000193)) (i32.load (local.get $at))))
                        (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 32768))))
                    (local.get $hash)))
            (core instance $i (instantiate $m))
            (type $enum' (enum "a" "b" "c")) (export $enum "enum" (type $enum'))
            (type $flags' (flags "a" "b" "c")) (export $flags "flags" (type $flags'))
            (type $a' {a}) (export $a "a" (type $a'))
            (type $b' {b}) (export $b "b" (type $b'))
            (func (export "f") (param "a" $a) (param "x" u8) (param "b" $b) (result u32)
                (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
        (instance $callee (instantiate $Callee))
        (component $Caller
            (import "c" (instance $c
                (type $enum' (enum "a" "b" "c")) (export "enum" (type $enum (eq $enum')))
                (type $flags' (flags "a" "b" "c")) (export "flags" (type $flags (eq $flags')))
                (type $a' {a}) (export "a" (type $a (eq $a')))
                (type $b' {b}) (export "b" (type $b (eq $b')))
                (export "f" (func (param "a" $a) (param "x" u8) (param "b" $b) (result u32)))))
            (core module $memory (memory (export "memory") 40)
                (data (i32.const 0) "all of this is ASCII, and the rest is not: \c3\a4\c3\b6 \e2\82\ac \f0\9f\8c\8d, 0123456789012345678901234567890123456789")
                (func $fill (local $at i32) (local.set $at (i32.const 256))
                    (loop $l (i32.store8 (local.get $at) (local.get $at))
                        (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 4096)))))
                (start $fill))
            (core instance $memory (instantiate $memory))
            (core func $g (canon lower (func $c "f") (memory (core memory $memory "memory"))))
            (core module $m
                (import "" "f" (func $f (param i32 i32 i32 i32 i32) (result i32)))
                (func (export "run") (param i32 i32 i32 i32 i32) (result i32)
                    (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4))))
            (core instance $i (instantiate $m (with "" (instance (export "f" (func $g))))))
            (func (export "run")
                (param "a" u32) (param "as" u32) (param "x" u32) (param "b" u32) (param "bs" u32) (result u32)
                (canon lift (core func $i "run"))))
        (instance $caller (instantiate $Caller (with "c" (instance $callee))))
        (export "run" (func $caller "run")))"#
    )
}

/// Three calls of an instance, the second and third of which code does if it does any.
fn calls<P>(engine: &Engine, component: &Component, arguments: P) -> [Outcome; 3]
where
    P: ComponentNamedList + Lower + Copy,
{
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine).instantiate(&mut store, component).unwrap();
    let run = instance.get_typed_func::<P, (u32,)>(&mut store, "run").unwrap();
    [0; 3].map(|_| {
        run.call(&mut store, arguments)
            .map(|(number,)| number)
            .map_err(|error| error.chain().map(|error| format!("{error}; ")).collect())
    })
}

/// What is given for a row: text, bytes, nothing, what is not aligned, at the end of the memory, beyond it, and of lengths that overflow.
const GIVEN: &[(u32, u32)] = &[
    (0, 0),
    (0, 8),
    (0, 42),
    (0, 63),
    (256, 4),
    (257, 3),
    (512, 200),
    (40 << 16, 0),
    ((40 << 16) - 8, 8),
    ((40 << 16) - 8, 9),
    (u32::MAX, 1),
    (0, u32::MAX),
    (0, 1 << 28),
    (8, 0x2000_0001),
    // A list that is too long for code.
    (4096, (1 << 20) + 1),
];

#[test]
fn code_passes_rows_as_the_host_does() {
    let engines = engines();
    let types = [
        ["string", "string"],
        ["(list u8)", "string"],
        ["(list bool)", "(list u64)"],
        ["(list char)", "(list $enum)"],
        ["(list $flags)", "(list (tuple u8 u16))"],
        ["(list (tuple u64 bool f32))", "(list (tuple u8 u32 bool))"],
    ];
    let mut passed = 0;
    for types in types {
        let components = engines
            .each_ref()
            .map(|engine| Component::new(engine, pair(types, "")).unwrap());
        for &(a, a_length) in GIVEN {
            for &(b, b_length) in GIVEN {
                let arguments = (a, a_length, 0x1ff_u32, b, b_length);
                let outcomes = [0, 1, 2].map(|index| calls(&engines[index], &components[index], arguments));
                let host = agreed(outcomes, &format!("{types:?} {arguments:?}"));
                passed += u32::from(host[2].is_ok());
            }
        }
    }
    assert!(passed > 150, "{passed}");
}

/// What the callee allocates for the first or the second row is not aligned, or not inside of its memory, or it traps.
#[test]
fn wrong_allocations_trap_in_code_as_in_the_host() {
    let engines = engines();
    let mut ends = std::collections::BTreeSet::new();
    for call in 1..=6 {
        for wrong in [
            "(return (i32.const 4097))",
            "(return (i32.const -8))",
            "(return (i32.const 2621432))",
            "(return (i32.const 2621440))",
            "unreachable",
        ] {
            let realloc = format!("(if (i32.eq (global.get $calls) (i32.const {call})) (then {wrong}))");
            let types = ["string", "(list (tuple u64 bool f32))"];
            for arguments in [(0_u32, 42_u32, 1_u32, 512_u32, 20_u32), (0, 0, 1, 512, 0)] {
                let outcomes = engines.each_ref().map(|engine| {
                    let component = Component::new(engine, pair(types, &realloc)).unwrap();
                    calls(engine, &component, arguments)
                });
                let host = agreed(outcomes, &format!("{call} {wrong} {arguments:?}"));
                ends.extend(host.into_iter().filter_map(Result::err));
            }
        }
    }
    assert!(ends.len() >= 4, "{ends:#?}");
}

/// A callee that returns a row from where it is told to, its own memory being as the caller's above, and a caller that says where the result's address
/// and length are to be written.
fn returning(ty: &str, post_return: bool, realloc: &str) -> String {
    let option = if post_return {
        r#"(post-return (core func $i "done"))"#
    } else {
        ""
    };
    format!(
        r#"(component
        (component $Callee
            (core module $m
                (memory (export "memory") 40)
                (data (i32.const 0) "all of this is ASCII, and the rest is not: \c3\a4\c3\b6 \e2\82\ac \f0\9f\8c\8d, 0123456789012345678901234567890123456789")
                (global $done (mut i32) (i32.const 0))
                (func $fill (local $at i32) (local.set $at (i32.const 256))
                    (loop $l (i32.store8 (local.get $at) (local.get $at))
                        (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 4096)))))
                (start $fill)
                (func (export "f") (param $place i32) (param $pointer i32) (param $length i32) (result i32)
                    (if (i32.eqz (i32.and (local.get $place) (i32.const 0xfffff003))) (then
                        (i32.store (local.get $place) (local.get $pointer))
                        (i32.store offset=4 (local.get $place) (local.get $length))))
                    (local.get $place))
                (func (export "done") (param $place i32)
                    (global.set $done (i32.add (i32.mul (global.get $done) (i32.const 31)) (local.get $place))))
                (func (export "log") (result i32) (global.get $done)))
            (core instance $i (instantiate $m))
            (type $enum' (enum "a" "b" "c")) (export $enum "enum" (type $enum'))
            (type $r' {ty}) (export $r "r" (type $r'))
            (func (export "log") (result u32) (canon lift (core func $i "log")))
            (func (export "f") (param "place" u32) (param "pointer" u32) (param "length" u32) (result $r)
                (canon lift (core func $i "f") (memory (core memory $i "memory")) {option})))
        (instance $callee (instantiate $Callee))
        (component $Caller
            (import "c" (instance $c
                (type $enum' (enum "a" "b" "c")) (export "enum" (type $enum (eq $enum')))
                (type $r' {ty}) (export "r" (type $r (eq $r')))
                (export "log" (func (result u32)))
                (export "f" (func (param "place" u32) (param "pointer" u32) (param "length" u32) (result $r)))))
            (core module $libc
                (memory (export "memory") 40)
                (global $calls (export "calls") (mut i32) (i32.const 0))
                (func $fill (memory.fill (i32.const 0) (i32.const 0xaa) (i32.const 65536)))
                (start $fill)
                (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
                    (local $at i32)
                    (local.set $at (i32.add (i32.const 1024) (i32.shl (global.get $calls) (i32.const 4))))
                    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                    (i32.store (local.get $at) (local.get $old))
                    (i32.store offset=4 (local.get $at) (local.get $old_size))
                    (i32.store offset=8 (local.get $at) (local.get $align))
                    (i32.store offset=12 (local.get $at) (local.get $size))
                    {realloc}
                    (i32.add (i32.const 4096) (i32.shl (global.get $calls) (i32.const 9)))))
            (core instance $libc (instantiate $libc))
            (core func $f (canon lower (func $c "f") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
            (core func $log (canon lower (func $c "log")))
            (core module $m
                (import "" "memory" (memory 40))
                (import "" "f" (func $f (param i32 i32 i32 i32)))
                (import "" "log" (func $log (result i32)))
                (func (export "run") (param i32 i32 i32 i32) (result i32)
                    (local $at i32) (local $hash i32)
                    (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3))
                    (local.set $hash (call $log))
                    (loop $l
                        (local.set $hash (i32.add (i32.mul (local.get $hash) (i32.const 0x01000193)) (i32.load (local.get $at))))
                        (br_if $l (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 32768))))
                    (local.get $hash)))
            (core instance $i (instantiate $m (with "" (instance
                (export "memory" (memory $libc "memory")) (export "f" (func $f)) (export "log" (func $log))))))
            (func (export "run") (param "place" u32) (param "pointer" u32) (param "length" u32) (param "area" u32) (result u32)
                (canon lift (core func $i "run"))))
        (instance $caller (instantiate $Caller (with "c" (instance $callee))))
        (export "run" (func $caller "run")))"#
    )
}

#[test]
fn code_gives_rows_back_as_the_host_does() {
    let engines = engines();
    let end = 40 << 16;
    let (mut passed, mut ends) = (0, std::collections::BTreeSet::new());
    for ty in [
        "string",
        "(list u8)",
        "(list (tuple u64 bool f32))",
        "(list $enum)",
    ] {
        for post_return in [false, true] {
            let components = engines
                .each_ref()
                .map(|engine| Component::new(engine, returning(ty, post_return, "")).unwrap());
            let mut compare = |arguments: (u32, u32, u32, u32)| {
                let outcomes = [0, 1, 2].map(|index| calls(&engines[index], &components[index], arguments));
                let host = agreed(outcomes, &format!("{ty} {post_return} {arguments:?}"));
                passed += u32::from(host[2].is_ok());
                ends.extend(host.into_iter().filter_map(Result::err));
            };
            for &(pointer, length) in GIVEN {
                compare((512, pointer, length, 16));
            }
            // Where the callee's pair is, and where the caller wants it.
            for place in [513, end - 8, end - 4, end, u32::MAX - 3] {
                compare((place, 0, 0, 16));
            }
            for area in [17, end - 8, end - 4, end, u32::MAX - 3] {
                compare((512, 0, 8, area));
            }
        }
    }
    assert!(passed > 50 && ends.len() > 8, "{passed} {ends:#?}");
}

#[test]
fn wrong_allocations_for_results_trap_in_code_as_in_the_host() {
    let engines = engines();
    for call in 1..=3 {
        for wrong in [
            "(return (i32.const 4097))",
            "(return (i32.const -8))",
            "unreachable",
        ] {
            let realloc = format!("(if (i32.eq (global.get $calls) (i32.const {call})) (then {wrong}))");
            let outcomes = engines.each_ref().map(|engine| {
                let text = returning("(list (tuple u64 bool f32))", true, &realloc);
                let component = Component::new(engine, text).unwrap();
                calls(engine, &component, (512_u32, 256_u32, 16_u32, 16_u32))
            });
            let host = agreed(outcomes, &format!("{call} {wrong}"));
            assert!(
                host[call - 1].is_err() && (call == 1 || host[call - 2].is_ok()),
                "{host:?}"
            );
        }
    }
}

/// What allocates may grow the memory that the row comes from, if one component has both: the bytes are elsewhere then.
#[test]
fn memories_that_move_while_a_row_is_passed_are_found_again() {
    let mut config = Config::new();
    config
        .component_code_after(0)
        .memory_reservation(0)
        .memory_reservation_for_growth(0);
    let engine = Engine::new(&config).unwrap();
    let text = r#"(component
        (core module $source (memory (export "memory") 1)
            (func $fill (memory.fill (i32.const 0) (i32.const 1) (i32.const 1024)))
            (start $fill))
        (core instance $source (instantiate $source))
        (core module $m
            (import "" "memory" (memory $other 1))
            (memory $own (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                (drop (memory.grow $other (i32.const 40)))
                (drop (memory.grow $own (i32.const 40)))
                (i32.const 0))
            (func (export "f") (param $at i32) (param $length i32) (result i32)
                (local $sum i32)
                (loop $l
                    (local.set $sum (i32.add (local.get $sum) (i32.load8_u $own (local.get $at))))
                    (local.set $at (i32.add (local.get $at) (i32.const 1)))
                    (br_if $l (local.tee $length (i32.sub (local.get $length) (i32.const 1)))))
                (local.get $sum)))
        (core instance $i (instantiate $m (with "" (instance (export "memory" (memory $source "memory"))))))
        (func $f (param "x" (list u8)) (result u32)
            (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
        (core func $g (canon lower (func $f) (memory (core memory $source "memory"))))
        (core module $n
            (import "" "g" (func $g (param i32 i32) (result i32)))
            (func (export "run") (result i32) (call $g (i32.const 0) (i32.const 1024))))
        (core instance $j (instantiate $n (with "" (instance (export "g" (func $g))))))
        (func (export "run") (result u32) (canon lift (core func $j "run"))))"#;
    let component = Component::new(&engine, text).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run").unwrap();
    for _ in 0..10 {
        assert_eq!(run.call(&mut store, ()).unwrap(), (1024,));
    }
}
