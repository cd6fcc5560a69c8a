//! Every setter of the `wasmtime` crate's `Config` works, has no effect that could be noticed, or is refused by `Engine::new` with an
//! error that names it, its value and the reason. The table has all of them, with each sort of value.

use std::path::Path;
use transom::error::Context as _;
use transom::*;

/// What becomes of a setter's value.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Outcome {
    /// The engine does what the setter says; other tests, of this file or of others, look at it.
    Works,
    /// There is nothing to do.
    Accepted,
    /// There can be no engine: the error has the value in this form, and a reason with this word.
    Refused(&'static str, &'static str),
}

use Outcome::{Accepted, Refused, Works};

type Row = (&'static str, fn(&mut Config) -> Result<()>, Outcome);

/// A row for each value of a setter: its name, the value, and the outcome.
macro_rules! rows {
    ($($name:ident($($value:expr),*) => $outcome:expr;)*) => {
        [$((stringify!($name), rows!(@call $name($($value),*)), $outcome)),*]
    };
    (@call target($($value:expr),*)) => { |config| config.target($($value),*).map(drop) };
    (@call module_version($($value:expr),*)) => { |config| config.module_version($($value),*).map(drop) };
    (@call $name:ident($($value:expr),*)) => { |config| { config.$name($($value),*); Ok(()) } };
}

const PROPOSALS: &[Row] = {
    const NO: Outcome = Refused("true", "not supported");
    &rows! {
        wasm_tail_call(true) => Works;
        wasm_tail_call(false) => Works;
        wasm_branch_hinting(true) => Accepted;
        wasm_branch_hinting(false) => Accepted;
        wasm_custom_page_sizes(true) => Works;
        wasm_custom_page_sizes(false) => Works;
        wasm_threads(true) => Works;
        wasm_threads(false) => Works;
        wasm_shared_everything_threads(true) => NO;
        wasm_shared_everything_threads(false) => Accepted;
        wasm_reference_types(true) => Works;
        wasm_reference_types(false) => Works;
        wasm_function_references(true) => Works;
        wasm_function_references(false) => Works;
        wasm_wide_arithmetic(true) => Works;
        wasm_wide_arithmetic(false) => Works;
        wasm_gc(true) => Works;
        wasm_gc(false) => Works;
        wasm_simd(true) => Works;
        wasm_simd(false) => Works;
        wasm_relaxed_simd(true) => Works;
        wasm_relaxed_simd(false) => Works;
        relaxed_simd_deterministic(true) => Works;
        relaxed_simd_deterministic(false) => Works;
        wasm_bulk_memory(true) => Works;
        wasm_bulk_memory(false) => Works;
        wasm_multi_value(true) => Works;
        wasm_multi_value(false) => Works;
        wasm_multi_memory(true) => Works;
        wasm_multi_memory(false) => Works;
        wasm_memory64(true) => Works;
        wasm_memory64(false) => Works;
        wasm_extended_const(true) => Works;
        wasm_extended_const(false) => Works;
        wasm_exceptions(true) => Works;
        wasm_exceptions(false) => Works;
        wasm_legacy_exceptions(true) => Works;
        wasm_legacy_exceptions(false) => Works;
        gc_support(true) => Works;
        gc_support(false) => Works;
        wasm_stack_switching(true) => NO;
        wasm_stack_switching(false) => Accepted;
        wasm_component_model(true) => Works;
        wasm_component_model(false) => Works;
        wasm_component_model_async(true) => Works;
        wasm_component_model_async(false) => Works;
        wasm_component_model_more_async_builtins(true) => NO;
        wasm_component_model_more_async_builtins(false) => Accepted;
        wasm_component_model_async_stackful(true) => NO;
        wasm_component_model_async_stackful(false) => Accepted;
        wasm_component_model_threading(true) => NO;
        wasm_component_model_threading(false) => Accepted;
        wasm_component_model_error_context(true) => NO;
        wasm_component_model_error_context(false) => Accepted;
        wasm_component_model_gc(true) => NO;
        wasm_component_model_gc(false) => Accepted;
        wasm_component_model_map(true) => Works;
        wasm_component_model_map(false) => Works;
        wasm_component_model_memory64(true) => NO;
        wasm_component_model_memory64(false) => Accepted;
        wasm_component_model_fixed_length_lists(true) => NO;
        wasm_component_model_fixed_length_lists(false) => Accepted;
        wasm_component_model_implements(true) => Works;
        wasm_component_model_implements(false) => Works;
        wasm_features(WasmFeatures::MEMORY_CONTROL, true) => Refused("WasmFeatures::MEMORY_CONTROL, true", "not supported");
        wasm_features(WasmFeatures::MEMORY_CONTROL, false) => Accepted;
    }
};

const MEMORIES: &[Row] = &rows! {
    memory_reservation(1 << 20) => Works;
    memory_guard_size(1 << 20) => Works;
    memory_may_move(true) => Works;
    memory_may_move(false) => Works;
    memory_reservation_for_growth(0) => Works;
    guard_before_linear_memory(true) => Works;
    guard_before_linear_memory(false) => Works;
    shared_memory(true) => Works;
    shared_memory(false) => Works;
    memory_init_cow(true) => Works;
    memory_init_cow(false) => Works;
    force_memory_init_memfd(true) => Accepted;
    force_memory_init_memfd(false) => Accepted;
    memory_guaranteed_dense_image_size(0) => Accepted;
    table_lazy_init(true) => Accepted;
    table_lazy_init(false) => Accepted;
    cache(None) => Accepted;
        allocation_strategy(InstanceAllocationStrategy::OnDemand) => Works;
        allocation_strategy(InstanceAllocationStrategy::pooling()) => Works;
    allocation_strategy(PoolingAllocationConfig::new().memory_protection_keys(Enabled::Yes).clone()) =>
        Refused("InstanceAllocationStrategy::Pooling(..)", "keys");
    collector(Collector::Auto) => Works;
    collector(Collector::Copying) => Works;
    collector(Collector::DeferredReferenceCounting) => Refused("Collector::DeferredReferenceCounting", "one collector");
    collector(Collector::Null) => Refused("Collector::Null", "one collector");
    gc_heap_initial_size(1 << 20) => Accepted;
    gc_heap_reservation(1 << 20) => Accepted;
    gc_heap_reservation_for_growth(0) => Accepted;
    gc_heap_guard_size(0) => Accepted;
    gc_heap_may_move(true) => Accepted;
    gc_heap_may_move(false) => Accepted;
    max_wasm_stack(1 << 20) => Works;
    max_wasm_stack(0) => Refused("", "cannot be zero");
    async_stack_size(4 << 20) => Works;
    async_stack_size(0) => Refused("", "async_stack_size");
    async_stack_zeroing(true) => Works;
    async_stack_zeroing(false) => Works;
    async_support(true) => Accepted;
    async_support(false) => Accepted;
    concurrency_support(true) => Accepted;
    concurrency_support(false) => Accepted;
};

const CODE: &[Row] = &rows! {
    enable_compiler(true) => Works;
    enable_compiler(false) => Refused("false", "compiled before");
    target("x86_64-unknown-linux-gnu") => Works;
    target("aarch64-apple-darwin") => Refused("\"aarch64-apple-darwin\"", "machine that runs it");
    strategy(Strategy::Auto) => Works;
    strategy(Strategy::Cranelift) => Works;
    strategy(Strategy::Winch) => Works;
    debug_info(true) => Works;
    debug_info(false) => Accepted;
    debug_symbols(true) => Accepted;
    debug_symbols(false) => Accepted;
    guest_debug(true) => Refused("true", "debugging programs");
    guest_debug(false) => Accepted;
    native_unwind_info(true) => Refused("true", "frame pointers");
    native_unwind_info(false) => Accepted;
    generate_address_map(true) => Accepted;
    generate_address_map(false) => Accepted;
    coredump_on_trap(true) => Accepted;
    coredump_on_trap(false) => Accepted;
    wmemcheck(true) => Refused("true", "allocations");
    wmemcheck(false) => Accepted;
    signals_based_traps(true) => Works;
    signals_based_traps(false) => Refused("false", "hardware faults");
    rr(RRConfig::None) => Works;
    compiler_inlining(Inlining::Yes) => Accepted;
    compiler_inlining(Inlining::No) => Accepted;
    module_version(ModuleVersionStrategy::None) => Accepted;
    parallel_compilation(true) => Works;
    parallel_compilation(false) => Works;
    profiler(ProfilingStrategy::None) => Works;
    profiler(ProfilingStrategy::VTune) => Refused("ProfilingStrategy::VTune", "JitDump");
    profiler(ProfilingStrategy::Pulley) => Refused("ProfilingStrategy::Pulley", "interpreter");
    consume_fuel(true) => Works;
    consume_fuel(false) => Works;
    operator_cost(OperatorCost::default()) => Works;
    operator_cost(OperatorCost { I32Add: 2, ..OperatorCost::new() }) => Refused("other costs", "Store::set_fuel");
    epoch_interruption(true) => Works;
    epoch_interruption(false) => Works;
    cranelift_debug_verifier(true) => Works;
    cranelift_debug_verifier(false) => Works;
    cranelift_wasmtime_debug_checks(true) => Refused("true", "no such checks");
    cranelift_wasmtime_debug_checks(false) => Accepted;
    cranelift_opt_level(OptLevel::SpeedAndSize) => Works;
    cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass) => Works;
    cranelift_nan_canonicalization(true) => Works;
    cranelift_nan_canonicalization(false) => Works;
    cranelift_flag_set("enable_verifier", "true") => Works;
    cranelift_flag_set("opt_level", "best") => Refused("\"opt_level\", \"best\"", "cannot be changed");
    cranelift_flag_set("unwind_info", "true") => Refused("\"unwind_info\", \"true\"", "\"false\" here");
    cranelift_flag_set("unwind_info", "false") => Works;
    cranelift_flag_enable("preserve_frame_pointers") => Works;
    cranelift_flag_enable("no_such_flag") => Refused("\"no_such_flag\", \"true\"", "no such flag");
    emit_clif(Path::new("/")) => Works;
    wasm_backtrace_max_frames(None) => Works;
    wasm_backtrace_details(WasmBacktraceDetails::Enable) => Works;
    detect_host_feature(|_| None) => Accepted;
    x86_float_abi_ok(true) => Accepted;
    macos_use_mach_ports(true) => Accepted;
    debug_adapter_modules(true) => Accepted;
    metadata_for_internal_asserts(true) => Accepted;
    metadata_for_gc_heap_corruption(true) => Accepted;
};

