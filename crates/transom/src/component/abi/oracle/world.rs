//! Two instances in a store, and what becomes of values that pass between them.

use super::allocator::Allocator;
use super::answer::{End, Outcome, Shape, Table};
use super::case::{Case, Made, hex};
use super::handles::HandlePlan;
use super::types::{RESOURCES, other_resource};
use super::values::MEMORY_SIZE;
use crate::component::abi::lift::LiftContext;
use crate::component::abi::lower::LowerContext;
use crate::component::abi::numbers::{NumberReader, NumberWriter};
use crate::component::abi::transfer::Transfer;
use crate::component::handles::{Handle, HandleTable};
use crate::component::instance_types::{InstanceTypes, KnownResource};
use crate::component::resource_type::ResourceType;
use crate::component::state::{Components, InstanceState, Options, Scope};
use crate::component::values::Val;
use crate::store::StoreOpaque;
use crate::unchecked::core_func::{CoreFunc, Number, Numbers};
use crate::{AsContextMut, Caller, Engine, Func, Memory, MemoryType, Store, Trap};
use std::sync::{Arc, Mutex};
use transom_component::types::{FlatType, FuncTypeIdx, ResourceIdx, ValType};
use transom_component::wiring::{self, Resource, ResourceOrigin};
use transom_error::Result;

/// What the destination's memory is full of at first.
const UNTOUCHED: u8 = 0xAA;
/// The positions of the instances.
const SOURCE: u32 = 0;
const DESTINATION: u32 = 1;

/// A store with the memories of two instances, for one case after the other.
pub(super) struct World {
    store: Store<()>,
    memories: [Memory; 2],
    realloc: CoreFunc,
    allocator: Arc<Mutex<Allocator>>,
}

/// How a case's values are passed.
struct Sides {
    from: Arc<Options>,
    to: Arc<Options>,
    funcs: [FuncTypeIdx; 2],
}

impl World {
    pub(super) fn new(plan: &super::case::AllocatorPlan) -> World {
        let mut store = Store::new(&Engine::default(), ());
        let mut memory = || Memory::new(&mut store, MemoryType::new(1, Some(1))).expect("a page");
        let memories = [memory(), memory()];
        let allocator = Arc::new(Mutex::new(Allocator::new(plan.clone())));
        let (shared, memory) = (allocator.clone(), memories[1]);
        let realloc = move |mut caller: Caller<'_, ()>, old: u32, old_size: u32, align: u32, size: u32| {
            let mut allocator = shared.lock().expect("nobody panics with it");
            allocator.reallocate([old, old_size, align, size], memory.data_mut(&mut caller))
        };
        let func = Func::wrap(&mut store, realloc);
        let types = (&[FlatType::I32; 4], &[FlatType::I32]);
        let realloc = CoreFunc::new(store.as_context_mut().0, func, types.0, types.1);
        World {
            store,
            memories,
            realloc: realloc.expect("the type is that of `realloc`"),
            allocator,
        }
    }

    /// Passes the values, from one instance to the other or through the host. The tables have been found to have so many entries.
    pub(super) fn outcome(&mut self, made: &Made, through_host: bool, lengths: [u32; 2]) -> Outcome {
        let image = self.prepare(&made.case);
        let sides = self.sides(made);
        let borrows = sides.borrows();
        let store = self.store.as_context_mut().0;
        let passed = match through_host {
            false => direct(store, &sides, &made.case).map_err(|_| End::Either),
            true => hosted(store, &sides, &made.case),
        };
        let calls = std::mem::take(&mut self.allocator.lock().expect("nobody panics with it").calls);
        if !made.case.same {
            assert!(
                self.memories[0].data(&self.store) == image,
                "the source's memory is only read"
            );
        }
        let flat = match passed {
            Ok(flat) => flat,
            Err(end) => {
                return Outcome {
                    end,
                    calls: if end == End::Lift { Vec::new() } else { calls },
                    ..Outcome::default()
                };
            }
        };
        let components = self.store.as_context_mut().0.components_mut();
        let call = components.scopes.last().filter(|_| borrows);
        let (borrowed, last) = (
            call.map_or(0, |scope| scope.borrows),
            components.scopes.len() as u32 - 1,
        );
        let mut tables = [SOURCE, DESTINATION].map(|instance| {
            let handles = &mut components.instance(instance).handles;
            table(handles, lengths[instance as usize], last)
        });
        let [source, destination] = &mut tables;
        Outcome {
            end: End::Ok,
            calls,
            flat,
            memory: self.destination_memory(&made.case),
            source: std::mem::take(source),
            destination: std::mem::take(destination),
            borrows: borrowed,
        }
    }

    fn destination_memory(&self, case: &Case) -> String {
        let fill = if case.same { case.fill } else { UNTOUCHED };
        let memory = self.memories[1].data(&self.store);
        let end = memory
            .iter()
            .rposition(|&byte| byte != fill)
            .map_or(0, |last| last + 1);
        hex(&memory[..end])
    }

    /// Brings the store into the state before the call. The source's memory is returned.
    fn prepare(&mut self, case: &Case) -> Vec<u8> {
        let (low, high) = (unhex(&case.low), unhex(&case.high));
        let mut image = low;
        image.resize(MEMORY_SIZE - high.len(), case.fill);
        image.extend(high);
        self.memories[1].data_mut(&mut self.store).fill(UNTOUCHED);
        let source = self.memories[usize::from(case.same)];
        source.data_mut(&mut self.store).copy_from_slice(&image);
        *self.allocator.lock().expect("nobody panics with it") = Allocator::new(case.realloc.clone());
        let store = self.store.as_context_mut().0;
        let id = store.vm().id();
        let plans = [&case.from.handles, &case.to.handles].into_iter().map(Some);
        let components = store.components_mut();
        *components = Components::default();
        for plan in plans.chain([None]) {
            components.instances.push(InstanceState {
                root: 0,
                flags: Arc::default(),
                context: [0; 2],
                backpressure: 0,
                handles: plan.map(handles).unwrap_or_default(),
            });
        }
        for key in 0..RESOURCES {
            // The last is one of the host.
            let (ty, instance) = match key {
                0..2 => (ResourceType::guest(id, key), Some(key)),
                _ => (ResourceType::host_dynamic(key), None),
            };
            assert!(components.resource_key(ty) == key, "each is another type");
            components.resources[key as usize].instance = instance;
        }
        // The call that handles are borrowed for which the instances have already.
        components.scopes.push(Scope::default());
        image
    }

    fn sides(&mut self, made: &Made) -> Sides {
        let [from, to] = [0, 1].map(|side| {
            let keys: Vec<u32> = (0..RESOURCES).map(|index| key_of(index, side)).collect();
            let store = self.store.as_context_mut().0;
            let resources = &store.components().resources;
            let known = keys.iter().map(|&key| KnownResource {
                ty: resources[key as usize].ty,
                key,
                destructor: None,
            });
            let types = InstanceTypes {
                resources: known.collect(),
                component: Arc::new(wiring::Component {
                    types: made.signature.types[side].clone(),
                    resources: keys.iter().map(|_| unnamed()).collect(),
                    ..wiring::Component::default()
                }),
            };
            let memory = self.memories[if made.case.same { 1 } else { side }];
            Arc::new(Options {
                types: Arc::new(types),
                store: store.vm().id(),
                instance: side as u32,
                encoding: made.encodings[side],
                memory: Some(memory.0.checked(store.vm()).expect("it belongs to the store")),
                realloc: (side == 1).then_some(self.realloc),
            })
        });
        Sides {
            from,
            to,
            funcs: made.signature.funcs,
        }
    }
}

