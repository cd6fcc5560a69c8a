//! The store: everything that instances are made of, owned until the store is dropped.

use crate::engine::Engine;
use crate::global::GlobalInstance;
use crate::handles::Handles;
use crate::host_function::{HostBody, HostFunction};
use crate::ids::{GlobalId, InstanceId, MemoryId, StoreId, TableId, TagId};
use crate::instance::Instance;
use crate::interrupt::InterruptHandle;
use crate::memory::{MemoryInstance, SharedMemory};
use crate::objects::StoreHeap;
use crate::pool::{Lease, Numbers};
use crate::raw::component_link::ComponentLink;
use crate::raw::context::{HostContext, HostParts};
use crate::raw::function::FuncPtr;
use crate::raw::place::Place;
use crate::raw::shared::Shared;
use crate::raw::stop::Stoppable;
use crate::raw::store_core::StoreCore;
use crate::raw::thunk::leave_in_registers;
use crate::table::TableInstance;
use crate::unwind::Unwind;
use std::future::Future;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use transom_code::{AdapterKind, Shape};
use transom_layout::{VmGlobal, VmTable};
use transom_sys::FiberStack;
use transom_types::{GlobalType, HeapType, RegisteredType, TableType};

/// Who answers for a store while compiled code runs on it. The store is a part of the host.
pub trait Host {
    /// The store.
    fn store(&mut self) -> &mut Store;

    /// Whether a memory may grow from `current` to `desired` bytes, `maximum` being its type's.
    ///
    /// # Errors
    ///
    /// The program is to end with this error, instead of being told that the memory can't grow.
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> transom_error::Result<bool>;

    /// A memory that was allowed to grow could not.
    ///
    /// # Errors
    ///
    /// The program is to end with this error.
    fn memory_grow_failed(&mut self, error: transom_error::Error) -> transom_error::Result<()>;

    /// Whether a table may grow from `current` to `desired` elements, `maximum` being its type's.
    ///
    /// # Errors
    ///
    /// The program is to end with this error, instead of being told that the table can't grow.
    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> transom_error::Result<bool>;

    /// A table that was allowed to grow could not.
    ///
    /// # Errors
    ///
    /// The program is to end with this error.
    fn table_grow_failed(&mut self, error: transom_error::Error) -> transom_error::Result<()>;

    /// Whether the heap of objects may grow from `current` to `desired` bytes, `maximum` being the most that it can have.
    ///
    /// # Errors
    ///
    /// The program is to end with this error.
    fn gc_heap_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> transom_error::Result<bool>;

    /// The store's epoch deadline has come.
    ///
    /// # Errors
    ///
    /// The program is to end with this error.
    fn epoch_deadline_reached(&mut self) -> transom_error::Result<AtDeadline>;
}

/// What a program does whose epoch deadline has come.
pub enum AtDeadline {
    /// It goes on, until its next deadline.
    GoOn,
    /// It waits for a future, and goes on then for so many epochs.
    Wait(Pin<Box<dyn Future<Output = ()> + Send>>, u64),
}

/// The part of a store that has a fixed address.
pub type StoreShared = Shared<dyn Host, Unwind>;

/// A store.
pub struct Store {
    id: StoreId,
    shared: Arc<StoreShared>,
    pub(crate) instances: Vec<Instance>,
    memories: Vec<MemoryInstance>,
    pub(crate) tables: Vec<TableInstance>,
    pub(crate) globals: Vec<GlobalInstance>,
    tags: Vec<RegisteredType>,
    /// By type id.
    pub(crate) func_infos: Vec<Option<KnownFunc>>,
    pub(crate) host: HostSide,
    /// What concerns objects.
    pub objects: Objects,
    /// Last, so that others get its places in the pool when what was in them is gone.
    membership: Membership,
}

/// What a store is in its engine.
struct Membership {
    engine: Arc<Engine>,
    /// Whether the engine knows that the store follows the epoch.
    watched: bool,
    /// Its places in the engine's pool.
    lease: Lease,
    /// Places that were taken for what is going to be made.
    ready: Lease,
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(stack) = self.host.fiber_stack.take() {
            self.membership.engine.fiber_stacks().give(stack);
        }
        if let Some(heap) = self.objects.heap.take() {
            let space = heap.into_space();
            self.membership.engine.heap_spaces().give(space);
        }
    }
}

/// The heap of a store, and what of the host's refers to it.
#[derive(Default)]
pub struct Objects {
    /// The heap, once there is a need for one.
    pub(crate) heap: Option<Box<StoreHeap>>,
    /// The host's references.
    pub handles: Handles,
    /// The exception that was thrown last and that nothing has caught, or null.
    pub pending_exception: u32,
}

