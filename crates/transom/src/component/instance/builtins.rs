//! Core functions that the canonical ABI defines: for resources, and for tasks.

use crate::Engine;
use crate::Trap;
use crate::component::giving::{add_handle, destroy};
use crate::component::handles::Handle;
use crate::component::instance_types::{InstanceTypes, KnownResource};
use crate::store::StoreOpaque;
use crate::unchecked::core_func::Number;
use crate::unchecked::numeric::numeric_host_function;
use std::sync::Arc;
use transom_component::types::FlatType;
use transom_component::wiring::{InstanceIdx, Trampoline};
use transom_error::{Result, bail};
use transom_vm::HostFunction;

/// One number.
const NUMBER: &[FlatType] = &[FlatType::I32];

/// The core function of a trampoline that calls nobody. `first` is the position in the store of the component's first instance.
pub(super) fn builtin<T: 'static>(
    engine: &Engine,
    trampoline: &Trampoline,
    first: u32,
    types: &InstanceTypes,
) -> Arc<HostFunction> {
    let position = |instance: InstanceIdx| first + instance.0;
    match trampoline {
        Trampoline::Lower { .. } => unreachable!("it calls somebody"),
        &Trampoline::ResourceNew(instance, resource)
        | &Trampoline::ResourceRep(instance, resource)
        | &Trampoline::ResourceDrop(instance, resource) => {
            resource_function::<T>(engine, trampoline, position(instance), *types.resource(resource))
        }
        &Trampoline::ContextGet(instance, place) => {
            let instance = position(instance);
            numeric_host_function::<T, _>(engine, &[], NUMBER, move |store, numbers| {
                let context = &store.0.components_mut().instance(instance).context;
                numbers[0].set(u64::from(context[place as usize]));
                Ok(())
            })
        }
        &Trampoline::ContextSet(instance, place) => {
            let instance = position(instance);
            numeric_host_function::<T, _>(engine, NUMBER, &[], move |store, numbers| {
                let context = &mut store.0.components_mut().instance(instance).context;
                context[place as usize] = numbers[0].word();
                Ok(())
            })
        }
        &Trampoline::Backpressure(instance, added) => {
            let instance = position(instance);
            numeric_host_function::<T, _>(engine, &[], &[], move |store, _| {
                let count = &mut store.0.components_mut().instance(instance).backpressure;
                let sum = i32::from(*count) + added;
                *count = u16::try_from(sum).map_err(|_| Trap::BackpressureOverflow)?;
                Ok(())
            })
        }
        Trampoline::Async {
            instance,
            name,
            params,
            results,
        } => {
            let (instance, name) = (position(*instance), *name);
            numeric_host_function::<T, _>(engine, params, results, move |store, _| {
                store.0.components().check_leave(instance)?;
                bail!("`{name}` is not supported yet: it belongs to the asynchronous ABI")
            })
        }
    }
}

/// A function for handles of a resource's type.
fn resource_function<T: 'static>(
    engine: &Engine,
    trampoline: &Trampoline,
    instance: u32,
    known: KnownResource,
) -> Arc<HostFunction> {
    match trampoline {
        Trampoline::ResourceNew(..) => {
            numeric_host_function::<T, _>(engine, NUMBER, NUMBER, move |store, numbers| {
                resource_new(store.0, instance, known.key, numbers)
            })
        }
        Trampoline::ResourceRep(..) => {
            numeric_host_function::<T, _>(engine, NUMBER, NUMBER, move |store, numbers| {
                let components = store.0.components_mut();
                let rep = components.rep(Some(instance), numbers[0].word(), known.key)?;
                numbers[0].set(u64::from(rep));
                Ok(())
            })
        }
        _ => numeric_host_function::<T, _>(engine, NUMBER, &[], move |store, numbers| {
            resource_drop(store.0, instance, known, numbers[0].word())
        }),
    }
}

fn resource_new(store: &mut dyn StoreOpaque, instance: u32, key: u32, numbers: &mut [Number]) -> Result<()> {
    store.components().check_leave(instance)?;
    let handle = Handle::owned(key, numbers[0].word());
    numbers[0].set(u64::from(add_handle(store, Some(instance), handle)?));
    Ok(())
}

fn resource_drop(store: &mut dyn StoreOpaque, instance: u32, known: KnownResource, index: u32) -> Result<()> {
    let components = store.components_mut();
    components.check_leave(instance)?;
    let handle = components.remove(Some(instance), index, known.key)?;
    if handle.scope.is_some() {
        return Ok(());
    }
    let destructor = known
        .destructor
        .or(components.resources[known.key as usize].destructor);
    destroy(store, known.key, destructor, handle.rep)
}
