//! The embedding API, as a random sequence of calls.
//!
//! Everything is made, used and dropped in any order, with values of the wrong type and things of other stores and engines.
//! Nothing panics unless its documentation says so, and what must panic does. Undefined behaviour shows as a fault, or with a
//! sanitizer.

mod entities;
mod host;
mod instances;
mod objects;
mod op;

use crate::decode::features;
use crate::panics::may_panic;
use arbitrary::{Arbitrary, Unstructured};
use host::Data;
use op::{Op, Value};
use std::sync::OnceLock;
use transom::{
    AnyRef, Config, Engine, Extern, Func, Instance, Linker, Module, OptLevel, OwnedRooted, SharedMemory,
};
use transom::{Store, Val};

/// More calls than this are slow.
const OPS: usize = 100;
/// Things of a kind that may exist at a time.
const MOST: usize = 24;

/// A store, with a number that is never used again.
struct Member {
    number: u64,
    store: Store<Data>,
}

/// A thing of a store, which may be gone.
#[derive(Clone, Copy)]
struct Of<T> {
    store: u64,
    thing: T,
}

/// All that exists.
#[derive(Default)]
struct World {
    engines: Vec<Engine>,
    modules: Vec<Module>,
    linkers: Vec<Linker<Data>>,
    stores: Vec<Member>,
    instances: Vec<Of<Instance>>,
    items: Vec<Of<Extern>>,
    values: Vec<Of<Val>>,
    owned: Vec<Of<OwnedRooted<AnyRef>>>,
    shared: Vec<SharedMemory>,
    numbers: u64,
}

/// What a number chooses.
fn pick<T>(among: &[T], number: u8) -> Option<&T> {
    let index = usize::from(number).checked_rem(among.len())?;
    among.get(index)
}

fn take<T>(among: &mut Vec<T>, number: u8) -> Option<T> {
    let index = usize::from(number).checked_rem(among.len())?;
    Some(among.remove(index))
}

fn put<T>(among: &mut Vec<T>, thing: T) {
    if among.len() < MOST {
        among.push(thing);
    }
}

/// Makes the calls of an input.
pub fn check(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    let mut world = World::default();
    // Without these an input has nothing to work with.
    for op in [
        Op::Engine { bits: 0 },
        Op::Store { engine: 0 },
        Op::Module { engine: 0, which: 0 },
        Op::Instantiate {
            store: 0,
            module: 0,
            imports: [0; 4],
            any: false,
        },
    ] {
        world.run(op);
    }
    for _ in 0..OPS {
        match Op::arbitrary(&mut input) {
            Ok(op) if !input.is_empty() => world.run(op),
            _ => break,
        };
    }
}

