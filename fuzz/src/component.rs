//! Components: what is valid is made, linked, instantiated and called, or refused; and code between components does what the host does.
//!
//! Each exported function is called twice with arguments that follow from its number, in an engine whose adapters are code from the second call on,
//! and in one whose host does every call between components. Results, errors and the fuel that was used are the same.

use crate::decode::features;
use std::sync::OnceLock;
use transom::component::{Component, Linker, Val};
use transom::{Config, Engine, Store, StoreLimits, StoreLimitsBuilder, Trap};
use transom_generate::values;
use transom_inspect::Source;
use transom_inspect::functions::{self, Function};

/// What a call may execute.
const FUEL: u64 = 100_000;
/// What a store's memories may have.
const MEMORY: usize = 16 << 20;
/// So many functions are called.
const FUNCTIONS: usize = 16;

/// Engines whose adapters are functions of the host, and code.
fn engines() -> &'static [Engine; 2] {
    static ENGINES: OnceLock<[Engine; 2]> = OnceLock::new();
    ENGINES.get_or_init(|| {
        [u32::MAX, 0].map(|calls| {
            let mut config = Config::new();
            config
                .wasm_features(features(), true)
                .parallel_compilation(false)
                .cranelift_nan_canonicalization(true)
                .consume_fuel(true)
                .component_code_after(calls);
            Engine::new(&config).expect("the machine has what Transom needs")
        })
    })
}

/// Runs a component, a binary or text, in both engines.
pub fn check(bytes: &[u8]) {
    let source = Source::new("input", bytes);
    let Ok(Some(binary)) = source.component() else {
        return;
    };
    let [by_host, by_code] = engines().each_ref().map(|engine| observe(engine, &binary));
    // Frames of the host and of code take different amounts of stack.
    let is_same = |(one, other): &(&String, &String)| one == other && !one.contains(STACK);
    let same = by_host.iter().zip(&by_code).take_while(is_same).count();
    match (by_host.get(same), by_code.get(same)) {
        (None, None) => {}
        (Some(one), Some(other)) if one.contains(STACK) || other.contains(STACK) => {}
        (one, other) => panic!("the host does {one:?}, and code does {other:?}"),
    }
}

/// What begins the line of a call that took too much stack.
const STACK: &str = "no stack";

/// What a component does, in lines.
fn observe(engine: &Engine, bytes: &[u8]) -> Vec<String> {
    let component = match Component::from_binary(engine, bytes) {
        Ok(component) => component,
        Err(error) => return vec![format!("{error:#}")],
    };
    let mut linker: Linker<StoreLimits> = Linker::new(engine);
    if let Err(error) = linker.define_unknown_imports_as_traps(&component) {
        return vec![format!("{error:#}")];
    }
    let limits = StoreLimitsBuilder::new().memory_size(MEMORY).build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits| limits);
    store.set_fuel(FUEL).expect("the engine counts fuel");
    let instance = match linker.instantiate(&mut store, &component) {
        Ok(instance) => instance,
        Err(error) => return vec![line(&error)],
    };
    let mut lines = Vec::new();
    for (number, function) in (0..).zip(functions::functions(&component)).take(FUNCTIONS) {
        let Function { instances, name, ty } = &function;
        let Ok(arguments) = values::arguments(ty, number) else {
            continue;
        };
        let mut place = None;
        for name in instances.iter().chain([name]) {
            place = instance.get_export_index(&mut store, place.as_ref(), name);
        }
        let Some(func) = place.and_then(|place| instance.get_func(&mut store, place)) else {
            lines.push(format!("{} is not there", function.full_name()));
            continue;
        };
        for _ in 0..2 {
            store.set_fuel(FUEL).expect("the engine counts fuel");
            let mut results = vec![Val::Bool(false); ty.results().len()];
            let called = func.call(&mut store, &arguments, &mut results);
            let fuel = store.get_fuel().expect("the engine counts fuel");
            lines.push(match called {
                Ok(()) => format!("{results:?} {fuel}"),
                Err(error) => line(&error),
            });
        }
    }
    lines
}

/// How a call ended.
fn line(error: &transom::Error) -> String {
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => STACK.to_owned(),
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    }
}