impl Objects {
    /// Whether an address is among those that a null reference leads to.
    pub(crate) fn is_null_address(&self, address: usize) -> bool {
        self.heap
            .as_ref()
            .is_some_and(|heap| heap.is_null_address(address))
    }
}

/// The current contents of a store, except for objects.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct StoreStatistics {
    /// Instances.
    pub instances: usize,
    /// Linear memories, including shared ones.
    pub memories: usize,
    /// The sum of the sizes of all linear memories in bytes. The resident memory is smaller.
    pub memory_bytes: u64,
    /// Tables.
    pub tables: usize,
    /// Elements of all tables.
    pub table_elements: u64,
}

/// What the host brought into a store, and waits on.
#[derive(Default)]
pub(crate) struct HostSide {
    functions: Vec<StoredHostFunction>,
    /// What adapters between components read.
    pub(crate) links: Vec<ComponentLink>,
    /// Types that the host's tables and globals mention.
    types: Vec<RegisteredType>,
    /// The stack of the fiber that ended last.
    fiber_stack: Option<FiberStack>,
}

/// A host function in a store.
struct StoredHostFunction {
    /// Keeps what the context points to.
    _function: Arc<HostFunction>,
    /// Its context, which has its function reference.
    _context: HostContext,
}

/// What calling a function from the host needs to know of its type.
#[derive(Debug)]
pub struct FuncInfo {
    /// The type.
    pub ty: RegisteredType,
    /// Its shape.
    pub shape: Shape,
    /// Address of the adapter for entering.
    pub enter: usize,
}

/// What a store knows of a type of functions. The adapter is here, too: a call without checks reads nothing else.
#[derive(Clone)]
pub(crate) struct KnownFunc {
    pub enter: usize,
    pub info: Arc<FuncInfo>,
}

impl Store {
    /// An empty store.
    pub fn new(engine: &Arc<Engine>) -> Store {
        let options = engine.options();
        let runtime = engine.runtime();
        let core = StoreCore::new(
            [runtime.poll, runtime.tick, runtime.out_of_fuel],
            options.max_wasm_stack,
            options.backtrace_frames,
        );
        Store {
            id: StoreId::unique(),
            shared: Arc::new(StoreShared::new(core)),
            instances: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            tags: Vec::new(),
            func_infos: Vec::new(),
            host: HostSide::default(),
            objects: Objects::default(),
            membership: Membership {
                engine: engine.clone(),
                watched: false,
                lease: Lease::default(),
                ready: Lease::default(),
            },
        }
    }

    /// What tells the store apart.
    pub fn id(&self) -> StoreId {
        self.id
    }

