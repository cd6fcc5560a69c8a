//! How a store gets places in its engine's pool.
//!
//! What is made asynchronously is made on a fiber, which has a stack's place. It must not wait for others there: those who have them may be
//! waiting for a stack. So its places are taken [beforehand](take_beforehand), and kept by the store until they are asked for.

use crate::compiled::CompiledModule;
use crate::pool::{Kind, Lease, Numbers};
use crate::store::{Host, Store};

/// Places for something that is to be made; whoever makes it adds them to the store. A thread waits for them, if it may, unless it runs on a
/// fiber.
///
/// # Errors
///
/// A [`PoolConcurrencyLimitError`](crate::PoolConcurrencyLimitError): they are taken.
pub fn lease(host: &mut dyn Host, wanted: Numbers) -> transom_error::Result<Lease> {
    let store = host.store();
    let Some(pool) = store.engine().pool().cloned() else {
        return Ok(Lease::default());
    };
    if let Some(lease) = store.take_ready(wanted) {
        return Ok(lease);
    }
    Ok(match store.core().fiber_depth() {
        0 => pool.take(wanted)?,
        _ => pool.take_free(wanted)?,
    })
}

/// Takes places for what is going to be made on a fiber, and waits for them if it may. It takes none, and does not wait, if the caller runs on a
/// fiber already. What is not asked for until [`give_ready_back`](crate::Store::give_ready_back) is given back then.
///
/// # Errors
///
/// As [`lease`].
pub async fn take_beforehand<H: Host>(host: &mut H, wanted: Numbers) -> transom_error::Result<()> {
    if host.store().core().fiber_depth() > 0 {
        return Ok(());
    }
    let Some(pool) = host.store().engine().pool().cloned() else {
        return Ok(());
    };
    let lease = pool.take_later(wanted).await?;
    host.store().set_ready(lease);
    Ok(())
}

/// What an instance of a module needs in a store.
pub fn needs(store: &Store, module: &CompiledModule) -> Numbers {
    let heap = module.uses_heap() && store.objects.heap.is_none();
    let instance = Numbers::of_instance(module.module());
    match heap {
        true => instance.plus(Kind::Heap.one()),
        false => instance,
    }
}