impl World {
    /// Makes a call; what it needs may not be there.
    fn run(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Engine { bits } => put(&mut self.engines, engine(bits)),
            Op::DropEngine(number) => drop(take(&mut self.engines, number)),
            Op::Store { engine } => self.store(engine)?,
            Op::DropStore(number) => drop(take(&mut self.stores, number)),
            Op::Module { engine, which } => {
                let module = module(pick(&self.engines, engine)?, which);
                put(&mut self.modules, module);
            }
            Op::DropModule(number) => drop(take(&mut self.modules, number)),
            Op::Instantiate { .. }
            | Op::Exports { .. }
            | Op::Call { .. }
            | Op::Typed { .. }
            | Op::Func { .. } => {
                self.instances(op)?;
            }
            Op::Linker { .. }
            | Op::Define { .. }
            | Op::DefineHost { .. }
            | Op::DefineInstance { .. }
            | Op::LinkModule { .. }
            | Op::TrapUnknown { .. }
            | Op::Link { .. } => self.linkers(op)?,
            Op::External { .. }
            | Op::Structure { .. }
            | Op::Array { .. }
            | Op::Small { .. }
            | Op::Object { .. }
            | Op::Convert { .. }
            | Op::Own { .. }
            | Op::Root { .. }
            | Op::DropOwned(_)
            | Op::Scope { .. }
            | Op::Tag { .. }
            | Op::Exception { .. } => self.objects(op)?,
            Op::Gc(_)
            | Op::Fuel { .. }
            | Op::Epoch { .. }
            | Op::Deadline { .. }
            | Op::Interrupt(_)
            | Op::Limits { .. } => {
                self.control(op)?;
            }
            other => self.entities(other)?,
        }
        Some(())
    }

    fn store(&mut self, engine: u8) -> Option<()> {
        let limits = transom::StoreLimitsBuilder::new()
            .memory_size(1 << 20)
            .table_elements(1 << 12)
            .build();
        let mut store = Store::new(pick(&self.engines, engine)?, Data { limits, depth: 0 });
        store.limiter(|data| &mut data.limits);
        let _ = store.set_fuel(10_000);
        store.set_epoch_deadline(5);
        self.numbers += 1;
        let number = self.numbers;
        put(&mut self.stores, Member { number, store });
        Some(())
    }

    /// The store that a number chooses.
    fn member(&mut self, number: u8) -> Option<&mut Member> {
        let index = usize::from(number).checked_rem(self.stores.len())?;
        self.stores.get_mut(index)
    }

    /// Keeps what a call has returned.
    fn keep(&mut self, store: u64, value: Val) {
        put(&mut self.values, Of { store, thing: value });
    }

    fn value(&self, value: Value) -> Val {
        let func = |number| {
            let funcs: Vec<Func> = self
                .items
                .iter()
                .filter_map(|item| item.thing.clone().into_func())
                .collect();
            pick(&funcs, number).copied()
        };
        match value {
            Value::I32(value) => Val::I32(value),
            Value::I64(value) => Val::I64(value),
            Value::F32(bits) => Val::F32(bits),
            Value::F64(bits) => Val::F64(bits),
            Value::V128(bits) => Val::V128(bits.into()),
            Value::NullFunc => Val::FuncRef(None),
            Value::NullExtern => Val::ExternRef(None),
            Value::NullAny => Val::AnyRef(None),
            Value::NullExn => Val::ExnRef(None),
            Value::Func(number) => Val::FuncRef(func(number)),
            Value::Known(number) => pick(&self.values, number).map_or(Val::AnyRef(None), |value| value.thing),
        }
    }

    /// Collections, fuel, epochs, interruption, limits.
    fn control(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Gc(store) => self
                .member(store)?
                .store
                .gc(None)
                .expect("nothing prevents a collection"),
            Op::Fuel { store, fuel } => {
                let store = &mut self.member(store)?.store;
                if store.set_fuel(fuel % 100_000).is_ok() {
                    assert_eq!(store.get_fuel().expect("fuel is counted"), fuel % 100_000);
                }
            }
            Op::Epoch { engine } => pick(&self.engines, engine)?.increment_epoch(),
            Op::Deadline {
                store,
                ticks,
                behavior,
            } => {
                let store = &mut self.member(store)?.store;
                store.set_epoch_deadline(ticks.into());
                match behavior % 4 {
                    0 => store.epoch_deadline_trap(),
                    1 => store.epoch_deadline_callback(|_| Ok(transom::UpdateDeadline::Continue(1))),
                    2 => store.epoch_deadline_callback(|mut store| {
                        store.gc(None).expect("nothing prevents a collection");
                        Ok(transom::UpdateDeadline::Interrupt)
                    }),
                    _ => store.epoch_deadline_callback(|_| transom::bail!("the deadline has come")),
                }
            }
            Op::Interrupt(store) => self.member(store)?.store.interrupt_handle().interrupt(),
            Op::Limits {
                store,
                memory,
                elements,
                counts,
                trap,
            } => {
                let counts = usize::from(counts);
                let limits = transom::StoreLimitsBuilder::new()
                    .memory_size(memory as usize % (1 << 20))
                    .table_elements(elements.into())
                    .instances(counts % 8)
                    .memories(counts / 8 % 8)
                    .tables(counts / 64)
                    .trap_on_grow_failure(trap)
                    .build();
                let store = &mut self.member(store)?.store;
                store.data_mut().limits = limits;
                store.limiter(|data| &mut data.limits);
            }
            _ => {}
        }
        Some(())
    }
}

/// Runs what calls a program: a host function may panic.
fn running<R>(act: impl FnOnce() -> transom::Result<R>) -> Option<R> {
    match may_panic(act)? {
        Ok(result) => Some(result),
        Err(error) => {
            let _ = (format!("{error:#}"), format!("{error:?}"));
            None
        }
    }
}

/// Engines that inputs share.
static SHARED: [OnceLock<Engine>; ENGINES] = [const { OnceLock::new() }; ENGINES];
const ENGINES: usize = 16;

/// A module, compiled once for each shared engine.
fn module(engine: &Engine, which: u8) -> Module {
    const COUNT: usize = host::MODULES.len();
    static MODULES: [[OnceLock<Module>; COUNT]; ENGINES] =
        [const { [const { OnceLock::new() }; COUNT] }; ENGINES];
    let which = usize::from(which) % COUNT;
    let make = || Module::new(engine, host::MODULES[which]).expect("a valid module");
    let same = |shared: &OnceLock<Engine>| shared.get().is_some_and(|shared| Engine::same(shared, engine));
    match SHARED.iter().position(same) {
        Some(index) => MODULES[index][which].get_or_init(make).clone(),
        None => make(),
    }
}

/// An engine of one of a few configurations, shared by inputs but for one of eight, since engines and their modules take long to make.
fn engine(bits: u8) -> Engine {
    let flag = |bit: u8| bits & (1 << bit) != 0;
    let make = || {
        let mut config = Config::new();
        config
            .wasm_features(features(), true)
            .parallel_compilation(false)
            .consume_fuel(flag(0))
            .gc_zeal(flag(1))
            .gc_heap_max_size(8 << 20)
            .epoch_interruption(flag(3));
        if flag(2) {
            config
                .memory_reservation(1 << 16)
                .memory_guard_size(0)
                .cranelift_opt_level(OptLevel::None);
        }
        Engine::new(&config).expect("the machine has what Transom needs")
    };
    match bits >= 0xe0 {
        true => make(),
        false => SHARED[usize::from(bits) % ENGINES].get_or_init(make).clone(),
    }
}