fn check(rows: &[Row]) {
    for &(name, set, outcome) in rows {
        let mut config = Config::new();
        set(&mut config).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        match (Engine::new(&config), outcome) {
            (Ok(engine), Works | Accepted) => {
                let module = Module::new(&engine, "(module (func))");
                module.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            }
            (Err(error), Refused(value, reason)) => {
                let text = format!("{error:?}");
                let setter = name
                    .strip_suffix("flag_enable")
                    .map_or(name.to_owned(), |start| format!("{start}flag_set"));
                for part in [&setter, value, reason] {
                    assert!(text.contains(part), "{name}: {text} lacks {part}");
                }
            }
            (engine, outcome) => panic!("{name}: {outcome:?}, but {engine:?}"),
        }
    }
}

#[test]
fn proposals() {
    check(PROPOSALS);
}

#[test]
fn memories_and_stacks() {
    check(MEMORIES);
}

#[test]
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn code() {
    check(CODE);
}

/// What is refused can be taken back: the last value counts.
#[test]
fn the_last_value_counts() -> Result<()> {
    let mut config = Config::new();
    config
        .wasm_stack_switching(true)
        .debug_info(true)
        .collector(Collector::Null);
    config.cranelift_flag_set("opt_level", "best");
    assert!(Engine::new(&config).is_err());
    config
        .wasm_stack_switching(false)
        .debug_info(false)
        .collector(Collector::Auto);
    assert!(Engine::new(&config).is_err(), "the flag is left");
    config.cranelift_flag_set("opt_level", "none");
    Engine::new(&config)?;
    Ok(())
}

