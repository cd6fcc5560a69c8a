//! `wasmi`, an independent engine.

use super::instance::{FUEL, Instance};
use super::outcome::{Outcome, State, hash};
use std::sync::OnceLock;
use transom::{Trap, WasmFeatures};
use wasmi::{Config, Engine, Extern, Linker, Module, Store, TrapCode, Val};

/// What it has of the language.
pub fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::MEMORY64
        | WasmFeatures::WIDE_ARITHMETIC
        | WasmFeatures::CUSTOM_PAGE_SIZES
        | WasmFeatures::GC_TYPES
}

/// Made once for all inputs.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::default();
        config
            .consume_fuel(true)
            .wasm_multi_memory(true)
            .wasm_memory64(true)
            .wasm_tail_call(true)
            .wasm_extended_const(true)
            .wasm_custom_page_sizes(true)
            .wasm_wide_arithmetic(true)
            .wasm_simd(true);
        Engine::new(&config)
    })
}

struct Peer {
    store: Store<()>,
    instance: wasmi::Instance,
}

/// Compiles and instantiates a module that imports nothing.
pub fn instantiate(binary: &[u8]) -> Result<Box<dyn Instance>, Outcome> {
    let refused = |error: wasmi::Error| Outcome::Other(format!("refused: {error}"));
    let module = Module::new(engine(), binary).map_err(refused)?;
    let mut store = Store::new(engine(), ());
    store.set_fuel(10 * FUEL).expect("fuel is counted");
    let linker = Linker::new(engine());
    let instance = linker
        .instantiate_and_start(&mut store, &module)
        .map_err(|error| outcome(&error))?;
    Ok(Box::new(Peer { store, instance }))
}

impl Instance for Peer {
    fn call(&mut self, name: &str) -> Outcome {
        // Its instructions are others, so it gets enough for whatever Transom can do with its own.
        self.store.set_fuel(10 * FUEL).expect("fuel is counted");
        let func = self
            .instance
            .get_func(&self.store, name)
            .expect("the driver is exported");
        let count = func.ty(&self.store).results().len();
        let mut results = vec![Val::I64(0); count];
        if let Err(error) = func.call(&mut self.store, &[], &mut results) {
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
        for export in self.instance.exports(&self.store) {
            let name = export.name().to_owned();
            match export.into_extern() {
                Extern::Memory(memory) => {
                    let bytes = memory.data(&self.store);
                    state.memories.insert(name, (bytes.len(), hash(bytes)));
                }
                Extern::Global(global) => {
                    let bits = match global.get(&self.store) {
                        Val::I32(value) => u128::from(value as u32),
                        Val::I64(value) => u128::from(value as u64),
                        Val::F32(value) => value.to_bits().into(),
                        Val::F64(value) => value.to_bits().into(),
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
        None
    }
}

fn outcome(error: &wasmi::Error) -> Outcome {
    let trap = match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => Trap::UnreachableCodeReached,
        Some(TrapCode::MemoryOutOfBounds) => Trap::MemoryOutOfBounds,
        Some(TrapCode::TableOutOfBounds) => Trap::TableOutOfBounds,
        Some(TrapCode::IndirectCallToNull) => Trap::IndirectCallToNull,
        Some(TrapCode::IntegerDivisionByZero) => Trap::IntegerDivisionByZero,
        Some(TrapCode::IntegerOverflow) => Trap::IntegerOverflow,
        Some(TrapCode::BadConversionToInteger) => Trap::BadConversionToInteger,
        Some(TrapCode::BadSignature) => Trap::BadSignature,
        Some(
            TrapCode::StackOverflow
            | TrapCode::OutOfFuel
            | TrapCode::GrowthOperationLimited
            | TrapCode::OutOfSystemMemory,
        ) => return Outcome::Limit,
        // Segments that do not fit are no traps to it, but to the specification.
        None => match error.to_string() {
            text if text.starts_with("out of bounds table access") => Trap::TableOutOfBounds,
            text if text.starts_with("out of bounds memory access") => Trap::MemoryOutOfBounds,
            text => return Outcome::Other(text),
        },
    };
    Outcome::Trap(trap.message())
}
