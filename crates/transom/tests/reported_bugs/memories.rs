//! Linear memories: addresses that wrap around, upper bits that do not belong to an index, and memory that
//! somebody else has used before.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

/// The ways in which accesses are checked: reserved address space, or comparisons.
fn engines() -> Result<Vec<(&'static str, Engine)>> {
    let mut engines = vec![("reserved", Engine::default())];
    for (name, tiers, reservation, guard) in [
        ("checked", Tiers::Optimized, 0, 0),
        ("small", Tiers::Optimized, 1 << 20, 1 << 16),
        ("no guard", Tiers::Optimized, 4 << 30, 0),
        ("reserved, baseline", Tiers::Baseline, 4 << 30, 32 << 20),
        ("checked, baseline", Tiers::Baseline, 0, 0),
        ("small, mixed", Tiers::Mixed(1), 1 << 20, 1 << 16),
        ("no guard, mixed", Tiers::Mixed(2), 4 << 30, 0),
    ] {
        let mut config = config_of(tiers);
        config
            .memory_reservation(reservation)
            .memory_guard_size(guard)
            .wasm_custom_page_sizes(true);
        engines.push((name, Engine::new(&config)?));
    }
    Ok(engines)
}

const OFFSETS: [u64; 6] = [0, 1, 0xfff8, 0xffff, 0x7fff_ffff, 0xffff_ffff];

/// Every load and store, with the bytes that it touches.
const ACCESSES: [(&str, &str, u64); 12] = [
    ("i32.load8_u", "i32", 1),
    ("i32.load16_s", "i32", 2),
    ("i32.load", "i32", 4),
    ("i64.load8_s", "i64", 1),
    ("i64.load32_u", "i64", 4),
    ("i64.load", "i64", 8),
    ("f64.load", "f64", 8),
    ("v128.load", "v128", 16),
    ("v128.load8_splat", "v128", 1),
    ("v128.load32_zero", "v128", 4),
    ("v128.load16x4_u", "v128", 8),
    ("v128.load64_splat", "v128", 8),
];

fn access_module(index: &str) -> String {
    let mut text = format!("(module (memory {} 1)", if index == "i64" { "i64" } else { "" });
    for (load, ty, size) in ACCESSES {
        for offset in OFFSETS {
            text += &format!(
                r#"(func (export "{load} {offset}") (param {index}) (drop ({load} offset={offset} (local.get 0))))"#
            );
            if !load.starts_with("v128.load") || load == "v128.load" {
                let store = load.replace("load", "store").replace("_u", "").replace("_s", "");
                let zero = if ty == "v128" {
                    "v128.const i64x2 0 0".to_owned()
                } else {
                    format!("{ty}.const 0")
                };
                text += &format!(
                    r#"(func (export "store {load} {offset}") (param {index}) ({store} offset={offset} (local.get 0) ({zero})))"#
                );
            }
        }
        let _ = size;
    }
    text + ")"
}