/// The position in the store of a side's resource.
fn key_of(index: u32, side: usize) -> u32 {
    match side {
        0 => index,
        _ => (0..RESOURCES)
            .find(|&key| other_resource(ResourceIdx(key)).0 == index)
            .expect("each resource of the source is one of the destination"),
    }
}

fn unnamed() -> Resource {
    Resource {
        name: None,
        origin: ResourceOrigin::Abstract,
    }
}

fn unhex(digits: &str) -> Vec<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16).expect("a digit") as u8;
    let pairs = digits.as_bytes().chunks_exact(2);
    pairs.map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
}

/// A table before the call.
fn handles(plan: &HandlePlan) -> HandleTable {
    let mut table = HandleTable::default();
    for &(ty, rep, owns, lends) in &plan.entries {
        // What is to be removed is not lent.
        let scope = (!owns).then_some(0);
        table
            .add(Handle {
                ty,
                rep,
                lends,
                scope,
            })
            .expect("they are few");
    }
    for &index in &plan.removed {
        table.remove(index).expect("it was added");
    }
    table
}

/// What is in a table, whose length is known. This adds handles to see where they go.
fn table(handles: &mut HandleTable, length: u32, last_scope: u32) -> Table {
    let found = (0..length + 2).filter_map(|index| Some((index, *handles.get(index).ok()?)));
    let entries = found.map(|(index, handle)| {
        let belongs_to = match handle.scope {
            None => 0,
            Some(0) => 1,
            Some(scope) => {
                if scope == last_scope {
                    2
                } else {
                    3
                }
            }
        };
        [index, handle.ty, handle.rep, belongs_to, handle.lends]
    });
    let entries = entries.collect();
    let more = Handle {
        ty: 0,
        rep: 0,
        lends: 0,
        scope: None,
    };
    Table {
        entries,
        length,
        following: (0..5).map(|_| handles.add(more).expect("they are few")).collect(),
    }
}

/// What types look like to the canonical ABI.
pub(super) fn shape(made: &Made) -> Shape {
    let types = &made.signature.types[1];
    let info = &types[made.signature.funcs[1]];
    let (whole, flat) = match made.case.results {
        true => (info.results, &info.flat_results),
        false => (info.params, &info.flat_params),
    };
    let layout = types.layout(ValType::Defined(whole));
    let text = |ty: &FlatType| format!("{ty:?}").to_lowercase();
    Shape {
        flat: flat.as_ref().map(|flat| flat.iter().map(text).collect()),
        size: layout.size,
        align: layout.align,
        borrows: layout.has_borrow,
    }
}

