//! No setting that a host can write breaks the sandbox: each is tried over its whole range, and then either an engine, a
//! module or an instance can't be made, and the error says so, or programs do what they should.

use transom::*;

/// Zero, the largest value, and values around powers of two and pages.
const SIZES: [u64; 17] = [
    0,
    1,
    4095,
    4096,
    65_535,
    65_536,
    1 << 20,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 32) + 1,
    1 << 40,
    1 << 47,
    1 << 62,
    u64::MAX - 65_535,
    u64::MAX,
];

/// A program that uses its memory's edges, its stack, its heap and its table.
const PROGRAM: &str = r#"(module
    (type $list (struct (field (mut i32)) (field (ref null $list))))
    (memory 1 3)
    (table 4 8 funcref)
    (func (export "load") (param i32) (result i32) (i32.load offset=65532 (local.get 0)))
    (func (export "far") (param i32) (result i32) (i32.load offset=0xfffffff0 (local.get 0)))
    (func (export "middle") (param i32) (result i32) (i32.load offset=0x80000000 (local.get 0)))
    (func (export "grow") (result i32) (memory.grow (i32.const 1)))
    (func $recurse (export "recurse") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $recurse (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))
    (func (export "objects") (param $count i32) (result i32) (local $list (ref null $list)) (local $sum i32)
        (loop $make
            (local.set $list (struct.new $list (local.get $count) (local.get $list)))
            (br_if $make (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
        (loop $read
            (local.set $sum (i32.add (local.get $sum) (struct.get $list 0 (local.get $list))))
            (br_if $read (i32.eqz (ref.is_null (local.tee $list (struct.get $list 1 (local.get $list)))))))
        (local.get $sum))
    (func (export "indirect") (param i32) (call_indirect (local.get 0))))"#;

/// Runs the program; errors are those of a setting that asks for what the system has not.
fn run(config: &Config) -> Result<()> {
    let engine = Engine::new(config)?;
    let module = Module::new(&engine, PROGRAM)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let mut call = |name: &str, argument: Option<i32>| {
        let function = instance.get_func(&mut store, name).expect("it is exported");
        let results = function.ty(&store).results().len();
        let mut values = vec![Val::I32(0); results];
        let arguments: Vec<_> = argument.map(Val::I32).into_iter().collect();
        let result = function.call(&mut store, &arguments, &mut values);
        result
            .map(|()| values.first().map_or(0, Val::unwrap_i32))
            .map_err(|error| *error.downcast_ref::<Trap>().expect("a trap"))
    };
    let outside = Err(Trap::MemoryOutOfBounds);
    assert_eq!(call("load", Some(0)), Ok(0));
    assert_eq!(call("load", Some(1)), outside);
    for name in ["far", "middle"] {
        for index in [0, 16, 1 << 20, i32::MAX, i32::MIN, -1, -16, -65_536] {
            assert_eq!(call(name, Some(index)), outside, "{name} {index:#x}");
        }
    }
    let grown = call("grow", None);
    assert!(grown == Ok(1) || grown == Err(Trap::StackOverflow), "{grown:?}");
    if grown.is_ok() {
        assert_eq!(call("load", Some(65_536)), Ok(0));
    }
    assert_eq!(call("load", Some(65_537)), outside);
    for depth in [10, 1_000_000_000] {
        let end = call("recurse", Some(depth));
        assert!(end == Ok(depth) || end == Err(Trap::StackOverflow), "{end:?}");
    }
    for count in [1, 100_000] {
        let sum = call("objects", Some(count));
        let expected = (i64::from(count) * (i64::from(count) + 1) / 2) as i32;
        let ends = [Ok(expected), Err(Trap::HeapOutOfMemory), Err(Trap::StackOverflow)];
        assert!(ends.contains(&sum), "{sum:?}");
    }
    for (index, trap) in [(3, Trap::IndirectCallToNull), (4, Trap::TableOutOfBounds)] {
        let end = call("indirect", Some(index)).expect_err("there is nothing to call");
        assert!(end == trap || end == Trap::StackOverflow, "{end:?}");
    }
    Ok(())
}

/// Tries a setting; with `always`, no value of it may be refused.
fn check(always: bool, set: impl Fn(&mut Config, u64)) {
    for size in SIZES {
        let mut config = Config::new();
        set(&mut config, size);
        if let Err(error) = run(&config) {
            assert!(!always, "{size:#x}: {error:?}");
            let text = format!("{error:?}");
            assert!(
                text.contains("address space") || text.contains("memory") || text.contains("heap"),
                "{size:#x}: {text}"
            );
        }
    }
}

#[test]
fn reservations() {
    check(false, |config, size| {
        config.memory_reservation(size);
    });
}

#[test]
fn guards() {
    check(false, |config, size| {
        config.memory_guard_size(size);
    });
    check(false, |config, size| {
        config.memory_guard_size(size).guard_before_linear_memory(false);
    });
    check(false, |config, size| {
        config.memory_guard_size(size).memory_reservation(1 << 20);
    });
}

#[test]
fn stacks() {
    check(true, |config, size| {
        config.max_wasm_stack(size.max(1) as usize);
    });
}

#[test]
fn heaps() {
    check(false, |config, size| {
        config.gc_heap_max_size(size);
    });
    check(true, |config, size| {
        let size = size.min(u64::from(u32::MAX)) as u32;
        config.gc_nursery_size(size, 0);
    });
    check(true, |config, size| {
        let size = size.min(u64::from(u32::MAX)) as u32;
        config.gc_nursery_size(0, size);
    });
    check(true, |config, size| {
        let size = size.min(u64::from(u32::MAX)) as u32;
        config.gc_nursery_size(size, size).gc_heap_max_size(1 << 20);
    });
}

#[test]
fn backtraces() {
    check(true, |config, size| {
        config.wasm_backtrace_max_frames(std::num::NonZeroUsize::new(size as usize));
    });
}

#[test]
fn switches() {
    for bits in 0..128 {
        let bit = |bit: u32| bits >> bit & 1 != 0;
        let mut config = Config::new();
        config
            .memory_init_cow(bit(0))
            .parallel_compilation(bit(1))
            .speculation_masks(bit(2));
        config
            .cranelift_nan_canonicalization(bit(3))
            .guard_before_linear_memory(bit(4));
        config.cranelift_opt_level(if bit(5) { OptLevel::None } else { OptLevel::Speed });
        if bit(6) {
            config.cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
        }
        run(&config).expect("switches ask for nothing");
    }
}
