//! Scripts of this project, for what the specification's suite leaves out. They run with all features, as usual, with
//! collections at every allocation, and those that concern the compiler with the register allocator of very large functions.
#![allow(clippy::unwrap_used)]

use transom::{Config, Engine, RegallocAlgorithm, Tiers};
use transom_wast::{Runner, Settings};

fn run(script: &str, configure: impl Fn(&mut Config)) {
    let mut config = transom_wast::config();
    config.wasm_legacy_exceptions(true);
    configure(&mut config);
    let engine = Engine::new(&config).unwrap();
    let outcomes = Runner::new(&engine).unwrap().run(script).unwrap();
    assert!(!outcomes.is_empty());
    let failures: Vec<_> = outcomes
        .iter()
        .filter(|outcome| !outcome.verdict.is_pass())
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Runs a script with collections at every allocation, compiled by either compiler, by the second after the first while functions run,
/// and by both in several mixtures: half of the time with garbage in the bits that are undefined where functions meet.
fn run_in_tiers(script: &str, configure: impl Fn(&mut Config)) {
    let mixtures = (0..16).map(Tiers::Mixed);
    let pure = [
        Tiers::Optimized,
        Tiers::Optimized,
        Tiers::Baseline,
        Tiers::Baseline,
    ];
    let replaced = [0, 0, 100, 300].map(Tiers::Replaced);
    let expecting = (0..4).map(Tiers::Expecting);
    for (index, tiers) in pure
        .into_iter()
        .chain(replaced)
        .chain(expecting)
        .chain(mixtures)
        .enumerate()
    {
        run(script, |config| {
            configure(config);
            config
                .tiers(tiers)
                .gc_zeal(true)
                .dirty_upper_halves(index % 2 == 0);
        });
    }
}

#[test]
fn legacy_exceptions() {
    let script = include_str!("scripts/legacy-exceptions.wast");
    run(script, |_| {});
    run(script, |config| {
        config.gc_zeal(true);
    });
    run(script, |config| {
        config
            .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass)
            .gc_zeal(true);
    });
    run_in_tiers(script, |_| {});
}

#[test]
fn threads() {
    let script = include_str!("scripts/threads.wast");
    for _ in 0..10 {
        run(script, |_| {});
    }
    run(script, |config| {
        config.gc_zeal(true);
    });
    run_in_tiers(script, |_| {});
}

#[test]
fn scripts_of_wasmtime() {
    let script = include_str!("scripts/wasmtime.wast");
    let configure = |config: &mut Config| Settings::of(script).unwrap().configure(config);
    run(script, configure);
    run(script, |config| {
        configure(config);
        config.gc_zeal(true);
    });
    run_in_tiers(script, configure);
}

/// A test of each script about what compilers have got wrong, named by its class, and of what functions of two compilers owe each
/// other.
macro_rules! tiers {
    ($($test:ident => $file:literal;)*) => {
        mod tiers {
            $(#[test]
            fn $test() {
                let script = include_str!(concat!("scripts/tiers/", $file));
                super::run(script, |_| {});
                super::run_in_tiers(script, |_| {});
            })*
        }
    };
}

tiers! {
    registers_that_callees_keep => "registers.wast";
    br_table_with_several_values => "br_table.wast";
    several_vectors_and_widths_of_slots => "vectors.wast";
    unreachable_code_and_handlers => "unreachable.wast";
    kinds_of_indices => "indices.wast";
    pages_of_one_byte => "bytes.wast";
}
