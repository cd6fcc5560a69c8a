//! Stopping: interruption, the end of the stack, and traps that are described at length.

use super::call::{Call, Exit};
use crate::crossing::fiber::{wait_for, yield_once};
use crate::heap::Locked;
use crate::ids::InstanceId;
use crate::raw::function::FuncPtr;
use crate::store::{AtDeadline, Host, Store};
use crate::unwind::Unwind;
use crate::value::Value;
use transom_module::{FuncIdx, Module, TableIdx, TypeIdx};
use transom_ops::{Trap, events};
use transom_types::{Escaped, TypeId};

/// The stack limit was found crossed. Either it is, or somebody moved it to stop the program.
pub fn poll(exit: Exit<'_>, host: &mut dyn Host) -> Result<(), Unwind> {
    if !exit.shared().is_asked_to_stop() {
        return Err(exit.trap(Trap::StackOverflow, None));
    }
    stop(host, true).map_err(|error| match error.downcast::<Trap>() {
        Ok(trap) => exit.trap(trap, None),
        Err(error) => exit.error(error),
    })
}

/// Polls in the middle of a libcall, if the program was asked to stop.
pub fn poll_if_asked(exit: Exit<'_>, host: &mut dyn Host) -> Result<(), Unwind> {
    if exit.shared().is_asked_to_stop() {
        poll(exit, host)?;
    }
    Ok(())
}

/// Does what the program was asked to stop for, if it was: for host functions that run long. What the program is to wait for, it waits
/// for when the function has returned.
///
/// # Errors
///
/// [`Trap::Interrupt`], or what the host says at its deadline.
pub fn poll_in_host(host: &mut dyn Host) -> transom_error::Result<()> {
    if host.store().core().is_asked_to_stop() {
        stop(host, false)?;
    }
    Ok(())
}

/// The program was asked to stop, and may wait for something here.
fn stop(host: &mut dyn Host, may_wait: bool) -> transom_error::Result<()> {
    let core = host.store().core();
    core.go_on();
    if core.take_interrupt() {
        log::info!(target: events::INTERRUPT, "a program is interrupted through its handle");
        return Err(Trap::Interrupt.into());
    }
    if host.store().epoch_deadline_reached() {
        log::info!(target: events::INTERRUPT, "a program reached its epoch deadline");
        // The frames below have references that nobody lists.
        let locked = Locked::new(host);
        let outcome = locked.0.epoch_deadline_reached();
        drop(locked);
        let outcome = outcome.and_then(|outcome| match outcome {
            AtDeadline::Wait(future, delta) if may_wait => {
                wait_for(host, |_| future)?;
                host.store().set_epoch_deadline(delta);
                Ok(())
            }
            AtDeadline::GoOn | AtDeadline::Wait(..) => Ok(()),
        });
        if host.store().epoch_deadline_reached() {
            // Nobody has set a new deadline: whatever runs next on the store stops too.
            host.store().core().ask_to_stop();
        }
        return outcome;
    }
    Ok(())
}

/// All fuel that compiled code was given is used. If the store has more, the program lets others run and goes on; if not, it ends. What was
/// used beyond all fuel, on the way to where that is noticed, is not owed.
pub fn out_of_fuel(exit: Exit<'_>, host: &mut dyn Host) -> Result<(), Unwind> {
    let store = host.store();
    let left = store.fuel();
    store.set_fuel(left);
    if left == 0 {
        return Err(exit.trap(Trap::OutOfFuel, None));
    }
    if store.core().fuel_interval().is_some() {
        let waited = wait_for(host, |_| Box::pin(yield_once()));
        waited.map_err(|error| exit.error(error.into()))?;
    }
    Ok(())
}

/// A `call_indirect` could not be done: finds out why.
pub fn trap_call_indirect(call: &mut Call<'_>, table: u32, index: u64, expected: u32) -> Result<(), Unwind> {
    let store = call.host.store();
    let instance = store.instance(call.instance);
    let id = instance.table(TableIdx::from_u32(table));
    let module = instance.module().module().clone();
    let table = table_text(&module, TableIdx::from_u32(table));
    let (trap, detail) = match store.element(id, index) {
        None => (
            Trap::TableOutOfBounds,
            format!("element {index} of {table}, which has {}", store.table(id).len()),
        ),
        Some(Value::Function(Some(function))) => {
            let detail = describe_mismatch(store, &module, function, TypeIdx::from_u32(expected));
            (Trap::BadSignature, format!("element {index} of {table} {detail}"))
        }
        Some(_) => (
            Trap::IndirectCallToNull,
            format!("element {index} of {table} is null"),
        ),
    };
    Err(call.trap(trap, Some(detail)))
}

/// A table's index, and its name if it has one.
pub fn table_text(module: &Module, table: TableIdx) -> String {
    let index = table.as_u32();
    match module.names().table(table) {
        Some(name) => format!("table {index} (${})", Escaped(name)),
        None => format!("table {index}"),
    }
}

/// What a function is, where it comes from, and where its type parts from the expected one.
fn describe_mismatch(store: &Store, module: &Module, function: FuncPtr, expected: TypeIdx) -> String {
    let registry = store.engine().registry();
    let (actual, expected) = (function.descriptor(store).id, module.ty(expected).id());
    let namer = |id: TypeId| module.type_name(id).map(str::to_owned);
    let text = registry.text().with_names(&namer);
    let definition = |id: TypeId| {
        registry
            .lookup(id)
            .map_or_else(String::new, |ty| text.definition(&ty))
    };
    let mut detail = format!(
        "is {} of type {}, but {} is expected",
        describe_function(store, function),
        definition(actual),
        definition(expected)
    );
    if let Some(mismatch) = registry.explain_id(actual, expected) {
        detail.push_str(&format!(": {mismatch}"));
    }
    detail
}

/// A function's origin, in words.
fn describe_function(store: &Store, function: FuncPtr) -> String {
    let Some(index) = function.instance(store) else {
        return "a host function".to_owned();
    };
    let instance = store.instance(InstanceId::from_index(index));
    let module = instance.module().module();
    let own = (module.imported.functions as usize..module.functions.len()).map(FuncIdx::new);
    let mut escaping = own.filter(|&own| module.functions[own.index()].funcref.is_some());
    let found = escaping.find(|&own| instance.function(own) == function);
    let function = match found {
        Some(index) => match module.func_name(index) {
            Some(name) => format!("function {} (${})", index.as_u32(), Escaped(name)),
            None => format!("function {}", index.as_u32()),
        },
        None => "a function".to_owned(),
    };
    match module.names().module() {
        Some(name) => format!("{function} of module {}", Escaped(name)),
        None => format!("{function} of instance {index}"),
    }
}