#[test]
fn texts_that_are_no_values() {
    let mut config = Config::new();
    assert!(config.target("the moon").is_err());
    assert!(
        config
            .module_version(ModuleVersionStrategy::Custom("x".repeat(256)))
            .is_err()
    );
    for inlining in [
        Inlining::Yes,
        Inlining::InterModuleAndIntraGc,
        Inlining::InterModule,
        Inlining::Intrinsics,
        Inlining::No,
    ] {
        assert_eq!(
            inlining.to_string().parse::<Inlining>().expect("its own text"),
            inlining
        );
    }
    assert!("perhaps".parse::<Inlining>().is_err());
}

type Switch = fn(&mut Config, bool) -> &mut Config;

/// A module for each proposal that can be disabled.
const USES: &[(Switch, &str)] = &[
    (Config::wasm_tail_call, "(func $f (return_call $f))"),
    (Config::wasm_custom_page_sizes, "(memory 1 (pagesize 1))"),
    (Config::wasm_threads, "(memory 1 1 shared)"),
    (Config::wasm_reference_types, "(table 1 externref)"),
    (Config::wasm_function_references, "(func (param (ref func)))"),
    (
        Config::wasm_wide_arithmetic,
        "(func (param i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 0)))",
    ),
    (Config::wasm_gc, "(type (struct))"),
    (Config::wasm_simd, "(func (param v128))"),
    (
        Config::wasm_relaxed_simd,
        "(func (param v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))",
    ),
    (
        Config::wasm_bulk_memory,
        "(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))",
    ),
    (
        Config::wasm_multi_value,
        "(func (result i32 i32) (i32.const 0) (i32.const 0))",
    ),
    (Config::wasm_multi_memory, "(memory 1) (memory 1)"),
    (Config::wasm_memory64, "(memory i64 1)"),
    (
        Config::wasm_extended_const,
        "(global i32 (i32.add (i32.const 1) (i32.const 1)))",
    ),
    (Config::wasm_exceptions, "(tag)"),
    (Config::wasm_legacy_exceptions, "(func try catch_all end)"),
    (Config::gc_support, "(table 1 externref)"),
];