fn check_accesses(engine: &Engine, name: &str, index: &str, indices: &[u64]) -> Result<()> {
    let (mut store, instance) = instance_in(engine, &access_module(index))?;
    for (load, _, size) in ACCESSES {
        for prefix in ["", "store "] {
            for offset in OFFSETS {
                let export = format!("{prefix}{load} {offset}");
                let Some(func) = instance.get_func(&mut store, &export) else {
                    continue;
                };
                for &at in indices {
                    let end = u128::from(at) + u128::from(offset) + u128::from(size);
                    let param = if index == "i64" {
                        Val::I64(at as i64)
                    } else {
                        Val::I32(at as i32)
                    };
                    let outcome = func.call(&mut store, &[param], &mut []);
                    let what = format!("{name}: {export} at {at:#x}");
                    match outcome {
                        Ok(()) => assert!(end <= 0x10000, "{what} did not trap"),
                        Err(error) => {
                            assert!(end > 0x10000, "{what}: {error:?}");
                            assert_eq!(trap(&error), Some(Trap::MemoryOutOfBounds), "{what}: {error:?}");
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn accesses_near_every_boundary_of_a_32_bit_memory() -> Result<()> {
    let indices = [
        0,
        1,
        8,
        0xfff0,
        0xfff1,
        0xfff8,
        0xfff9,
        0xfffc,
        0xffff,
        0x10000,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_fff0,
        0xffff_ffff,
    ];
    for (name, engine) in engines()? {
        check_accesses(&engine, name, "i32", &indices)?;
    }
    Ok(())
}

#[test]
fn accesses_near_every_boundary_of_a_64_bit_memory() -> Result<()> {
    let indices = [
        0,
        0xfff0,
        0xffff,
        0x10000,
        0xffff_ffff,
        1 << 32,
        (1 << 32) + 8,
        1 << 47,
        1 << 63,
        u64::MAX,
        u64::MAX - 7,
        u64::MAX - 0xfff7,
        u64::MAX - 0xffff_fffe,
    ];
    for (name, engine) in engines()? {
        check_accesses(&engine, name, "i64", &indices)?;
    }
    Ok(())
}

/// Offsets of 64-bit memories have 64 bits, and their sums do not wrap.
#[test]
fn a_64_bit_offset_does_not_wrap_around() -> Result<()> {
    for (name, engine) in engines()? {
        let (mut store, instance) = instance_in(
            &engine,
            r#"(module (memory i64 1)
                (func (export "a") (param i64) (result i32) (i32.load8_u offset=0xfffffffffffffff0 (local.get 0)))
                (func (export "b") (param i64) (result i64) (i64.load offset=0xffffffffffffffff (local.get 0)))
                (func (export "c") (param i64) (result i64) (i64.load offset=0x8000000000000000 (local.get 0))))"#,
        )?;
        for export in ["a", "b", "c"] {
            for index in [0i64, 1, 16, 17, 0x20, i64::MIN, -1] {
                let outcome = call(&mut store, instance, export, &[index.into()]);
                let error = expect_trap(outcome, Trap::MemoryOutOfBounds);
                assert!(!error.to_string().is_empty(), "{name}");
            }
        }
    }
    Ok(())
}

/// An index of 32 bits is what is left of a wider computation, not the computation's upper bits too.
#[test]
fn upper_bits_of_a_computation_are_no_part_of_an_index() -> Result<()> {
    let computations = [
        ("(i32.wrap_i64 (local.get 0))", "wrap"),
        (
            "(i32.add (i32.wrap_i64 (local.get 0)) (i32.const 0x7fffffff))",
            "add",
        ),
        ("(i32.sub (i32.wrap_i64 (local.get 0)) (i32.const 0x10))", "sub"),
        ("(i32.shl (i32.wrap_i64 (local.get 0)) (i32.const 2))", "shl"),
        (
            "(i32.shl (i32.add (i32.wrap_i64 (local.get 0)) (i32.const 1)) (i32.const 3))",
            "add shl",
        ),
        (
            "(i32.add (i32.wrap_i64 (local.get 0)) (i32.shl (i32.wrap_i64 (local.get 0)) (i32.const 1)))",
            "scaled",
        ),
        (
            "(i32.mul (i32.wrap_i64 (local.get 0)) (i32.const 0x10001))",
            "mul",
        ),
        ("(i32.wrap_i64 (i64.mul (local.get 0) (local.get 0)))", "wrap mul"),
        ("(i32.extend8_s (i32.wrap_i64 (local.get 0)))", "extend8"),
        ("(i32.wrap_i64 (i64.shr_s (local.get 0) (i64.const 3)))", "shr"),
        ("(i32.sub (i32.const 0) (i32.wrap_i64 (local.get 0)))", "neg"),
    ];
    let mut text = "(module (memory 1)".to_owned();
    for (computation, name) in computations {
        text += &format!(r#"(func (export "{name}") (param i64) (result i32) {computation})"#);
        text += &format!(
            r#"(func (export "{name} load") (param i64) (result i32) (i32.load8_u offset=3 {computation}))"#
        );
        text += &format!(
            r#"(func (export "{name} copy") (param i64)
                (memory.fill {computation} (i32.const 1) (i32.const 1)))"#
        );
    }
    text += ")";
    let inputs = [
        0i64,
        1,
        5,
        0x1_0000_0000,
        0x1_0000_0010,
        -1,
        -0x10,
        0x7fff_ffff_0000_0001,
        i64::MIN,
        0x1234_5678_0000_0004,
    ];
    for (engine_name, engine) in engines()? {
        let (mut store, instance) = instance_in(&engine, &text)?;
        for (_, name) in computations {
            for input in inputs {
                let index = number(&mut store, instance, name, &[input.into()])?;
                let what = format!("{engine_name}: {name} of {input:#x}, which is {index:#x}");
                let load = call(&mut store, instance, &format!("{name} load"), &[input.into()]);
                assert_eq!(load.is_ok(), index + 3 < 0x10000, "{what}: {load:?}");
                let fill = call(&mut store, instance, &format!("{name} copy"), &[input.into()]);
                assert_eq!(fill.is_ok(), index < 0x10000, "{what}: {fill:?}");
            }
        }
    }
    Ok(())
}

const BULK: &str = r#"(module
    (memory $m 1) (memory $w i64 1)
    (data $d "abcd")
    (func (export "fill32") (param i64 i64)
        (memory.fill $m (i32.wrap_i64 (local.get 0)) (i32.const 7) (i32.wrap_i64 (local.get 1))))
    (func (export "fill64") (param i64 i64) (memory.fill $w (local.get 0) (i32.const 7) (local.get 1)))
    (func (export "copy32") (param i64 i64)
        (memory.copy $m $m (i32.wrap_i64 (local.get 0)) (i32.const 0) (i32.wrap_i64 (local.get 1))))
    (func (export "from32") (param i64 i64)
        (memory.copy $m $m (i32.const 0) (i32.wrap_i64 (local.get 0)) (i32.wrap_i64 (local.get 1))))
    (func (export "copy64") (param i64 i64) (memory.copy $w $w (local.get 0) (i64.const 0) (local.get 1)))
    (func (export "from64") (param i64 i64) (memory.copy $w $w (i64.const 0) (local.get 0) (local.get 1)))
    (func (export "init32") (param i64 i64)
        (memory.init $m $d (i32.wrap_i64 (local.get 0)) (i32.const 0) (i32.wrap_i64 (local.get 1))))
    (func (export "init64") (param i64 i64)
        (memory.init $w $d (local.get 0) (i32.const 0) (i32.wrap_i64 (local.get 1))))
    (func (export "source") (param i64 i64)
        (memory.init $m $d (i32.const 0) (i32.wrap_i64 (local.get 0)) (i32.wrap_i64 (local.get 1)))))"#;

#[test]
fn bulk_ranges_are_checked_without_wrapping_around() -> Result<()> {
    for (engine_name, engine) in engines()? {
        let (mut store, instance) = instance_in(&engine, BULK)?;
        for name in [
            "fill32", "copy32", "from32", "fill64", "copy64", "from64", "init32", "init64", "source",
        ] {
            let narrow = name.ends_with("32") || name == "source";
            let size: u64 = if name == "source" { 4 } else { 0x10000 };
            for start in [
                0,
                4,
                5,
                0xfffc,
                0xffff,
                0x10000,
                0x10001,
                0x8000_0000,
                0xffff_ffff,
                1 << 32,
                u64::MAX - 3,
                u64::MAX,
            ] {
                for len in [
                    0,
                    1,
                    4,
                    5,
                    0x10000,
                    0x10001,
                    0xffff_ffff,
                    1 << 32,
                    u64::MAX - 3,
                    u64::MAX,
                ] {
                    let cut = |value: u64, narrow: bool| if narrow { value & 0xffff_ffff } else { value };
                    let length = cut(len, narrow || name == "init64");
                    let begin = cut(start, narrow);
                    let mut fits = u128::from(begin) + u128::from(length) <= u128::from(size);
                    if name.starts_with("init") {
                        fits &= length <= 4;
                    }
                    let outcome = call(
                        &mut store,
                        instance,
                        name,
                        &[(start as i64).into(), (len as i64).into()],
                    );
                    let what = format!("{engine_name}: {name} {start:#x} {len:#x}");
                    match outcome {
                        Ok(_) => assert!(fits, "{what} did not trap"),
                        Err(error) => {
                            assert!(!fits, "{what}: {error:?}");
                            assert_eq!(trap(&error), Some(Trap::MemoryOutOfBounds), "{what}: {error:?}");
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn growing_by_far_too_much_gives_minus_one() -> Result<()> {
    for (name, engine) in engines()? {
        let (mut store, instance) = instance_in(
            &engine,
            r#"(module (memory $m 1) (memory $w i64 1) (memory $few 1 2)
                (func (export "m") (param i32) (result i32) (memory.grow $m (local.get 0)))
                (func (export "w") (param i64) (result i64) (memory.grow $w (local.get 0)))
                (func (export "few") (param i32) (result i32) (memory.grow $few (local.get 0))))"#,
        )?;
        for delta in [0x1_0000, i32::MAX, i32::MIN, -1] {
            assert_eq!(
                number(&mut store, instance, "m", &[delta.into()])?,
                0xffff_ffff,
                "{name} {delta:#x}"
            );
        }
        for delta in [1i64 << 48, 1 << 47, i64::MAX, i64::MIN, -1] {
            assert_eq!(
                number(&mut store, instance, "w", &[delta.into()])?,
                u64::MAX,
                "{name} {delta:#x}"
            );
        }
        assert_eq!(
            number(&mut store, instance, "few", &[2.into()])?,
            0xffff_ffff,
            "{name}"
        );
        assert_eq!(number(&mut store, instance, "few", &[1.into()])?, 1, "{name}");
        assert_eq!(
            number(&mut store, instance, "few", &[1.into()])?,
            0xffff_ffff,
            "{name}"
        );
        assert_eq!(number(&mut store, instance, "few", &[0.into()])?, 2, "{name}");
    }
    Ok(())
}

/// What has been grown can be used, and nothing beyond it; old contents stay, new ones are zero.
#[test]
fn bounds_follow_a_memory_that_grows() -> Result<()> {
    for (name, engine) in engines()? {
        for index in ["i32", "i64"] {
            let (mut store, instance) = instance_in(
                &engine,
                &format!(
                    r#"(module (memory (export "m") {index} 0)
                        (func (export "grow") (param {index}) (result {index}) (memory.grow (local.get 0)))
                        (func (export "get") (param {index}) (result i32) (i32.load8_u (local.get 0)))
                        (func (export "set") (param {index}) (i32.store8 (local.get 0) (i32.const 9)))
                        (func (export "grow_and_get") (param {index}) (result i32)
                            (drop (i32.load8_u (i32.const 0)))
                            (drop (memory.grow (local.get 0))) (i32.load8_u ({index}.const 0))))"#
                )
                .replace(
                    "(i32.load8_u (i32.const 0))",
                    &format!("(i32.load8_u ({index}.const 0))"),
                ),
            )?;
            let value = |value: u64| {
                if index == "i64" {
                    Val::I64(value as i64)
                } else {
                    Val::I32(value as i32)
                }
            };
            let memory = instance.get_memory(&mut store, "m").context("exported")?;
            expect_trap(
                call(&mut store, instance, "get", &[value(0)]),
                Trap::MemoryOutOfBounds,
            );
            let mut pages = 0;
            for delta in [1, 2, 30, 300] {
                assert_eq!(
                    number(&mut store, instance, "grow", &[value(delta)])?,
                    pages,
                    "{name}"
                );
                pages += delta;
                let last = pages * 0x10000 - 1;
                assert_eq!(number(&mut store, instance, "get", &[value(last)])?, 0, "{name}");
                call(&mut store, instance, "set", &[value(last)])?;
                assert_eq!(memory.data(&store)[last as usize], 9, "{name}");
                expect_trap(
                    call(&mut store, instance, "get", &[value(last + 1)]),
                    Trap::MemoryOutOfBounds,
                );
                expect_trap(
                    call(&mut store, instance, "set", &[value(last + 1)]),
                    Trap::MemoryOutOfBounds,
                );
            }
            call(&mut store, instance, "set", &[value(0)])?;
            assert_eq!(
                number(&mut store, instance, "grow_and_get", &[value(1000)])?,
                9,
                "{name}"
            );
            assert_eq!(memory.grow(&mut store, 1)?, pages + 1000, "{name}");
            let nines = memory.data(&store).iter().filter(|&&byte| byte == 9).count();
            assert_eq!(nines, 5, "{name}: what was written before is what there is");
        }
    }
    Ok(())
}

/// A memory that had been another program's is empty, and ends where its own type says.
#[test]
fn memory_that_is_used_again_has_neither_the_old_contents_nor_the_old_size() -> Result<()> {
    for (name, engine) in engines()? {
        let modules = [
            r#"(module (memory (export "m") 40 100) (data (i32.const 0) "secret") (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))"#,
            r#"(module (memory (export "m") 2 100) (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))"#,
            r#"(module (memory (export "m") 0 100) (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))"#,
        ]
        .map(|text| Module::new(&engine, text));
        let modules: Vec<Module> = modules.into_iter().collect::<Result<_>>()?;
        for round in 0..12 {
            for module in &modules {
                let mut store = Store::new(&engine, ());
                let instance = Instance::new(&mut store, module, &[])?;
                let memory = instance.get_memory(&mut store, "m").context("exported")?;
                let data = memory.data(&store);
                let first = if data.starts_with(b"secret") { 6 } else { 0 };
                assert!(
                    data[first..].iter().all(|&byte| byte == 0),
                    "{name}: round {round}"
                );
                for beyond in [
                    data.len(),
                    data.len() + 1,
                    data.len() + 0xffff,
                    40 * 0x10000,
                    99 * 0x10000,
                ] {
                    if beyond >= memory.data_size(&store) {
                        let outcome = call(&mut store, instance, "get", &[Val::I32(beyond as i32)]);
                        expect_trap(outcome, Trap::MemoryOutOfBounds);
                    }
                }
                if round % 2 == 1 {
                    memory.grow(&mut store, 7)?;
                    assert!(
                        memory.data(&store)[first..].iter().all(|&byte| byte == 0),
                        "{name}: grown"
                    );
                }
                memory.data_mut(&mut store).fill(0xaa);
            }
        }
    }
    Ok(())
}

/// Contents that are mapped from an image are each instance's own.
#[test]
fn instances_of_a_large_image_do_not_share_what_they_write() -> Result<()> {
    let text = format!(
        r#"(module (memory (export "m") 8) (data (i32.const 1000) "{}") (data (i32.const 300000) "end"))"#,
        "x".repeat(200_000)
    );
    for cow in [true, false] {
        let mut config = Config::new();
        config.memory_init_cow(cow);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, &text)?;
        let fresh = |data: &[u8]| {
            let outside = |at: usize| !(1000..201_000).contains(&at) && !(300_000..300_003).contains(&at);
            data[1000..201_000].iter().all(|&byte| byte == b'x')
                && &data[300_000..300_003] == b"end"
                && data
                    .iter()
                    .enumerate()
                    .all(|(at, &byte)| byte == 0 || !outside(at))
        };
        let mut kept = Store::new(&engine, ());
        for _ in 0..6 {
            let mut store = Store::new(&engine, ());
            for store in [&mut kept, &mut store] {
                let memory = Instance::new(&mut *store, &module, &[])?
                    .get_memory(&mut *store, "m")
                    .context("m")?;
                assert!(fresh(memory.data(&*store)), "cow {cow}");
                memory.data_mut(&mut *store).fill(b'!');
                assert_eq!(memory.grow(&mut *store, 3)?, 8);
                assert!(
                    memory.data(&*store)[8 << 16..].iter().all(|&byte| byte == 0),
                    "cow {cow}: grown"
                );
                assert!(
                    memory.data(&*store)[..8 << 16].iter().all(|&byte| byte == b'!'),
                    "cow {cow}: kept"
                );
            }
        }
    }
    Ok(())
}

/// Memories without any pages, and of as few as their type allows.
#[test]
fn empty_memories_work() -> Result<()> {
    for (name, engine) in engines()? {
        for ty in ["0", "0 0", "0 1", "i64 0", "i64 0 0", "i64 0 1"] {
            let index = if ty.starts_with("i64") { "i64" } else { "i32" };
            let text = format!(
                r#"(module (memory {ty})
                    (func (export "load") (result i32) (i32.load8_u ({index}.const 0)))
                    (func (export "nothing") (param {index})
                        (memory.fill (local.get 0) (i32.const 1) ({index}.const 0)))
                    (func (export "size") (result {index}) (memory.size)))"#
            );
            let (mut store, instance) =
                instance_in(&engine, &text).with_context(|| format!("{name}: memory {ty}"))?;
            let value = |value: i32| {
                if index == "i64" {
                    Val::I64(value.into())
                } else {
                    Val::I32(value)
                }
            };
            expect_trap(call(&mut store, instance, "load", &[]), Trap::MemoryOutOfBounds);
            call(&mut store, instance, "nothing", &[value(0)])?;
            expect_trap(
                call(&mut store, instance, "nothing", &[value(1)]),
                Trap::MemoryOutOfBounds,
            );
            assert_eq!(
                number(&mut store, instance, "size", &[])?,
                0,
                "{name}: memory {ty}"
            );
        }
    }
    Ok(())
}

/// Pages of one byte: the memory ends between two pages of the system.
#[test]
fn a_memory_with_pages_of_one_byte_ends_where_it_should() -> Result<()> {
    for (name, engine) in engines()?.into_iter().skip(1) {
        let (mut store, instance) = instance_in(
            &engine,
            r#"(module (memory 10 1000 (pagesize 1))
                (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0)))
                (func (export "wide") (param i32) (result i64) (i64.load (local.get 0)))
                (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#,
        )?;
        assert_eq!(number(&mut store, instance, "get", &[9.into()])?, 0, "{name}");
        expect_trap(
            call(&mut store, instance, "get", &[10.into()]),
            Trap::MemoryOutOfBounds,
        );
        assert_eq!(number(&mut store, instance, "wide", &[2.into()])?, 0, "{name}");
        expect_trap(
            call(&mut store, instance, "wide", &[3.into()]),
            Trap::MemoryOutOfBounds,
        );
        assert_eq!(number(&mut store, instance, "grow", &[5.into()])?, 10, "{name}");
        assert_eq!(number(&mut store, instance, "get", &[14.into()])?, 0, "{name}");
        expect_trap(
            call(&mut store, instance, "get", &[15.into()]),
            Trap::MemoryOutOfBounds,
        );
        assert_eq!(
            number(&mut store, instance, "grow", &[986.into()])?,
            0xffff_ffff,
            "{name}"
        );
    }
    Ok(())
}