    /// Its engine.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.membership.engine
    }

    /// What compiled code, fault handlers and interruption handles read and write.
    pub fn core(&self) -> &StoreCore {
        &self.shared
    }

    /// The same, kept for as long as somebody holds it.
    pub(crate) fn core_handle(&self) -> Arc<dyn AsRef<StoreCore> + Send + Sync> {
        self.shared.clone()
    }

    /// The part with a fixed address, for entering compiled code.
    #[inline]
    pub fn shared_ptr(&self) -> NonNull<StoreShared> {
        NonNull::from(&*self.shared)
    }

    /// The stack of the fiber that ended last, if no other fiber has it.
    pub(crate) fn take_fiber_stack(&mut self) -> Option<FiberStack> {
        self.host.fiber_stack.take()
    }

    /// Keeps the stack of a fiber that is done for the next one.
    pub(crate) fn give_fiber_stack(&mut self, stack: FiberStack) {
        if self.membership.engine.pool().is_some() {
            // A store that waits for nothing must not hold one of few.
            return self.membership.engine.fiber_stacks().give(stack);
        }
        let cleaned = self.membership.engine.fiber_stacks().clean(stack);
        if let Some(extra) = std::mem::replace(&mut self.host.fiber_stack, cleaned) {
            self.membership.engine.fiber_stacks().give(extra);
        }
    }

    /// Interrupts its programs from other threads.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(self.shared.clone())
    }

    /// Asks its programs to stop `delta` epochs from now.
    pub fn set_epoch_deadline(&mut self, delta: u64) {
        self.core()
            .set_deadline(self.membership.engine.epoch().saturating_add(delta));
        let first = !std::mem::replace(&mut self.membership.watched, true);
        let shared: Arc<dyn Stoppable> = self.shared.clone();
        let watched = first.then(|| Arc::downgrade(&shared));
        self.membership.engine.epochs().watch(&*shared, watched);
    }

    /// Whether the deadline has come.
    pub fn epoch_deadline_reached(&self) -> bool {
        self.core().deadline() <= self.membership.engine.epoch()
    }

    /// What the store holds now.
    pub fn statistics(&self) -> StoreStatistics {
        StoreStatistics {
            instances: self.instances.len(),
            memories: self.memories.len(),
            memory_bytes: self.memories.iter().map(|memory| memory.len() as u64).sum(),
            tables: self.tables.len(),
            table_elements: self.tables.iter().map(|table| table.len() as u64).sum(),
        }
    }

    /// How many host functions it has.
    pub(crate) fn host_functions(&self) -> usize {
        self.host.functions.len()
    }

    /// Bytes of the lists of what it has, but for the instances.
    pub(crate) fn list_bytes(&self) -> usize {
        self.memories.capacity() * size_of::<MemoryInstance>()
            + self.tables.capacity() * size_of::<TableInstance>()
            + self.globals.capacity() * size_of::<GlobalInstance>()
            + self.tags.capacity() * size_of::<RegisteredType>()
            + self.func_infos.capacity() * size_of::<Option<KnownFunc>>()
    }

    /// Bytes of memory that its linear memories, its tables and its heap take at most, as programs see them.
    pub fn used_bytes(&self) -> u64 {
        /// Bytes of an element, at most.
        const ELEMENT: u64 = 8;
        let held = self.statistics();
        let heap = self.objects.heap.as_ref().map_or(0, |heap| heap.granted());
        held.memory_bytes + held.table_elements * ELEMENT + heap
    }

    /// The instances, in the order in which they were made.
    pub fn instance_ids(&self) -> impl ExactSizeIterator<Item = InstanceId> + use<> {
        (0..self.instances.len() as u32).map(InstanceId)
    }

    /// The memories, in the order in which they were made, with those that other stores have, too.
    pub fn memory_ids(&self) -> impl ExactSizeIterator<Item = MemoryId> + use<> {
        (0..self.memories.len() as u32).map(MemoryId)
    }

    /// The globals, in the order in which they were made.
    pub fn global_ids(&self) -> impl ExactSizeIterator<Item = GlobalId> + use<> {
        (0..self.globals.len() as u32).map(GlobalId)
    }

    /// An instance.
    pub fn instance(&self, id: InstanceId) -> &Instance {
        &self.instances[id.0 as usize]
    }

    pub(crate) fn instance_mut(&mut self, id: InstanceId) -> &mut Instance {
        &mut self.instances[id.0 as usize]
    }

    /// A memory.
    pub fn memory(&self, id: MemoryId) -> &MemoryInstance {
        &self.memories[id.0 as usize]
    }

    /// A memory, to be changed.
    pub fn memory_mut(&mut self, id: MemoryId) -> &mut MemoryInstance {
        &mut self.memories[id.0 as usize]
    }

    /// A table.
    pub fn table(&self, id: TableId) -> &TableInstance {
        &self.tables[id.0 as usize]
    }

    /// A table, to be changed.
    pub fn table_mut(&mut self, id: TableId) -> &mut TableInstance {
        &mut self.tables[id.0 as usize]
    }

    /// A global.
    pub fn global(&self, id: GlobalId) -> &GlobalInstance {
        &self.globals[id.0 as usize]
    }

    /// The type of a tag.
    pub fn tag(&self, id: TagId) -> &RegisteredType {
        &self.tags[id.0 as usize]
    }

    /// Takes a memory in.
    ///
    /// # Panics
    ///
    /// If it belongs to another engine, whose code may expect other guards around it.
    pub fn add_memory(&mut self, memory: MemoryInstance) -> MemoryId {
        assert!(
            Arc::ptr_eq(memory.engine(), &self.membership.engine),
            "a memory of another engine"
        );
        add(&mut self.memories, memory);
        MemoryId(self.memories.len() as u32 - 1)
    }

    /// The store's hold on a shared memory, which it takes if it has none yet.
    ///
    /// # Panics
    ///
    /// As [`add_memory`](Self::add_memory).
    pub fn add_shared_memory(&mut self, memory: &Arc<SharedMemory>) -> MemoryId {
        let known = self
            .memories
            .iter()
            .position(|known| known.shared().is_some_and(|known| Arc::ptr_eq(known, memory)));
        match known {
            Some(index) => MemoryId(index as u32),
            None => self.add_memory(MemoryInstance::of_shared(memory.clone())),
        }
    }

    /// Keeps places in the engine's pool, of something that was made.
    pub fn add_lease(&mut self, lease: Lease) {
        self.membership.lease.add(lease);
    }

    /// Takes places out that the store has, for something that may outlive it.
    pub(crate) fn split_lease(&mut self, wanted: Numbers) -> Lease {
        self.membership.lease.split(wanted).unwrap_or_default()
    }

    /// Keeps places for what is going to be made.
    pub(crate) fn set_ready(&mut self, lease: Lease) {
        self.membership.ready.add(lease);
    }

    /// Places that were taken for what is made now, if there are so many.
    pub(crate) fn take_ready(&mut self, wanted: Numbers) -> Option<Lease> {
        self.membership.ready.split(wanted)
    }

    /// Gives back what was taken for something that was not made.
    pub fn give_ready_back(&mut self) {
        self.membership.ready = Lease::default();
    }

    /// A new table of the host's, of nulls. `None` if there is not that much memory.
    pub fn add_table(&mut self, ty: TableType) -> Option<TableId> {
        self.push_table(ty, None)
    }

    /// Takes in a table that lies in an instance's context.
    pub(crate) fn add_own_table(&mut self, ty: TableType, place: Place<VmTable>) -> Option<TableId> {
        self.push_table(ty, Some(place))
    }

    fn push_table(&mut self, ty: TableType, place: Option<Place<VmTable>>) -> Option<TableId> {
        let most = self
            .membership
            .engine
            .pool()
            .map(|pool| pool.options().table_elements);
        let table = TableInstance::new(
            self.membership.engine.registry(),
            ty,
            place,
            most.unwrap_or(usize::MAX),
        )?;
        add(&mut self.tables, table);
        Some(TableId(self.tables.len() as u32 - 1))
    }

    /// A new global of the host's, whose value's bytes are all zero.
    pub fn add_global(&mut self, ty: GlobalType) -> GlobalId {
        self.push_global(ty, None)
    }

    /// Takes in a global that lies in an instance's context.
    pub(crate) fn add_own_global(&mut self, ty: GlobalType, place: Place<VmGlobal>) -> GlobalId {
        self.push_global(ty, Some(place))
    }

    fn push_global(&mut self, ty: GlobalType, place: Option<Place<VmGlobal>>) -> GlobalId {
        let global = GlobalInstance::new(self.membership.engine.registry(), ty, place);
        add(&mut self.globals, global);
        GlobalId(self.globals.len() as u32 - 1)
    }

    /// Keeps the type that something of the host's mentions for as long as the store lives.
    pub fn keep_type(&mut self, heap: HeapType) {
        if let HeapType::Concrete(id) = heap {
            self.host
                .types
                .extend(self.membership.engine.registry().lookup(id));
        }
    }

    /// A new tag.
    pub fn add_tag(&mut self, ty: RegisteredType) -> TagId {
        add(&mut self.tags, ty);
        TagId(self.tags.len() as u32 - 1)
    }

    /// Makes a function of this store from one that the host defines.
    ///
    /// # Errors
    ///
    /// The function needs an adapter that can't be made.
    pub fn add_host_function(&mut self, function: Arc<HostFunction>) -> transom_error::Result<FuncPtr> {
        let (code, body) = match function.body {
            HostBody::Registers(body) => (leave_in_registers as *const () as usize, body),
            HostBody::Array(body) => {
                let ty = function.ty.as_func().expect("host functions have function types");
                let shape = Shape::of(self.membership.engine.registry(), ty);
                (self.membership.engine.adapter(AdapterKind::Leave, &shape)?, body)
            }
        };
        if function.waits {
            self.core().need_fibers();
        }
        let context = HostContext::new(HostParts {
            store: self.core().context(),
            code,
            body,
            environment: function.environment(),
            ty: function.ty.descriptor(),
        });
        let pointer = context.function(self.id);
        let function = StoredHostFunction {
            _function: function,
            _context: context,
        };
        add(&mut self.host.functions, function);
        Ok(pointer)
    }

    /// Says which memory an address was meant for that faulted.
    pub(crate) fn describe_address(&self, address: usize) -> Option<String> {
        let memory = self
            .memories
            .iter()
            .find(|memory| memory.addresses().contains(&address))?;
        let offset = address - memory.addresses().start;
        Some(format!(
            "address {offset:#x} in a memory of {:#x} bytes",
            memory.len()
        ))
    }
}

/// Adds to a list that has one entry in most stores: room for four would be more than the rest of a small store.
pub(crate) fn add<T>(list: &mut Vec<T>, entry: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(entry);
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
