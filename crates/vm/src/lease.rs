//! How a store gets places in its engine's pool.

use crate::crossing::fiber::{WaitError, wait_for};
use crate::pool::Numbers;
use crate::store::Host;

/// Takes places for a store, until it is dropped. If they are taken, and the pool lets its users wait, a program that runs on a fiber leaves it
/// meanwhile; otherwise the thread waits.
///
/// # Errors
///
/// A [`PoolConcurrencyLimitError`](crate::PoolConcurrencyLimitError), or the future of the fiber was dropped.
pub fn lease(host: &mut dyn Host, wanted: Numbers) -> transom_error::Result<()> {
    let Some(pool) = host.store().engine().pool().cloned() else {
        return Ok(());
    };
    let lease = match pool.take_free(wanted) {
        Ok(lease) => lease,
        Err((full, false)) => return Err(full.into()),
        Err((_, true)) => {
            let in_turn = pool.clone().take_in_turn(wanted);
            match wait_for(host, |_| Box::pin(in_turn)) {
                Ok(lease) => lease?,
                Err(WaitError::NoFiber) => pool.take(wanted)?,
                Err(error @ WaitError::Dropped(_)) => return Err(error.into()),
            }
        }
    };
    host.store().add_lease(lease);
    Ok(())
}
