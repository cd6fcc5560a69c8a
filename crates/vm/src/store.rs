//! The store: everything that instances are made of, owned until the store is dropped.

use crate::engine::EpochStore;
use crate::handles::Handles;
use crate::heap::StoreHeap;
use crate::host::{HostBody, HostFunction, StoredHostFunction};
use crate::raw::context::{HostContext, Standalone};
use crate::raw::enter::FuncPtr;
use crate::raw::place::Place;
use crate::raw::shared::StoreShared;
use crate::{Engine, Instance, InstanceId, InterruptHandle, MemoryInstance, SharedMemory, TableInstance};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use transom_code::{AdapterKind, Shape};
use transom_layout::VmGlobal;
use transom_layout::object::FieldClass;
use transom_types::{GlobalType, HeapType, RegisteredType};

/// Tells stores apart, for the life of the process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StoreId(u64);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct $name(pub(crate) u32);)*
    };
}

ids! {
    /// A memory of a store.
    MemoryId;
    /// A table of a store.
    TableId;
    /// A global of a store.
    GlobalId;
    /// A tag of a store.
    TagId;
}

impl TagId {
    /// The number by which objects of the store know the tag.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The tag that a number stands for.
    pub fn from_number(number: u32) -> TagId {
        TagId(number)
    }
}

/// A global of a store.
#[derive(Debug)]
pub struct GlobalInstance {
    /// Its type.
    pub ty: GlobalType,
    pub(crate) place: Place<VmGlobal>,
    /// Whether its value is a reference to an object.
    pub(crate) holds_objects: bool,
    _standalone: Option<Standalone>,
}

impl GlobalInstance {
    /// The bytes of its value.
    pub fn get(&self) -> [u8; 16] {
        self.place.get().bytes
    }

    /// Replaces its value, whatever its type says about it.
    pub fn set(&self, bytes: [u8; 16]) {
        self.place.set(VmGlobal { bytes });
    }
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

/// A store.
pub struct Store {
    id: StoreId,
    engine: Arc<Engine>,
    epoch: Arc<EpochStore>,
    /// Whether the engine knows that this store follows the epoch.
    watched: bool,
    pub(crate) instances: Vec<Instance>,
    memories: Vec<MemoryInstance>,
    pub(crate) tables: Vec<TableInstance>,
    pub(crate) globals: Vec<GlobalInstance>,
    tags: Vec<RegisteredType>,
    /// By type id.
    func_infos: Vec<Option<Arc<FuncInfo>>>,
    host: HostSide,
    /// What concerns objects.
    pub objects: Objects,
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

/// What a store holds now, apart from objects.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct StoreStatistics {
    /// Instances.
    pub instances: usize,
    /// Linear memories, shared ones among them.
    pub memories: usize,
    /// Bytes of all linear memories, as their programs see them: how much of that the system has given is less.
    pub memory_bytes: u64,
    /// Tables.
    pub tables: usize,
    /// Elements of all tables.
    pub table_elements: u64,
}

/// What the host brought into a store.
#[derive(Default)]
struct HostSide {
    functions: Vec<StoredHostFunction>,
    /// Types that the host's tables and globals mention.
    types: Vec<RegisteredType>,
}

impl Store {
    /// An empty store.
    pub fn new(engine: &Arc<Engine>) -> Store {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let options = engine.options();
        let shared = Arc::new(StoreShared::new(options.max_wasm_stack, options.backtrace_frames));
        Store {
            id: StoreId(NEXT.fetch_add(1, Ordering::Relaxed)),
            engine: engine.clone(),
            epoch: Arc::new(EpochStore {
                shared,
                deadline: AtomicU64::new(u64::MAX),
            }),
            watched: false,
            instances: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            tags: Vec::new(),
            func_infos: Vec::new(),
            host: HostSide::default(),
            objects: Objects::default(),
        }
    }

    /// What tells the store apart.
    pub fn id(&self) -> StoreId {
        self.id
    }

    /// Its engine.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The part with a fixed address.
    pub fn shared(&self) -> &StoreShared {
        &self.epoch.shared
    }

    /// The same, for entering compiled code.
    #[inline]
    pub fn shared_ptr(&self) -> NonNull<StoreShared> {
        NonNull::from(&*self.epoch.shared)
    }

    /// Interrupts its programs from other threads.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(self.epoch.shared.clone())
    }

    /// Asks its programs to stop `delta` epochs from now.
    pub fn set_epoch_deadline(&mut self, delta: u64) {
        let deadline = self.engine.epoch().saturating_add(delta);
        self.epoch.deadline.store(deadline, Ordering::Relaxed);
        let first = !std::mem::replace(&mut self.watched, true);
        self.engine.watch(&self.epoch, first);
    }

    /// Fuel that its programs have left, if the engine's code counts it.
    pub fn fuel(&self) -> u64 {
        self.shared().fuel()
    }

