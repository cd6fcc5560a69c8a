//! Transom in each of its configurations.

use super::instance::{FUEL, Instance};
use super::outcome::{Outcome, State, hash};
use crate::decode::features;
use std::sync::OnceLock;
use transom::{
    Config, Engine, Extern, Module, OptLevel, Store, StoreLimits, StoreLimitsBuilder, ThrownException, Tiers,
};
use transom::{Trap, Val};

/// How many configurations there are.
pub const CONFIGURATIONS: usize = 14;
/// Which of two for each of: fuel, canonical NaNs.
const VARIANTS: usize = 4;
/// Bytes of a memory or the heap.
const MEMORY: usize = 16 << 20;
/// Elements of a table.
const ELEMENTS: usize = 1 << 16;

/// How to compile and run.
#[derive(Debug, Clone, Copy)]
pub struct Flavour {
    /// One of [`CONFIGURATIONS`].
    pub configuration: usize,
    /// Whether to count fuel.
    pub fuel: bool,
    /// Whether arithmetic makes canonical NaNs only.
    pub canonical: bool,
}

impl Flavour {
    fn config(self) -> Config {
        let mut config = Config::new();
        config
            .wasm_features(features(), true)
            .relaxed_simd_deterministic(true)
            .parallel_compilation(false)
            .consume_fuel(self.fuel)
            .cranelift_nan_canonicalization(self.canonical)
            .gc_heap_max_size(MEMORY as u64);
        match self.configuration {
            0 => config.tiers(Tiers::Optimized),
            1 => config.cranelift_opt_level(OptLevel::None),
            2 => config
                .tiers(Tiers::Optimized)
                .memory_reservation(0)
                .memory_guard_size(0),
            3 => config.tiers(Tiers::Optimized).gc_zeal(true).gc_nursery_size(0, 0),
            4 => config.tiers(Tiers::Baseline),
            5 => config
                .tiers(Tiers::Baseline)
                .memory_reservation(0)
                .memory_guard_size(0),
            6 => config.tiers(Tiers::Baseline).gc_zeal(true).gc_nursery_size(0, 0),
            7 => config
                .tiers(Tiers::Mixed(1))
                .dirty_upper_halves(true)
                .gc_zeal(true)
                .gc_nursery_size(0, 0),
            8 => config
                .tiers(Tiers::Replaced(0))
                .dirty_upper_halves(true)
                .gc_zeal(true)
                .gc_nursery_size(0, 0),
            9 => config
                .tiers(Tiers::Replaced(150))
                .dirty_upper_halves(true)
                .memory_reservation(0)
                .memory_guard_size(0),
            // As users have it: in the background.
            10 => &mut config,
            11 => config.tiers(Tiers::Expecting(1)).dirty_upper_halves(true),
            12 => config
                .tiers(Tiers::Replaced(2000))
                .gc_zeal(true)
                .gc_nursery_size(0, 0),
            _ => config
                .cranelift_opt_level(OptLevel::None)
                .memory_reservation(1 << 17)
                .memory_guard_size(1 << 16)
                .memory_init_cow(false),
        };
        config
    }

    /// Made once: an engine is shared by all inputs.
    fn engine(self) -> &'static Engine {
        static ENGINES: [OnceLock<Engine>; CONFIGURATIONS * VARIANTS] =
            [const { OnceLock::new() }; CONFIGURATIONS * VARIANTS];
        let index = self.configuration * VARIANTS + usize::from(self.fuel) * 2 + usize::from(self.canonical);
        ENGINES[index]
            .get_or_init(|| Engine::new(&self.config()).expect("the machine has what Transom needs"))
    }
}

struct Own {
    store: Store<StoreLimits>,
    instance: transom::Instance,
    fuel: bool,
}

/// Compiles and instantiates a module that imports nothing.
pub fn instantiate(binary: &[u8], flavour: Flavour) -> Result<Box<dyn Instance>, Outcome> {
    let engine = flavour.engine();
    let module =
        Module::from_binary(engine, binary).map_err(|error| Outcome::Other(format!("refused: {error:#}")))?;
    let limits = StoreLimitsBuilder::new()
        .memory_size(MEMORY)
        .table_elements(ELEMENTS)
        .build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits| limits);
    if flavour.fuel {
        store.set_fuel(FUEL).expect("fuel is counted");
    }
    let instance = transom::Instance::new(&mut store, &module, &[]).map_err(|error| outcome(&error))?;
    Ok(Box::new(Own {
        store,
        instance,
        fuel: flavour.fuel,
    }))
}

impl Instance for Own {
    fn call(&mut self, name: &str) -> Outcome {
        if self.fuel {
            self.store.set_fuel(FUEL).expect("fuel is counted");
        }
        let func = self
            .instance
            .get_func(&mut self.store, name)
            .expect("the driver is exported");
        let count = func.ty(&self.store).results().len();
        let mut results = vec![Val::I64(0); count];
        if let Err(error) = func.call(&mut self.store, &[], &mut results) {
            let _ = format!("{error:?}");
            return outcome(&error);
        }
        let number = |value: &Val| match value {
            Val::I32(value) => i64::from(*value),
            Val::I64(value) => *value,
            other => panic!("drivers return integers, and this is {other:?}"),
        };
        Outcome::Values(results.iter().map(number).collect())
    }

    fn state(&mut self) -> State {
        let mut state = State::default();
        let exports = self.instance.exports(&mut self.store);
        let exports: Vec<_> = exports
            .map(|export| (export.name().to_owned(), export.into_extern()))
            .collect();
        for (name, export) in exports {
            match export {
                Extern::Memory(memory) => {
                    let bytes = memory.data(&self.store);
                    state.memories.insert(name, (bytes.len(), hash(bytes)));
                }
                Extern::Global(global) => {
                    let bits = match global.get(&mut self.store) {
                        Val::I32(value) => u128::from(value as u32),
                        Val::I64(value) => u128::from(value as u64),
                        Val::F32(bits) => bits.into(),
                        Val::F64(bits) => bits.into(),
                        Val::V128(vector) => vector.as_u128(),
                        _ => continue,
                    };
                    state.globals.insert(name, bits);
                }
                _ => {}
            }
        }
        state
    }

    fn fuel(&self) -> Option<u64> {
        self.fuel.then(|| self.store.get_fuel().expect("fuel is counted"))
    }
}

fn outcome(error: &transom::Error) -> Outcome {
    if error.downcast_ref::<ThrownException>().is_some() {
        return Outcome::Exception;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow | Trap::HeapOutOfMemory | Trap::Interrupt | Trap::OutOfFuel) => {
            Outcome::Limit
        }
        Some(Trap::AllocationTooLarge) => Outcome::Limit,
        Some(trap) => Outcome::Trap(trap.message()),
        // Limits of the store, and memory that the system has not.
        None => Outcome::Limit,
    }
}
