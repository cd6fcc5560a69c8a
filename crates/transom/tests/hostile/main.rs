//! Modules that somebody made to do harm, or that are broken: compiled and run under limits, they must not panic, abort
//! or hang. A module that is accepted must behave; one that is not must be refused with an error.
//!
//! All randomness comes from numbers that are written here, so a failure comes back.

mod agreement;
mod corpus;
mod random;

use random::Random;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use transom::*;

/// Engines with a ticking epoch: no program runs longer than a few ticks.
struct Cage {
    engines: Vec<Engine>,
    stop: Arc<AtomicBool>,
    clock: Option<thread::JoinHandle<()>>,
}

/// What became of a module.
#[derive(Clone, Copy, Default, Debug)]
struct Counts {
    refused: usize,
    compiled: usize,
    unlinkable: usize,
    calls: usize,
    trapped: usize,
}

const TICK: Duration = Duration::from_millis(2);

impl Cage {
    fn new() -> Result<Cage> {
        let mut engines = Vec::new();
        for (tiers, level, reservation) in [
            (Tiers::Optimized, OptLevel::Speed, 4 << 30),
            (Tiers::Baseline, OptLevel::Speed, 4 << 30),
            (Tiers::Optimized, OptLevel::None, 1 << 20),
            (Tiers::Mixed(1), OptLevel::None, 1 << 20),
        ] {
            let mut config = Config::new();
            config
                .tiers(tiers)
                .epoch_interruption(true)
                .cranelift_opt_level(level)
                .max_wasm_stack(128 << 10);
            config
                .memory_reservation(reservation)
                .parallel_compilation(false)
                .wasm_custom_page_sizes(true);
            engines.push(Engine::new(&config)?);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, ticking) = (stop.clone(), engines.clone());
        let clock = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                thread::sleep(TICK);
                ticking.iter().for_each(Engine::increment_epoch);
            }
        });
        Ok(Cage {
            engines,
            stop,
            clock: Some(clock),
        })
    }

    /// Compiles and runs a module on one of the engines; fails the test if that panics.
    fn run(&self, which: usize, binary: &[u8], counts: &mut Counts) {
        let engine = &self.engines[which % self.engines.len()];
        let outcome = catch_unwind(AssertUnwindSafe(|| run(engine, binary, counts)));
        if outcome.is_err() {
            let bytes: String = binary.iter().map(|byte| format!("{byte:02x}")).collect();
            panic!("a module made Transom panic: {bytes}");
        }
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(clock) = self.clock.take() {
            let _ = clock.join();
        }
    }
}

fn run(engine: &Engine, binary: &[u8], counts: &mut Counts) {
    let valid = Module::validate(engine, binary).is_ok();
    let module = match Module::from_binary(engine, binary) {
        Ok(module) => module,
        Err(error) => {
            assert!(!format!("{error:?}").is_empty());
            counts.refused += 1;
            return;
        }
    };
    assert!(valid, "a module was compiled that is not valid");
    counts.compiled += 1;
    let limits = StoreLimitsBuilder::new()
        .memory_size(4 << 20)
        .table_elements(10_000)
        .instances(4)
        .build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits| limits);
    store.set_epoch_deadline(3);
    let Some(imports) = imports(&mut store, &module) else {
        counts.unlinkable += 1;
        return;
    };
    let instance = match Instance::new(&mut store, &module, &imports) {
        Ok(instance) => instance,
        Err(error) => {
            assert!(!format!("{error:?}").is_empty());
            counts.unlinkable += 1;
            return;
        }
    };
    let exports: Vec<Extern> = instance.exports(&mut store).map(Export::into_extern).collect();
    for func in exports.into_iter().filter_map(Extern::into_func).take(6) {
        call(&mut store, func, counts);
    }
}

/// Something for every import, if that can be made.
fn imports(store: &mut Store<StoreLimits>, module: &Module) -> Option<Vec<Extern>> {
    let import = |import: ImportType<'_>| -> Option<Extern> {
        Some(match import.ty() {
            ExternType::Func(ty) => {
                let results: Option<Vec<Val>> = ty.results().map(|ty| Val::default_for_ty(&ty)).collect();
                let results = results?;
                let body = move |_: Caller<'_, StoreLimits>, _: &[Val], out: &mut [Val]| {
                    out.copy_from_slice(&results);
                    Ok(())
                };
                Func::try_new(&mut *store, ty, body).ok()?.into()
            }
            ExternType::Global(ty) => {
                let value = Val::default_for_ty(ty.content())?;
                Global::new(&mut *store, ty, value).ok()?.into()
            }
            ExternType::Table(ty) => {
                let null = Ref::null(ty.element().heap_type());
                Table::new(&mut *store, ty, null).ok()?.into()
            }
            ExternType::Memory(ty) if ty.is_shared() => {
                // No store's limits hold for what the host makes.
                let size = ty.minimum().checked_mul(ty.page_size());
                size.filter(|&size| size <= 4 << 20)?;
                SharedMemory::new(module.engine(), ty).ok()?.into()
            }
            ExternType::Memory(ty) => Memory::new(&mut *store, ty).ok()?.into(),
            ExternType::Tag(ty) => Tag::new(&mut *store, &ty).ok()?.into(),
        })
    };
    module.imports().map(import).collect()
}

