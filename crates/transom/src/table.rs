//! Tables.

use crate::handle::Handle;
use crate::store::StoreOpaque;
use crate::value::Ref;
use crate::{AsContext, AsContextMut, ExternType, StoreContextMut, TableType, Trap, detail};
use transom_error::{Context, Error, Result, bail};
use transom_vm::{Host, Kind, TableId, TableInstance, libcalls};

/// A table of a store.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 2, None), Ref::Func(None))?;
/// let answer = Func::wrap(&mut store, || 42);
/// table.set(&mut store, 1, answer.into())?;
/// assert!(table.get(&mut store, 0).unwrap().is_null());
/// assert_eq!(table.get(&mut store, 1).unwrap().unwrap_func(), Some(&answer));
/// assert!(table.get(&mut store, 2).is_none());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Table(pub(crate) Handle<TableId>);

impl Table {
    /// Creates a table whose elements are all `init`.
    ///
    /// # Errors
    ///
    /// `init` has another type, the type belongs to another engine, the limits of the store forbid the table, or the
    /// system cannot allocate it.
    pub fn new(mut store: impl AsContextMut, ty: TableType, init: Ref) -> Result<Table> {
        let store = store.as_context_mut();
        store.0.ensure_plain_limits()?;
        Table::create(store, ty, init)
    }

    /// As [`new`](Self::new), where the store's limiter may wait.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); or there is no memory for a stack.
    pub async fn new_async(mut store: impl AsContextMut, ty: TableType, init: Ref) -> Result<Table> {
        let mut store = store.as_context_mut();
        let places = Kind::Table.one();
        store
            .on_fiber_in(places, |store| Table::create(store, ty, init))
            .await?
    }