    /// Gives its programs so much fuel, in place of what they have left.
    pub fn set_fuel(&mut self, amount: u64) {
        self.shared().set_fuel(amount);
    }

    /// Whether the deadline has come.
    pub fn epoch_deadline_reached(&self) -> bool {
        self.epoch.deadline.load(Ordering::Relaxed) <= self.engine.epoch()
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

    /// Bytes of memory that its linear memories, its tables and its heap take at most, as programs see them.
    pub fn used_bytes(&self) -> u64 {
        /// Bytes of an element, at most.
        const ELEMENT: u64 = 8;
        let held = self.statistics();
        let heap = self.objects.heap.as_ref().map_or(0, |heap| heap.granted());
        held.memory_bytes + held.table_elements * ELEMENT + heap
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
    pub fn add_memory(&mut self, memory: MemoryInstance) -> MemoryId {
        self.memories.push(memory);
        MemoryId(self.memories.len() as u32 - 1)
    }

    /// The store's hold on a shared memory, which it takes if it has none yet.
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

    /// Takes a table in.
    pub fn add_table(&mut self, table: TableInstance) -> TableId {
        self.tables.push(table);
        TableId(self.tables.len() as u32 - 1)
    }

    /// A new global of the host's, whose value's bytes are all zero.
    pub fn add_global(&mut self, ty: GlobalType) -> GlobalId {
        let (standalone, place) = Standalone::new();
        self.push_global(GlobalInstance {
            ty,
            place,
            holds_objects: false,
            _standalone: Some(standalone),
        })
    }

    /// Takes in a global that lies in an instance's context.
    pub(crate) fn add_own_global(&mut self, ty: GlobalType, place: Place<VmGlobal>) -> GlobalId {
        self.push_global(GlobalInstance {
            ty,
            place,
            holds_objects: false,
            _standalone: None,
        })
    }

    fn push_global(&mut self, mut global: GlobalInstance) -> GlobalId {
        let class = transom_code::value_class(self.engine.registry(), global.ty.value);
        global.holds_objects = class == FieldClass::Object;
        self.globals.push(global);
        GlobalId(self.globals.len() as u32 - 1)
    }

    /// Keeps the type that something of the host's mentions for as long as the store lives.
    pub fn keep_type(&mut self, heap: HeapType) {
        if let HeapType::Concrete(id) = heap {
            self.host.types.extend(self.engine.registry().lookup(id));
        }
    }

    /// A new tag.
    pub fn add_tag(&mut self, ty: RegisteredType) -> TagId {
        self.tags.push(ty);
        TagId(self.tags.len() as u32 - 1)
    }

    /// Makes a function of this store from one that the host defines.
    ///
    /// # Errors
    ///
    /// The function needs an adapter that can't be made.
    pub fn add_host_function(&mut self, function: Arc<HostFunction>) -> anyhow::Result<FuncPtr> {
        let leave = match function.body {
            HostBody::Registers(_) => None,
            HostBody::Array(_) => {
                let ty = function.ty.as_func().expect("host functions have function types");
                let shape = Shape::of(self.engine.registry(), ty);
                Some(self.engine.adapter(AdapterKind::Leave, &shape)?)
            }
        };
        let context = HostContext::new(self.shared().context(), &function, leave);
        let pointer = context.function(self.id);
        self.host.functions.push(StoredHostFunction {
            function,
            _context: context,
        });
        Ok(pointer)
    }

    /// What calling a function needs to know of its type.
    ///
    /// # Errors
    ///
    /// The adapter for entering can't be made.
    pub fn func_info(&mut self, function: FuncPtr) -> anyhow::Result<&Arc<FuncInfo>> {
        let index = function.descriptor(self).id.as_u32() as usize;
        if self.func_infos.get(index).is_none_or(Option::is_none) {
            let info = self.lookup_func_info(function)?;
            if self.func_infos.len() <= index {
                self.func_infos.resize(index + 1, None);
            }
            self.func_infos[index] = Some(info);
        }
        Ok(self.func_infos[index]
            .as_ref()
            .expect("it was made if it was not there"))
    }

    /// The same, without keeping it for the next time.
    ///
    /// # Errors
    ///
    /// The adapter for entering can't be made.
    pub fn lookup_func_info(&self, function: FuncPtr) -> anyhow::Result<Arc<FuncInfo>> {
        let id = function.descriptor(self).id;
        if let Some(Some(info)) = self.func_infos.get(id.as_u32() as usize) {
            return Ok(info.clone());
        }
        let registry = self.engine.registry();
        let ty = registry
            .lookup(id)
            .expect("the store keeps the types of its functions");
        let shape = Shape::of(registry, ty.as_func().expect("functions have function types"));
        let enter = self.engine.adapter(AdapterKind::Enter, &shape)?;
        Ok(Arc::new(FuncInfo { ty, shape, enter }))
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

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