fn call(store: &mut Store<StoreLimits>, func: Func, counts: &mut Counts) {
    let ty = func.ty(&*store);
    let params: Option<Vec<Val>> = ty.params().map(|ty| Val::default_for_ty(&ty)).collect();
    let Some(params) = params else { return };
    let mut results = vec![Val::I32(0); ty.results().len()];
    store.set_epoch_deadline(3);
    counts.calls += 1;
    match func.call(&mut *store, &params, &mut results) {
        Ok(()) => {
            for (result, ty) in results.iter().zip(ty.results()) {
                let fits = result.matches_ty(&*store, &ty);
                assert!(matches!(fits, Ok(true)), "{result:?} is not of type {ty}");
            }
        }
        Err(error) => {
            counts.trapped += 1;
            assert!(!format!("{error:?}").is_empty());
        }
    }
}

#[test]
fn truncated_modules() -> Result<()> {
    let cage = Cage::new()?;
    let mut counts = Counts::default();
    for (which, binary) in corpus::binaries()?.iter().enumerate() {
        let step = (binary.len() / 120).max(1);
        for len in (0..binary.len()).step_by(step) {
            cage.run(which, &binary[..len], &mut counts);
        }
        cage.run(which, binary, &mut counts);
    }
    assert!(
        counts.refused > 500 && counts.compiled >= corpus::TEXTS.len(),
        "{counts:?}"
    );
    Ok(())
}

#[test]
fn mutated_modules() -> Result<()> {
    let cage = Cage::new()?;
    let mut counts = Counts::default();
    let binaries = corpus::binaries()?;
    let mut random = Random::new(1);
    for round in 0..4000 {
        let mut binary = random.choose(&binaries).clone();
        for _ in 0..=random.below(4) {
            random.mutate(&mut binary);
        }
        cage.run(round, &binary, &mut counts);
    }
    assert!(
        counts.refused > 1000 && counts.compiled > 200 && counts.calls > 200,
        "{counts:?}"
    );
    Ok(())
}

#[test]
fn random_bytes() -> Result<()> {
    let cage = Cage::new()?;
    let mut counts = Counts::default();
    let mut random = Random::new(2);
    for round in 0..1500 {
        let mut binary = b"\0asm\x01\0\0\0".to_vec();
        let len = random.below(120);
        binary.extend((0..len).map(|_| random.byte()));
        if round % 3 == 0 {
            binary.drain(..8);
        }
        cage.run(round, &binary, &mut counts);
    }
    assert!(counts.refused > 1000, "{counts:?}");
    Ok(())
}

/// Valid modules of the proposals that are implemented: none of them may be refused.
#[test]
fn generated_modules() -> Result<()> {
    let cage = Cage::new()?;
    let mut counts = Counts::default();
    let mut random = Random::new(3);
    for round in 0..2000 {
        let bytes: Vec<u8> = (0..500 + round % 1000 * 8).map(|_| random.byte()).collect();
        if let Some(binary) = corpus::generate(&bytes, false) {
            cage.run(round, &binary, &mut counts);
        }
    }
    assert!(
        counts.refused == 0 && counts.compiled > 1900 && counts.calls > 1500,
        "{counts:?}"
    );
    Ok(())
}

/// The same with structures, arrays and their like.
#[test]
fn generated_modules_with_declared_subtypes() -> Result<()> {
    let cage = Cage::new()?;
    let mut counts = Counts::default();
    let mut random = Random::new(4);
    for round in 0..500 {
        let bytes: Vec<u8> = (0..300 + round).map(|_| random.byte()).collect();
        if let Some(binary) = corpus::generate(&bytes, true) {
            cage.run(round, &binary, &mut counts);
        }
    }
    assert!(counts.compiled > 50, "{counts:?}");
    Ok(())
}

/// Modules that claim to have a great many of something.
#[test]
fn exaggerated_counts() -> Result<()> {
    let cage = Cage::new()?;
    let mut counts = Counts::default();
    for section in 0..=13u8 {
        for count in [
            [0xff, 0xff, 0xff, 0xff, 0x0f],
            [0x80, 0x80, 0x80, 0x80, 0x08],
            [0xff, 0xff, 0x7f, 0, 0],
        ] {
            let mut binary = b"\0asm\x01\0\0\0".to_vec();
            binary.extend([section, 9]);
            binary.extend(count);
            binary.extend([0x60, 0, 0, 0x60]);
            cage.run(usize::from(section), &binary, &mut counts);
        }
    }
    let locals =
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x0a\x01\x08\x01\xff\xff\xff\xff\x0f\x7f\x0b";
    cage.run(0, locals, &mut counts);
    assert_eq!(counts.compiled, 0, "{counts:?}");
    Ok(())
}

/// Text that is valid, and wants more than there is.
#[test]
fn greedy_modules() -> Result<()> {
    let cage = Cage::new()?;
    let mut counts = Counts::default();
    for text in corpus::greedy() {
        for which in 0..cage.engines.len() {
            cage.run(which, &wat::parse_str(&text)?, &mut counts);
        }
    }
    assert!(
        counts.trapped + counts.unlinkable >= cage.engines.len() * (corpus::greedy().len() - 2),
        "{counts:?}"
    );
    Ok(())
}
