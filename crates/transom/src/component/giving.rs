//! Handles that instances are given, and resources that nobody owns any more.

use super::handles::{Handle, MAX_HANDLES};
use crate::store::StoreOpaque;
use crate::unchecked::core_func::{CoreFunc, Number};
use transom_error::{Result, ensure};

/// Adds a handle for an instance or the host, if the store's limits allow.
///
/// # Errors
///
/// They do not, or there are too many handles.
pub(crate) fn add_handle(store: &mut dyn StoreOpaque, instance: Option<u32>, handle: Handle) -> Result<u32> {
    if let Some((current, desired)) = store.components_mut().handles(instance).growth() {
        ensure!(
            store.table_growing(current, desired, Some(MAX_HANDLES + 1))?,
            "the store's limits forbid a table of {desired} handles"
        );
        store.components_mut().handles(instance).reserve(desired)?;
    }
    store.components_mut().handles(instance).add(handle)
}

/// Adds a borrowed handle for an instance, which ends with the innermost call.
///
/// # Errors
///
/// As [`add_handle`].
pub(crate) fn add_borrow(store: &mut dyn StoreOpaque, instance: u32, ty: u32, rep: u32) -> Result<u32> {
    let scope = store.components_mut().count_borrow();
    let scope = scope.expect("a call that borrows has a scope");
    add_handle(store, Some(instance), Handle::borrowed(ty, rep, scope))
}

/// Calls the destructor of a resource that nobody owns any more.
///
/// # Errors
///
/// It trapped; or its instance did before, and must not be entered.
pub(crate) fn destroy(
    store: &mut dyn StoreOpaque,
    key: u32,
    destructor: Option<CoreFunc>,
    rep: u32,
) -> Result<()> {
    let Some(destructor) = destructor else {
        return Ok(());
    };
    let components = store.components_mut();
    let instance = components.resources[key as usize].instance;
    if let Some(instance) = instance {
        let root = components.instance(instance).root;
        components.check_enter(root)?;
    }
    let mut numbers = [Number::default()];
    numbers[0].set(u64::from(rep));
    destructor.call(store, &mut numbers)
}
