//! Compiling modules by both compilers in many configurations, with Cranelift's verifier, which debug assertions switch on.
//!
//! A valid module compiles, or is refused with an error, under whatever configuration; and a valid module of `wasm-smith` always
//! compiles.

use crate::decode::features;
use crate::smith;
use std::sync::OnceLock;
use transom::{Config, Engine, Module, OptLevel, Tiers};

/// How many bits choose a configuration.
const BITS: u32 = 7;

/// The configuration that bits stand for.
fn config(bits: usize) -> Config {
    let flag = |bit: usize| bits & (1 << bit) != 0;
    let mut config = Config::new();
    config
        .wasm_features(features(), true)
        .parallel_compilation(false)
        .consume_fuel(flag(1))
        .cranelift_nan_canonicalization(flag(2))
        .relaxed_simd_deterministic(flag(2))
        .gc_zeal(flag(5))
        .tiers(if flag(6) {
            Tiers::Baseline
        } else {
            Tiers::Optimized
        });
    if flag(0) {
        config.cranelift_opt_level(OptLevel::None);
    }
    match (flag(3), flag(4)) {
        (false, false) => {}
        (true, false) => {
            config.memory_reservation(0).memory_guard_size(0);
        }
        (false, true) => {
            config.memory_guard_size(0);
        }
        (true, true) => {
            config.memory_reservation(1 << 20).memory_guard_size(1 << 16);
        }
    }
    config
}

/// Engines are made once.
fn engine(bits: usize) -> &'static Engine {
    static ENGINES: [OnceLock<Engine>; 1 << BITS] = [const { OnceLock::new() }; 1 << BITS];
    ENGINES[bits].get_or_init(|| Engine::new(&config(bits)).expect("the machine has what Transom needs"))
}

/// Compiles the module that the input stands for; its last byte chooses the configuration.
pub fn check(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_last() else {
        return;
    };
    let Some(binary) = smith::any(bytes) else { return };
    let engine = engine(usize::from(*choice) % (1 << BITS));
    let valid = Module::validate(engine, &binary);
    match (valid, Module::from_binary(engine, &binary)) {
        (Ok(()), Ok(module)) => {
            let _ = (
                module.text().len(),
                module.imports().count(),
                module.exports().count(),
            );
        }
        (Ok(()), Err(error)) => panic!("a valid module is refused: {error:#}"),
        (Err(error), _) if !bytes.starts_with(smith::MAGIC) => {
            panic!("a module of `wasm-smith` is invalid: {error:#}");
        }
        (Err(_), Ok(_)) => panic!("an invalid module compiles"),
        (Err(_), Err(_)) => {}
    }
}
