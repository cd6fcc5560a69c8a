//! How much the stores of an engine may have at the same time, and how much they have.
//!
//! A store takes all places that an instantiation needs at once, and gives all of its places back when it is dropped. Who finds them taken gets
//! an error, or waits: a thread for a while, and a future for as long as it is polled. Who waits holds what its store has already, but never
//! a stack: what runs on a fiber does not wait, so that programs which run always come to an end.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use transom_layout::VmOffsets;
use transom_module::Module;

/// What there is a bounded number of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Instances of modules.
    Instance,
    /// Linear memories.
    Memory,
    /// Tables.
    Table,
    /// Heaps of objects.
    Heap,
    /// Stacks of fibers.
    Stack,
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Instance, Kind::Memory, Kind::Table, Kind::Heap, Kind::Stack];

    /// One of it, and nothing else.
    pub fn one(self) -> Numbers {
        let mut numbers = Numbers::default();
        numbers.0[self as usize] = 1;
        numbers
    }

    /// What it is called, and which setting has its number.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Kind::Instance => ("instances", "total_core_instances"),
            Kind::Memory => ("memories", "total_memories"),
            Kind::Table => ("tables", "total_tables"),
            Kind::Heap => ("heaps of objects", "total_gc_heaps"),
            Kind::Stack => ("stacks", "total_stacks"),
        }
    }
}

/// A number for each kind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Numbers([u32; Kind::ALL.len()]);

impl Numbers {
    /// The numbers of instances, memories, tables, heaps and stacks.
    pub fn new(numbers: [u32; 5]) -> Numbers {
        Numbers(numbers)
    }

    /// That of a kind.
    pub fn of(&self, kind: Kind) -> u32 {
        self.0[kind as usize]
    }

    /// What an instance of a module needs, apart from its store's heap.
    pub(crate) fn of_instance(module: &Module) -> Numbers {
        let memories = module.memories.len() as u32 - module.imported.memories;
        let tables = module.tables.len() as u32 - module.imported.tables;
        Numbers([1, memories, tables, 0, 0])
    }

    fn combined(self, other: Numbers, with: impl Fn(u32, u32) -> u32) -> Numbers {
        Numbers(std::array::from_fn(|kind| with(self.0[kind], other.0[kind])))
    }

    /// The sum.
    pub(crate) fn plus(self, other: Numbers) -> Numbers {
        self.combined(other, u32::saturating_add)
    }

    /// The first kind of which there are more than `limits` allow.
    fn beyond(&self, limits: &Numbers) -> Option<Kind> {
        Kind::ALL
            .into_iter()
            .find(|kind| self.of(*kind) > limits.of(*kind))
    }
}

/// What the stores of an engine may have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolOptions {
    /// How many there may be at the same time.
    pub limits: Numbers,
    /// How long a thread waits for a place. With 0 nothing waits, futures neither.
    pub patience: Duration,
    /// The most bytes of a memory.
    pub memory_size: usize,
    /// The most elements of a table.
    pub table_elements: usize,
    /// The most bytes of what compiled code knows of an instance.
    pub instance_size: usize,
    /// The most memories and tables that a module defines.
    pub per_module: (u32, u32),
}

/// All places of one kind are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolConcurrencyLimitError {
    kind: Kind,
    limit: u32,
}

impl std::fmt::Display for PoolConcurrencyLimitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (limit, (what, setting)) = (self.limit, self.kind.names());
        write!(
            f,
            "the engine's pool has room for {limit} {what}, and all of it is in use; try: a larger \
             `PoolingAllocationConfig::{setting}`, or let programs wait for it with `max_wait`"
        )
    }
}

impl std::error::Error for PoolConcurrencyLimitError {}

/// A module that no instance in the pool can have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the module does not fit into the engine's pool: {what}; try: a larger `PoolingAllocationConfig::{setting}`"
)]
pub struct BeyondPool {
    what: String,
    setting: &'static str,
}