    fn create<T: 'static>(
        StoreContextMut(store): StoreContextMut<'_, T>,
        ty: TableType,
        init: Ref,
    ) -> Result<Table> {
        ty.element()
            .ensure_engine(store.engine())
            .context("the table's elements")?;
        let lowered = ty.lower();
        let init = init
            .lower(store.vm(), store.engine(), lowered.element)
            .context("the table's elements")?;
        store.count(0, 0, 1)?;
        let size = |elements: u64| usize::try_from(elements).unwrap_or(usize::MAX);
        if !store.table_growing(0, size(ty.minimum()), ty.maximum().map(size))? {
            bail!(
                "table minimum size of {} elements exceeds table limits",
                ty.minimum()
            );
        }
        let place = transom_vm::lease(store, Kind::Table.one())?;
        store.store().keep_type(ty.element().heap_type().lower());
        let id = store.store().add_table(lowered);
        let id = id.with_context(|| format!("cannot allocate a table of {} elements", ty.minimum()))?;
        store.store().add_lease(place);
        // New memory is zeroed already; touching all of it would need as much of it as the table is large.
        if !init.is_zero() {
            let filled = store.store().fill_table(id, 0, ty.minimum(), init);
            filled.expect("all elements of a table are inside it");
        }
        Ok(Table(Handle::of(store.vm(), id)))
    }

    /// The type of the table. Its minimum is the current size.
    ///
    /// # Panics
    ///
    /// If the table belongs to another store. This applies to all infallible methods.
    pub fn ty(&self, store: impl AsContext) -> TableType {
        let store = store.as_context();
        let vm = store.0.vm();
        let ty = vm.extern_type(transom_vm::Extern::Table(self.0.get_for_type(vm)));
        match ExternType::lift(store.engine(), &ty) {
            ExternType::Table(ty) => ty,
            _ => unreachable!("the type of a table"),
        }
    }

    /// The element at `index`, or `None` if `index` is out of bounds.
    pub fn get(&self, mut store: impl AsContextMut, index: u64) -> Option<Ref> {
        let store = store.as_context_mut();
        let vm = store.0.vm();
        let id = self.0.get(vm);
        let (heap, element) = (vm.table(id).ty().element.heap, vm.element(id, index)?);
        Some(Ref::lift(store.0.split().0, heap, element))
    }

    /// Replaces the element at `index`.
    ///
    /// # Errors
    ///
    /// `index` is out of bounds, `value` has another type, or an argument belongs to another store.
    pub fn set(&self, mut store: impl AsContextMut, index: u64, value: Ref) -> Result<()> {
        self.fill(&mut store, index, value, 1)
    }

    /// The number of elements.
    pub fn size(&self, store: impl AsContext) -> u64 {
        let store = store.as_context();
        let vm = store.0.vm();
        vm.table(self.0.get(vm)).len() as u64
    }

    /// Grows the table by `delta` elements that are all `init`, and returns the previous number of elements.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 2, Some(4)), Ref::Func(None))?;
    /// let f = Func::wrap(&mut store, || ());
    /// assert_eq!(table.grow(&mut store, 2, f.into())?, 2);
    /// assert!(table.get(&mut store, 3).is_some_and(|element| element.is_non_null()));
    /// assert!(table.grow(&mut store, 1, Ref::Func(None)).is_err(), "the type says 4 at most");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The type of the table, the limits of the store or the system forbid the new size; `init` has another type; or
    /// an argument belongs to another store.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64, init: Ref) -> Result<u64> {
        let store = store.as_context_mut();
        store.0.ensure_plain_limits()?;
        self.extend(store, delta, init)
    }

    /// As [`grow`](Self::grow), where the store's limiter may wait.
    ///
    /// # Errors
    ///
    /// As [`grow`](Self::grow); or there is no memory for a stack.
    pub async fn grow_async(&self, mut store: impl AsContextMut, delta: u64, init: Ref) -> Result<u64> {
        let mut store = store.as_context_mut();
        store.on_fiber(|store| self.extend(store, delta, init)).await?
    }

    fn extend<T: 'static>(
        &self,
        StoreContextMut(store): StoreContextMut<'_, T>,
        delta: u64,
        init: Ref,
    ) -> Result<u64> {
        let id = self.0.checked(store.vm())?;
        let element = store.vm().table(id).ty().element;
        let init = init
            .lower(store.vm(), store.engine(), element)
            .context("the new elements")?;
        let grown = libcalls::grow_table(store.as_host(), id, delta, init)?;
        grown.with_context(|| format!("failed to grow table by `{delta}`"))
    }

    /// Replaces `len` elements, starting at `start`.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let table = Table::new(&mut store, TableType::new(RefType::EXTERNREF, 5, None), Ref::Extern(None))?;
    /// let value = ExternRef::new(&mut store, "shared by two elements")?;
    /// table.fill(&mut store, 1, value.into(), 2)?;
    /// let full: Vec<_> = (0..5).filter(|&index| table.get(&mut store, index).unwrap().is_non_null()).collect();
    /// assert_eq!(full, [1, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set). If the range is out of bounds, nothing is replaced.
    pub fn fill(&self, mut store: impl AsContextMut, start: u64, value: Ref, len: u64) -> Result<()> {
        let store = store.as_context_mut().0;
        let id = self.0.checked(store.vm())?;
        let element = store.vm().table(id).ty().element;
        let value = value
            .lower(store.vm(), store.engine(), element)
            .context("the element")?;
        let filled = store.store().fill_table(id, start, len, value);
        filled.map_err(|_| out_of_bounds(start, len, store.vm().table(id)))
    }

    /// Copies `len` elements of `source`, starting at `source_start`, to `start` of `destination`. The tables may be
    /// the same.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let ty = TableType::new(RefType::FUNCREF, 3, None);
    /// let f = Func::wrap(&mut store, || ());
    /// let from = Table::new(&mut store, ty.clone(), f.into())?;
    /// let to = Table::new(&mut store, ty, Ref::Func(None))?;
    /// Table::copy(&mut store, &to, 2, &from, 0, 1)?;
    /// assert!(to.get(&mut store, 1).unwrap().is_null() && to.get(&mut store, 2).unwrap().is_non_null());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A range is out of bounds, the element types do not match, or a table belongs to another store.
    pub fn copy(
        mut store: impl AsContextMut,
        destination: &Table,
        start: u64,
        source: &Table,
        source_start: u64,
        len: u64,
    ) -> Result<()> {
        let store = store.as_context_mut().0;
        let (to, from) = (destination.0.checked(store.vm())?, source.0.checked(store.vm())?);
        let element = |id| store.vm().table(id).ty().element;
        if let Some(mismatch) = store.engine().registry().explain_ref(element(from), element(to)) {
            bail!("tables do not match: {mismatch}");
        }
        let copied = store.store().copy_table((from, source_start), (to, start), len);
        copied.map_err(|_| {
            let (to, from) = (store.vm().table(to), store.vm().table(from));
            match from.range(source_start, len) {
                Ok(_) => out_of_bounds(start, len, to),
                Err(_) => out_of_bounds(source_start, len, from),
            }
        })
    }
}

fn out_of_bounds(start: u64, len: u64, table: &TableInstance) -> Error {
    let detail = format!("{len} elements at {start} of a table of {}", table.len());
    detail::detailed(Trap::TableOutOfBounds, detail)
}
