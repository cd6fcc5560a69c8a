//! Generated modules behave the same however they are compiled, and however their memories are checked.

use crate::corpus;
use crate::random::Random;
use std::time::Duration;
use transom::*;

/// What a module did: the outcome of each call, and what it left in its globals and memories.
type Trace = Vec<String>;

/// A trap that depends on time or on how large frames are.
fn is_circumstance(error: &Error) -> bool {
    matches!(
        error.downcast_ref::<Trap>(),
        Some(Trap::Interrupt | Trap::StackOverflow)
    )
}

fn outcome_text(results: Result<Vec<Val>>) -> Option<String> {
    Some(match results {
        Ok(values) => values.iter().map(value_text).collect::<Vec<_>>().join(" "),
        Err(error) if is_circumstance(&error) => return None,
        Err(error) => match error.downcast_ref::<Trap>() {
            Some(trap) => format!("{trap:?}"),
            None if error.is::<ThrownException>() => "an exception".to_owned(),
            None => format!("{}", error.root_cause()),
        },
    })
}

fn value_text(value: &Val) -> String {
    match value {
        Val::FuncRef(func) => format!("func, null: {}", func.is_none()),
        Val::AnyRef(value) => format!("any, null: {}", value.is_none()),
        Val::ExternRef(value) => format!("extern, null: {}", value.is_none()),
        Val::ExnRef(value) => format!("exn, null: {}", value.is_none()),
        other => format!("{other:?}"),
    }
}

/// Runs a module, each call with so much fuel if the engine counts it; `None` if what it did can't be compared.
fn trace(engine: &Engine, binary: &[u8], fuel: Option<u64>) -> Option<Trace> {
    let module =
        Module::from_binary(engine, binary).expect("the module is valid, and of proposals that are there");
    let limits = StoreLimitsBuilder::new()
        .memory_size(4 << 20)
        .table_elements(10_000)
        .build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits| limits);
    allow(&mut store, fuel);
    let imports = crate::imports(&mut store, &module)?;
    let instance = match Instance::new(&mut store, &module, &imports) {
        Ok(instance) => instance,
        Err(error) => return Some(vec![outcome_text(Err(error))?]),
    };
    let mut trace = Vec::new();
    let exports: Vec<Extern> = instance.exports(&mut store).map(Export::into_extern).collect();
    for func in exports
        .iter()
        .filter_map(|export| export.clone().into_func())
        .take(8)
    {
        let ty = func.ty(&store);
        let Some(params) = ty
            .params()
            .map(|ty| Val::default_for_ty(&ty))
            .collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        let mut results = vec![Val::I32(0); ty.results().len()];
        allow(&mut store, fuel);
        let outcome = func.call(&mut store, &params, &mut results).map(|()| results);
        trace.push(outcome_text(outcome)?);
        trace.extend(store.get_fuel().map(|left| format!("{left} left")));
    }
    for export in exports {
        match export {
            Extern::Global(global) => trace.push(value_text(&global.get(&mut store))),
            Extern::Table(table) => trace.push(format!("{} elements", table.size(&store))),
            Extern::Memory(memory) => {
                let bytes = memory.data(&store);
                let sum = bytes.iter().fold(0u64, |sum, &byte| {
                    sum.wrapping_mul(31).wrapping_add(u64::from(byte))
                });
                trace.push(format!("{} bytes, {sum:#x}", bytes.len()));
            }
            Extern::SharedMemory(memory) => {
                let mut bytes = vec![0; memory.data_size()];
                memory.read(0, &mut bytes).ok()?;
                let sum = bytes.iter().fold(0u64, |sum, &byte| {
                    sum.wrapping_mul(31).wrapping_add(u64::from(byte))
                });
                trace.push(format!("{} shared bytes, {sum:#x}", bytes.len()));
            }
            _ => {}
        }
    }
    Some(trace)
}

/// Lets the next call run for a while.
fn allow(store: &mut Store<StoreLimits>, fuel: Option<u64>) {
    store.set_epoch_deadline(2);
    if let Some(fuel) = fuel {
        store.set_fuel(fuel).expect("the engine counts it");
    }
}

fn engine(tiers: Tiers, level: OptLevel, reservation: u64, zeal: bool, fuel: bool) -> Result<Engine> {
    let mut config = Config::new();
    config
        .tiers(tiers)
        .cranelift_opt_level(level)
        .memory_reservation(reservation)
        .parallel_compilation(false)
        .gc_zeal(zeal)
        .consume_fuel(fuel);
    config
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .max_wasm_stack(128 << 10)
        .wasm_custom_page_sizes(true);
    Engine::new(&config)
}

/// Runs generated modules on engines that differ in how they compile, and compares. How much fuel calls have is `fuel`'s.
fn compare(seed: u64, rounds: usize, fuel: impl Fn(&mut Random) -> Option<u64>) -> Result<usize> {
    let mut random = Random::new(seed);
    let counted = fuel(&mut random).is_some();
    let engines = [
        engine(Tiers::Optimized, OptLevel::Speed, 4 << 30, false, counted)?,
        engine(Tiers::Optimized, OptLevel::None, 1 << 20, false, counted)?,
        engine(Tiers::Optimized, OptLevel::Speed, 0, true, counted)?,
        engine(Tiers::Baseline, OptLevel::Speed, 4 << 30, false, counted)?,
        engine(Tiers::Mixed(seed), OptLevel::None, 0, true, counted)?,
    ];
    let ticking = engines.clone();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let clock = std::thread::spawn(move || {
        while stopped.recv_timeout(Duration::from_millis(3))
            == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            ticking.iter().for_each(Engine::increment_epoch);
        }
    });
    let mut compared = 0;
    for round in 0..rounds {
        let bytes: Vec<u8> = (0..600 + round * 12).map(|_| random.byte()).collect();
        let fuel = fuel(&mut random);
        let Some(binary) = corpus::generate(&bytes, round % 2 == 0) else {
            continue;
        };
        let traces: Vec<Option<Trace>> = engines
            .iter()
            .map(|engine| trace(engine, &binary, fuel))
            .collect();
        let [Some(first), rest @ ..] = &traces[..] else {
            continue;
        };
        for other in rest.iter().flatten() {
            assert_eq!(
                first,
                other,
                "round {round} with {fuel:?}: {}",
                binary
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>()
            );
            compared += 1;
        }
    }
    drop(stop);
    clock.join().map_err(|_| format_err!("the clock panicked"))?;
    Ok(compared)
}

#[test]
fn optimised_and_other_code_agree() -> Result<()> {
    let compared = compare(5, 400, |_| None)?;
    assert!(compared > 500, "{compared}");
    Ok(())
}

/// Whether there is more than enough fuel, or too little, which runs out anywhere.
#[test]
fn optimised_and_other_code_use_the_same_fuel() -> Result<()> {
    let enough = compare(6, 200, |_| Some(1_000_000))?;
    let too_little = compare(7, 400, |random| Some(random.below(200) as u64))?;
    assert!(enough > 200 && too_little > 500, "{enough}, {too_little}");
    Ok(())
}