/// The places of an engine.
#[derive(Debug)]
pub struct Pool {
    options: PoolOptions,
    taken: Mutex<Taken>,
    freed: Condvar,
}

#[derive(Default, Debug)]
struct Taken {
    numbers: Numbers,
    /// Tasks that wait, by the numbers of their futures.
    waiting: BTreeMap<u64, Waker>,
    /// The number of the next future that waits.
    next: u64,
}

/// Places that somebody has, until this is dropped. In a box, since most stores have none.
#[derive(Default, Debug)]
pub struct Lease(Option<Box<Leased>>);

#[derive(Debug)]
struct Leased {
    pool: Arc<Pool>,
    numbers: Numbers,
}

impl Pool {
    /// With all places free.
    pub fn new(options: PoolOptions) -> Pool {
        Pool {
            options,
            taken: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// What there may be.
    pub fn options(&self) -> &PoolOptions {
        &self.options
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is.
    pub fn taken(&self) -> Numbers {
        self.lock().numbers
    }

    fn full(&self, kind: Kind) -> PoolConcurrencyLimitError {
        let limit = self.options.limits.of(kind);
        PoolConcurrencyLimitError { kind, limit }
    }

    /// Whether it helps to wait for so much.
    fn can_wait(&self, wanted: &Numbers) -> bool {
        !self.options.patience.is_zero() && wanted.beyond(&self.options.limits).is_none()
    }

    fn try_take(
        self: &Arc<Self>,
        taken: &mut Taken,
        wanted: Numbers,
    ) -> Result<Lease, PoolConcurrencyLimitError> {
        let sum = taken.numbers.plus(wanted);
        if let Some(kind) = sum.beyond(&self.options.limits) {
            return Err(self.full(kind));
        }
        taken.numbers = sum;
        Ok(Lease(Some(Box::new(Leased {
            pool: self.clone(),
            numbers: wanted,
        }))))
    }

    /// Takes places, for which the thread waits if it may.
    ///
    /// # Errors
    ///
    /// They are taken.
    pub fn take(self: &Arc<Self>, wanted: Numbers) -> Result<Lease, PoolConcurrencyLimitError> {
        let mut taken = self.lock();
        let first = self.try_take(&mut taken, wanted);
        if first.is_ok() || !self.can_wait(&wanted) {
            return first;
        }
        let end = Instant::now().checked_add(self.options.patience);
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            taken = match left {
                Some(left) => {
                    let waited = self.freed.wait_timeout(taken, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner),
            };
            let lease = self.try_take(&mut taken, wanted);
            if lease.is_ok() || left.is_some_and(|left| left.is_zero()) {
                return lease;
            }
        }
    }

    /// Takes places that are free, and waits for nothing.
    ///
    /// # Errors
    ///
    /// They are taken.
    pub fn take_free(self: &Arc<Self>, wanted: Numbers) -> Result<Lease, PoolConcurrencyLimitError> {
        self.try_take(&mut self.lock(), wanted)
    }

    /// Takes places, and waits for them if it may, without the thread. Those who wait have no order.
    pub fn take_later(self: &Arc<Self>, wanted: Numbers) -> TakeLater {
        TakeLater {
            pool: self.clone(),
            wanted,
            number: None,
        }
    }

    fn give_back(&self, numbers: Numbers) {
        let wakers = {
            let mut taken = self.lock();
            taken.numbers = taken.numbers.combined(numbers, u32::saturating_sub);
            std::mem::take(&mut taken.waiting)
        };
        self.freed.notify_all();
        wakers.into_values().for_each(Waker::wake);
    }

    /// Whether instances of a module can be in the pool.
    ///
    /// # Errors
    ///
    /// It has more or larger memories or tables than fit.
    pub fn check_module(&self, module: &Module, offsets: &VmOffsets) -> Result<(), BeyondPool> {
        let options = &self.options;
        let check = |beyond: bool, setting, what: &dyn Fn() -> String| match beyond {
            true => Err(BeyondPool {
                what: what(),
                setting,
            }),
            false => Ok(()),
        };
        let (most_memories, most_tables) = options.per_module;
        let memories = &module.memories[module.imported.memories as usize..];
        let tables = &module.tables[module.imported.tables as usize..];
        check(
            memories.len() > most_memories as usize,
            "max_memories_per_module",
            &|| {
                format!(
                    "it defines {} memories, and {most_memories} are allowed",
                    memories.len()
                )
            },
        )?;
        check(
            tables.len() > most_tables as usize,
            "max_tables_per_module",
            &|| {
                format!(
                    "it defines {} tables, and {most_tables} are allowed",
                    tables.len()
                )
            },
        )?;
        for (index, ty) in memories.iter().enumerate() {
            let bytes = ty.limits.min.saturating_mul(ty.page_size());
            check(bytes > options.memory_size as u64, "max_memory_size", &|| {
                let (index, most) = (index + module.imported.memories as usize, options.memory_size);
                format!("memory {index} begins with {bytes} bytes, and {most} are allowed")
            })?;
        }
        for (index, table) in tables.iter().enumerate() {
            let elements = table.ty.limits.min;
            check(
                elements > options.table_elements as u64,
                "table_elements",
                &|| {
                    let (index, most) = (index + module.imported.tables as usize, options.table_elements);
                    format!("table {index} begins with {elements} elements, and {most} are allowed")
                },
            )?;
        }
        let size = offsets.size() as usize;
        check(size > options.instance_size, "max_core_instance_size", &|| {
            let (functions, globals) = (module.functions.len(), module.globals.len());
            format!(
                "an instance takes {size} bytes, for its {functions} functions, {globals} globals and {} types, and {} are allowed",
                module.types.len(),
                options.instance_size
            )
        })
    }
}

/// Places that are waited for.
///
/// # Errors
///
/// They are taken, and nothing waits.
#[derive(Debug)]
pub struct TakeLater {
    pool: Arc<Pool>,
    wanted: Numbers,
    /// The future's number among those that wait, once it does.
    number: Option<u64>,
}

impl Future for TakeLater {
    type Output = Result<Lease, PoolConcurrencyLimitError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // An executor's code runs before anything is locked.
        let waker = context.waker().clone();
        let this = &mut *self;
        let mut taken = this.pool.lock();
        let lease = this.pool.try_take(&mut taken, this.wanted);
        if lease.is_ok() || !this.pool.can_wait(&this.wanted) {
            drop(taken);
            return Poll::Ready(lease);
        }
        let number = *this.number.get_or_insert_with(|| {
            taken.next += 1;
            taken.next
        });
        let former = taken.waiting.insert(number, waker);
        drop(taken);
        drop(former);
        Poll::Pending
    }
}

impl Drop for TakeLater {
    fn drop(&mut self) {
        let number = self.number.take();
        let waker = number.and_then(|number| self.pool.lock().waiting.remove(&number));
        drop(waker);
    }
}

impl Lease {
    /// Takes some of its places out, if it has so many.
    pub fn split(&mut self, wanted: Numbers) -> Option<Lease> {
        let own = self.0.as_mut()?;
        if wanted.beyond(&own.numbers).is_some() {
            return None;
        }
        own.numbers = own.numbers.combined(wanted, u32::saturating_sub);
        Some(Lease(Some(Box::new(Leased {
            pool: own.pool.clone(),
            numbers: wanted,
        }))))
    }

    /// Takes over the places of another one, of the same pool.
    pub fn add(&mut self, mut other: Lease) {
        match (&mut self.0, other.0.take()) {
            (_, None) => {}
            (Some(own), Some(mut others)) => {
                own.numbers = own.numbers.plus(std::mem::take(&mut others.numbers));
            }
            (own @ None, others) => *own = others,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(leased) = self.0.take() {
            leased.pool.give_back(leased.numbers);
        }
    }
}

#[cfg(test)]
mod tests;