impl Sides {
    fn borrows(&self) -> bool {
        self.from.types.types()[self.funcs[0]].borrows
    }

    /// All values as one record, as both sides know it.
    fn records(&self, results: bool) -> (ValType, ValType) {
        let infos = [(&self.from, self.funcs[0]), (&self.to, self.funcs[1])];
        let [from, to] = infos.map(|(options, func)| {
            let info = &options.types.types()[func];
            ValType::Defined(if results { info.results } else { info.params })
        });
        (from, to)
    }

    /// The numbers that values become. `None` if they are passed in memory.
    fn flat(&self, results: bool) -> &Option<Box<[FlatType]>> {
        let info = &self.from.types.types()[self.funcs[0]];
        if results {
            &info.flat_results
        } else {
            &info.flat_params
        }
    }
}

/// The address that values in memory are written to, as `adapter` finds it.
fn place(lower: &mut LowerContext<'_>, ty: ValType, out: Option<u32>) -> Result<u32> {
    if let Some(pointer) = out {
        return lower.check_range(pointer, ty).map(|()| pointer);
    }
    let layout = lower.types().types().layout(ty);
    lower.reallocate((0, 0), layout.align, layout.size, Trap::MemoryOutOfBounds)
}

/// What the destination gets: numbers, or the address of its parameters.
fn got(numbers: &Numbers, written: Option<usize>, (pointer, out): (u32, Option<u32>)) -> Vec<u64> {
    match (written, out) {
        (Some(count), _) => numbers[..count].iter().map(Number::get).collect(),
        (None, Some(_)) => Vec::new(),
        (None, None) => vec![u64::from(pointer)],
    }
}

/// The numbers of a case. Bits above those of a number's type have no meaning, and are not 0 in some cases.
fn numbers_of(sides: &Sides, case: &Case) -> Numbers {
    let mut numbers = Numbers::default();
    for (number, &flat) in numbers.iter_mut().zip(&case.flat) {
        number.set(flat);
    }
    let flat = sides.flat(case.results).as_deref().unwrap_or(&[FlatType::I32]);
    for (number, ty) in numbers.iter_mut().zip(flat) {
        if case.fill == 0xFF && matches!(ty, FlatType::I32 | FlatType::F32) {
            number.set(number.get() | 0xFEDC_BA98 << 32);
        }
    }
    numbers
}

/// Passes values from one instance to the other.
fn direct(store: &mut dyn StoreOpaque, sides: &Sides, case: &Case) -> Result<Vec<u64>> {
    if sides.borrows() {
        store.components_mut().push_scope();
    }
    let (types, numbers) = (sides.records(case.results), numbers_of(sides, case));
    let mut passed = Numbers::default();
    let mut transfer = Transfer::new(store, &sides.from, &sides.to);
    if sides.flat(case.results).is_some() {
        let mut writer = NumberWriter::new(&mut passed);
        transfer.numbers(types, &mut NumberReader::new(&numbers), &mut writer)?;
        let count = writer.position();
        return Ok(got(&passed, Some(count), (0, None)));
    }
    let pointer = place(transfer.lower(), types.1, case.out)?;
    transfer.record(types, numbers[0].word(), pointer)?;
    Ok(got(&passed, None, (pointer, case.out)))
}

/// Passes values from one instance to the host, and from there to the other.
fn hosted(store: &mut dyn StoreOpaque, sides: &Sides, case: &Case) -> Result<Vec<u64>, End> {
    let (types, numbers) = (sides.records(case.results), numbers_of(sides, case));
    let is_flat = sides.flat(case.results).is_some();
    if sides.borrows() {
        store.components_mut().push_scope();
    }
    let mut cx = LiftContext::new(store, &sides.from);
    let value = match is_flat {
        true => Val::lift(&mut cx, types.0, &mut NumberReader::new(&numbers)),
        false => cx
            .check_range(numbers[0].word(), types.0)
            .and_then(|()| Val::load(&mut cx, types.0, numbers[0].word() as usize)),
    };
    let value = value.map_err(|_| End::Lift)?;
    if sides.borrows() {
        store.components_mut().push_scope();
    }
    let mut cx = LowerContext::new(store, &sides.to);
    let mut passed = Numbers::default();
    if is_flat {
        let mut writer = NumberWriter::new(&mut passed);
        value
            .lower(&mut cx, types.1, &mut writer)
            .map_err(|_| End::Lower)?;
        let count = writer.position();
        return Ok(got(&passed, Some(count), (0, None)));
    }
    let pointer = place(&mut cx, types.1, case.out).map_err(|_| End::Lower)?;
    value
        .store(&mut cx, types.1, pointer as usize)
        .map_err(|_| End::Lower)?;
    Ok(got(&passed, None, (pointer, case.out)))
}