#[test]
fn disabled_proposals_are_refused() -> Result<()> {
    for (set, text) in USES {
        for enable in [true, false] {
            let mut config = Config::new();
            set(&mut config, enable);
            let module = Module::new(&Engine::new(&config)?, format!("(module {text})"));
            assert_eq!(module.is_ok(), enable, "{text}: {:?}", module.err());
        }
    }
    Ok(())
}

/// Growth of a memory beyond its reservation, with and without room for more.
#[test]
fn moving_memories() -> Result<()> {
    let address_after = |config: &Config, pages: u64| -> Result<(usize, usize)> {
        let engine = Engine::new(config)?;
        let mut store = Store::new(&engine, ());
        let memory = Memory::new(&mut store, MemoryType::new(2, None))?;
        let before = memory.data_ptr(&store) as usize;
        memory.grow(&mut store, pages)?;
        Ok((before, memory.data_ptr(&store) as usize))
    };
    let mut config = Config::new();
    config
        .memory_reservation(1 << 16)
        .memory_reservation_for_growth(1 << 20);
    let (before, after) = address_after(&config, 16)?;
    assert_eq!(before, after, "it began with room for 16 pages");
    address_after(&config, 17)?;
    config.memory_may_move(false);
    let (before, after) = address_after(&config, 16)?;
    assert_eq!(before, after);
    assert!(address_after(&config, 17).is_err());
    Ok(())
}

#[test]
fn programs_without_shared_memories() -> Result<()> {
    let engine = Engine::new(Config::new().shared_memory(false))?;
    let module = Module::new(&engine, "(module (memory 1 1 shared))")?;
    let error =
        Instance::new(&mut Store::new(&engine, ()), &module, &[]).expect_err("it has a shared memory");
    assert!(format!("{error:?}").contains("shared_memory(false)"), "{error:?}");
    Ok(())
}

/// What an engine says is in effect follows the setters, and the defaults that depend on other settings.
#[test]
fn getters() -> Result<()> {
    let engine = Engine::default();
    assert_eq!(engine.get_strategy(), Some(Strategy::Tiered));
    assert!(engine.get_memory_may_move() && engine.get_shared_memory() && engine.get_memory_init_cow());
    assert_eq!(
        (engine.get_memory_reservation(), engine.get_async_stack_size()),
        (4 << 30, 2 << 20)
    );
    let mut config = Config::new();
    config
        .memory_may_move(false)
        .shared_memory(false)
        .memory_init_cow(false);
    config.max_wasm_stack(8 << 20).consume_fuel(true).wasm_gc(false);
    config
        .cranelift_opt_level(OptLevel::None)
        .cranelift_debug_verifier(true);
    let engine = Engine::new(&config)?;
    assert_eq!(engine.get_strategy(), Some(Strategy::Optimized));
    assert_eq!(engine.get_cranelift_opt_level(), Some(OptLevel::None));
    assert_eq!(engine.get_cranelift_debug_verifier(), Some(true));
    assert!(!engine.get_memory_may_move() && !engine.get_shared_memory() && !engine.get_memory_init_cow());
    assert!(engine.get_async_stack_size() > engine.get_max_wasm_stack() && engine.get_consume_fuel());
    assert!(!engine.get_wasm_features().contains(WasmFeatures::GC));
    assert_eq!(engine.get_gc_zeal_alloc_counter(), None);
    assert_eq!(engine.get_pooling_config(), None);
    let mut config = Config::new();
    config.gc_zeal_alloc_counter(std::num::NonZeroU32::new(5))?;
    // The first is a setting, the second a flag with the value that it has anyhow.
    config
        .cranelift_flag_set("opt_level", "speed")
        .cranelift_flag_enable("preserve_frame_pointers");
    let engine = Engine::new(&config)?;
    assert!(engine.get_gc_zeal_alloc_counter().is_some());
    let flags: Vec<_> = engine.get_cranelift_flags_set().collect();
    assert_eq!(flags, [("preserve_frame_pointers", "true")]);
    let enabled: Vec<_> = engine.get_cranelift_flags_enabled().collect();
    assert_eq!(enabled, ["preserve_frame_pointers"]);
    let target = engine.get_target().context("a target")?;
    assert!(Engine::new(Config::new().target(&target)?).is_ok());
    Ok(())
}

#[test]
fn a_thread_that_is_made_ready() -> Result<()> {
    Engine::tls_eager_initialize();
    Engine::tls_eager_initialize();
    let engine = Engine::default();
    assert!(!engine.is_pulley());
    let module = Module::new(
        &engine,
        r#"(module (memory 1) (func (export "f") (drop (i32.load (i32.const -1)))))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "f")?;
    assert_eq!(
        f.call(&mut store, ()).expect_err("it traps").downcast::<Trap>()?,
        Trap::MemoryOutOfBounds
    );
    Ok(())
}
