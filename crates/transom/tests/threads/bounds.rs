//! Where atomic accesses may be, and memories whose pages are single bytes.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

const SIZES: [(u64, &str); 4] = [
    (
        1,
        "(i64.extend_i32_u (i32.atomic.rmw8.add_u OFFSET (INDEX) (i32.const 1)))",
    ),
    (2, "(i64.extend_i32_u (i32.atomic.load16_u OFFSET (INDEX)))"),
    (
        4,
        "(i64.extend_i32_u (i32.atomic.rmw.cmpxchg OFFSET (INDEX) (i32.const 0) (i32.const 0)))",
    ),
    (8, "(i64.atomic.store OFFSET (INDEX) (i64.const 0)) (i64.const 0)"),
];

/// Calls an access at an index, and holds the outcome against the rules: aligned first, inside second.
fn check(memory: &str, length: u64, offset: u64, engine: &Engine) -> Result<()> {
    let wide = memory.starts_with("i64");
    let index = if wide {
        "local.get 0"
    } else {
        "i32.wrap_i64 (local.get 0)"
    };
    let funcs = SIZES.iter().map(|(size, body)| {
        let body = body
            .replace("OFFSET", &format!("offset={offset}"))
            .replace("INDEX", index);
        format!("(func (export \"{size}\") (param i64) (result i64) {body})")
    });
    let text = format!("(module (memory {memory}) {})", funcs.collect::<String>());
    let (mut store, instance) = instance_in(engine, &text)?;
    for (size, _) in SIZES {
        let func = instance.get_typed_func::<u64, u64>(&mut store, &size.to_string())?;
        let last = if wide { u64::MAX } else { u64::from(u32::MAX) };
        let near = length.saturating_sub(offset);
        let indices = (near.saturating_sub(18)..near + 18)
            .chain(0..9)
            .chain(last - 9..=last);
        for index in indices.filter(|&index| index <= last) {
            let address = u128::from(index) + u128::from(offset);
            let outcome = func.call(&mut store, index);
            let context = format!("{memory}: {size} bytes at {index:#x}+{offset:#x}: {outcome:?}");
            let expected = if !address.is_multiple_of(size.into()) {
                Some(Trap::HeapMisaligned)
            } else if address + u128::from(size) > length.into() {
                Some(Trap::MemoryOutOfBounds)
            } else {
                None
            };
            assert_eq!(outcome.err().as_ref().and_then(trap), expected, "{context}");
        }
    }
    Ok(())
}

fn everything() -> Config {
    let mut config = Config::new();
    config.wasm_custom_page_sizes(true);
    config
}

#[test]
fn alignment_comes_first_and_bounds_second() -> Result<()> {
    let reserved = Engine::new(&everything())?;
    let checked = Engine::new(everything().memory_reservation(1 << 16))?;
    for engine in [&reserved, &checked] {
        for offset in [0, 1, 3, 8, 65_535, 65_536, 1 << 25, u64::from(u32::MAX)] {
            check("1 2 shared", 1 << 16, offset, engine)?;
            check("1", 1 << 16, offset, engine)?;
            check("i64 1 2 shared", 1 << 16, offset, engine)?;
            check("13 (pagesize 1)", 13, offset, engine)?;
            check("27 40 shared (pagesize 1)", 27, offset, engine)?;
        }
        for offset in [u64::MAX, u64::MAX - 7, 1 << 63] {
            check("i64 1", 1 << 16, offset, engine)?;
        }
    }
    Ok(())
}

#[test]
fn what_is_wrong_is_said() -> Result<()> {
    let (mut store, instance) = instance(
        r#"(module (memory 1)
            (func (export "load") (param i32) (result i64) (i64.atomic.load offset=4 (local.get 0)))
            (func (export "notify") (param i32) (result i32)
                (memory.atomic.notify offset=4 (local.get 0) (i32.const 1)))
            (func (export "wait") (param i32) (result i32)
                (memory.atomic.wait64 offset=8 (local.get 0) (i64.const 0) (i64.const 0))))"#,
    )?;
    let mut said = |name: &str, index: i32| match call(&mut store, instance, name, &[Val::I32(index)]) {
        Ok(values) => format!("{values:?}"),
        Err(error) => format!("{error:#}"),
    };
    assert!(said("load", 3).contains("address 0x7 is not a multiple of 8"));
    assert!(said("load", 0xfffc).contains("address 0x10000 in a memory of 0x10000 bytes"));
    assert!(said("notify", 1).contains("address 0x5 is not a multiple of 4"));
    assert!(said("notify", 0xfffc).contains("address 0x10000 in a memory of 0x10000 bytes"));
    assert_eq!(said("notify", 0), "[I32(0)]");
    assert!(said("wait", 4).contains("address 0xc is not a multiple of 8"));
    assert!(said("wait", -8).contains("out of bounds memory access"));
    assert!(said("wait", 0).contains("atomic wait on non-shared memory"));
    Ok(())
}

/// A memory of single bytes has an end at every byte, and grows by bytes.
#[test]
fn pages_of_one_byte() -> Result<()> {
    const TEXT: &str = r#"(module
        (memory (export "m") 0 70000 (pagesize 1))
        (func (export "load8") (param i32) (drop (i32.load8_u (local.get 0))))
        (func (export "load16") (param i32) (drop (i32.load16_u (local.get 0))))
        (func (export "load32") (param i32) (drop (i32.load (local.get 0))))
        (func (export "load64") (param i32) (drop (i64.load (local.get 0))))
        (func (export "store128") (param i32) (v128.store (local.get 0) (v128.const i64x2 0 0)))
        (func (export "fill") (param i32) (memory.fill (local.get 0) (i32.const 7) (i32.const 3)))
        (func (export "size") (result i32) (memory.size))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    for mut config in [everything(), everything().memory_reservation(0).clone()] {
        let engine = Engine::new(&config.memory_guard_size(1 << 16).clone())?;
        let (mut store, instance) = instance_in(&engine, TEXT)?;
        let memory = instance.get_memory(&mut store, "m").context("exported")?;
        assert_eq!((memory.page_size(&store), memory.page_size_log2(&store)), (1, 0));
        let mut length = 0;
        for delta in [0, 1, 1, 1, 1, 3, 4, 4, 1, 16, 4064, 1, 61440, 1] {
            let before = number(&mut store, instance, "grow", &[Val::I32(delta)])?;
            assert_eq!(before, length);
            length += delta as u64;
            assert_eq!(number(&mut store, instance, "size", &[])?, length);
            let sizes = (
                memory.size(&store),
                memory.data_size(&store) as u64,
                memory.data(&store).len() as u64,
            );
            assert_eq!(sizes, (length, length, length));
            for (name, size) in [
                ("load8", 1),
                ("load16", 2),
                ("load32", 4),
                ("load64", 8),
                ("store128", 16),
                ("fill", 3),
            ] {
                for index in length.saturating_sub(20)..length + 20 {
                    let outcome = call(&mut store, instance, name, &[Val::I32(index as i32)]);
                    let expected = (index + size > length).then_some(Trap::MemoryOutOfBounds);
                    let actual = outcome.err().as_ref().and_then(trap);
                    assert_eq!(actual, expected, "{name} at {index} of {length}");
                }
            }
        }
        let over = 70_001 - length as i32;
        assert_eq!(
            number(&mut store, instance, "grow", &[Val::I32(over)])?,
            u64::from(u32::MAX)
        );
        assert!(memory.grow(&mut store, over as u64).is_err());
        assert_eq!(memory.grow(&mut store, over as u64 - 1)?, length);
        assert_eq!((memory.size(&store), memory.data(&store).len()), (70_000, 70_000));
    }
    Ok(())
}

#[test]
fn types_and_limits_of_pages_of_one_byte() -> Result<()> {
    let engine = Engine::new(&everything())?;
    let build = |log2: u8, min: u64, max: Option<u64>| {
        MemoryTypeBuilder::default()
            .page_size_log2(log2)
            .min(min)
            .max(max)
            .build()
    };
    let ty = build(0, 5, Some(9))?;
    assert_eq!(
        (ty.page_size(), ty.page_size_log2(), ty.minimum(), ty.maximum()),
        (1, 0, 5, Some(9))
    );
    assert!(build(0, u64::from(u32::MAX), None).is_ok());
    assert!(
        build(0, 1 << 32, None).is_err() || cfg!(any()),
        "a 32-bit memory of bytes has fewer than 2^32"
    );
    assert!(build(16, 1 << 16, None).is_ok() && build(16, (1 << 16) + 1, None).is_err());
    assert!(build(1, 0, None).is_err());
    let mut store = Store::new(&engine, StoreLimitsBuilder::new().memory_size(7).build());
    store.limiter(|limits| limits);
    let memory = Memory::new(&mut store, ty)?;
    assert_eq!(memory.data(&store).len(), 5);
    assert_eq!(memory.grow(&mut store, 2)?, 5);
    assert!(memory.grow(&mut store, 1).is_err(), "the limit is 7 bytes");
    // Only a memory of the same page size can be imported.
    let module = Module::new(&engine, "(module (import \"\" \"m\" (memory 1)))")?;
    let error = Instance::new(&mut store, &module, &[memory.into()]).unwrap_err();
    assert!(error.to_string().contains("page"), "{error:#}");
    Ok(())
}

/// A memory of single bytes can't grow to a size that its own type can't tell.
#[test]
fn a_memory_of_bytes_ends_before_four_gigabytes() -> Result<()> {
    let engine = Engine::new(&everything())?;
    let (mut store, instance) = instance_in(
        &engine,
        r#"(module (memory 0 (pagesize 1))
            (func (export "size") (result i32) (memory.size))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "last") (param i32) (result i32) (i32.load8_u (local.get 0))))"#,
    )?;
    assert_eq!(number(&mut store, instance, "grow", &[Val::I32(-1)])?, 0);
    assert_eq!(number(&mut store, instance, "size", &[])?, u64::from(u32::MAX));
    assert_eq!(number(&mut store, instance, "last", &[Val::I32(-2)])?, 0);
    expect_trap(
        call(&mut store, instance, "last", &[Val::I32(-1)]),
        Trap::MemoryOutOfBounds,
    );
    assert_eq!(
        number(&mut store, instance, "grow", &[Val::I32(1)])?,
        u64::from(u32::MAX)
    );
    assert_eq!(number(&mut store, instance, "size", &[])?, u64::from(u32::MAX));
    Ok(())
}
