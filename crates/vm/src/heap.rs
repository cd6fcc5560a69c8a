//! A store's heap of objects: when it comes to be, which types it knows, how it grows, and what keeps its objects alive.
//!
//! # Roots
//! References from outside the heap lie in frames of compiled code (listed by their stack maps), in globals, in tables, in the evaluated
//! element segments of instances, in the host's handles, and in an exception that is on its way. Nothing else: a libcall or
//! host function that holds a reference in a Rust variable must not allocate before it has put it into one of these.
//!
//! # Locks
//! While a poll runs, the frames below have references that no stack map lists, so nothing may be collected: the heap is locked, and
//! new objects are old from the beginning. Constant expressions are evaluated in the same way: their values are held by nobody
//! yet, and mostly live as long as their instance.

use crate::handles::Handles;
use crate::host::Host;
use crate::raw::roots::{self, FrameSlots};
use crate::{Instance, Store};
use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use transom_code::{exception_layout, field_class, struct_layout};
use transom_gc::{Extent, Heap, HeapStatistics, Roots, TypeShape};
use transom_layout::object::{FieldClass, MAX_ARRAY_SIZE, ObjectKind, StructLayout, TYPES_START, array_size};
use transom_ops::Trap;
use transom_types::{CompositeType, FieldType, RegisteredType, TypeId, TypeRegistry, ValType};

/// The most bytes of memory that a heap can ever take: as many as references can express.
pub const MAX_HEAP_BYTES: u64 = 4 << 30;

/// The heap of a store, with the types of its objects.
#[derive(Debug)]
pub struct StoreHeap {
    heap: Heap,
    /// Type words of structure, array and, for their tags' exceptions, function types.
    words: HashMap<TypeId, u32>,
    /// The types themselves, by their words; held as long as the heap.
    types: HashMap<u32, RegisteredType>,
    /// The type word of host objects.
    host_type: u32,
    values: HostValues,
    frames: FrameSlots,
    locks: u32,
}

/// Values of the host's that objects stand for.
#[derive(Default)]
struct HostValues {
    values: Vec<Option<Box<dyn Any + Send + Sync>>>,
    free: Vec<u32>,
}

impl std::fmt::Debug for HostValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} host values", self.values.len() - self.free.len())
    }
}

impl HostValues {
    fn add(&mut self, value: Box<dyn Any + Send + Sync>) -> u32 {
        if let Some(index) = self.free.pop() {
            self.values[index as usize] = Some(value);
            return index;
        }
        self.values.push(Some(value));
        (self.values.len() - 1) as u32
    }

    fn remove(&mut self, index: u32) -> Option<Box<dyn Any + Send + Sync>> {
        self.free.push(index);
        self.values[index as usize].take()
    }
}

/// What an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectType {
    /// An unboxed integer.
    I31,
    /// A structure or array.
    Defined(RegisteredType),
    /// A value of the host's.
    Host,
    /// An exception.
    Exception,
}

/// Everything outside the heap that holds references.
struct StoreRoots<'a> {
    instances: &'a mut [Instance],
    tables: &'a [crate::TableInstance],
    globals: &'a [crate::GlobalInstance],
    handles: &'a mut Handles,
    pending: &'a mut u32,
    frames: &'a FrameSlots,
}

impl Roots for StoreRoots<'_> {
    fn visit(&mut self, visit: &mut dyn FnMut(*mut u32)) {
        self.frames.visit(visit);
        self.handles.visit(visit);
        visit(self.pending);
        for global in self.globals.iter().filter(|global| global.holds_objects) {
            roots::visit_global(global.place, visit);
        }
        for table in self.tables.iter().filter(|table| table.holds_objects()) {
            roots::visit_table(table, visit);
        }
        for instance in &mut *self.instances {
            instance.visit_elements(visit);
        }
    }
}

/// A host whose heap collects nothing.
pub(crate) struct Locked<'a>(pub &'a mut dyn Host);

impl<'a> Locked<'a> {
    /// Locks the heap until the value is dropped.
    pub fn new(host: &'a mut dyn Host) -> Locked<'a> {
        host.store().lock_heap();
        Locked(host)
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.0.store().unlock_heap();
    }
}

/// Makes sure that the store has a heap.
///
/// # Errors
///
/// The system has no room for it, or the host's limiter forbids it.
pub fn ensure(host: &mut dyn Host) -> anyhow::Result<()> {
    if host.store().objects.heap.is_some() {
        return Ok(());
    }
    let store = host.store();
    let options = store.engine().options().heap.clone();
    let mut heap = roots::new_heap(store.shared(), &options)?;
    let maximum = max_bytes(host);
    // A host that allows little may allow a small nursery.
    while heap.footprint() > maximum
        || !host.gc_heap_growing(0, heap.footprint() as usize, Some(maximum as usize))?
    {
        if !heap.shrink_nursery() {
            let bytes = heap.footprint();
            anyhow::bail!("the garbage-collected heap's first {bytes} bytes exceed the host's limits");
        }
    }
    host.store().objects.heap = Some(Box::new(StoreHeap::new(heap)));
    Ok(())
}

/// The most bytes of memory that the heap may ever take.
fn max_bytes(host: &mut dyn Host) -> u64 {
    let configured = host.store().engine().options().heap.max_bytes;
    configured.min(MAX_HEAP_BYTES)
}

/// Makes an object of a type of the store's heap, of `size` bytes, and writes its type word; its other bytes are undefined.
///
/// # Errors
///
/// A [`Trap`] if there is no room, or the object would be too large; or an error of the host's.
pub fn allocate(host: &mut dyn Host, ty: u32, size: u64) -> anyhow::Result<u32> {
    if size > MAX_ARRAY_SIZE {
        return Err(Trap::AllocationTooLarge.into());
    }
    let heap = host.store().objects_mut();
    if heap.locks > 0 {
        return allocate_locked(host, ty, size);
    }
    if let Ok(object) = heap.heap.allocate(ty, size, false) {
        return Ok(object);
    }
    let added = heap.heap.added_bytes(size);
    if added > 0 && !heap.heap.is_full_due(size) {
        // A large object that only the host's consent is missing for.
        let wanted = heap.heap.footprint() + added;
        if matches!(grant(host, wanted), Ok(true))
            && let Ok(object) = host.store().objects_mut().heap.allocate(ty, size, false)
        {
            return Ok(object);
        }
    }
    let extent = host.store().objects_mut().heap.due(size);
    host.store().collect(extent);
    // That it is refused, in whatever way, ends nothing as long as there is something left to try.
    if matches!(settle(host, size, extent == Extent::Full), Ok(true))
        && let Ok(object) = host.store().objects_mut().heap.allocate(ty, size, true)
    {
        return Ok(object);
    }
    if extent == Extent::Minor {
        host.store().collect(Extent::Full);
    }
    if settle(host, size, true)?
        && let Ok(object) = host.store().objects_mut().heap.allocate(ty, size, true)
    {
        return Ok(object);
    }
    Err(Trap::HeapOutOfMemory.into())
}

fn allocate_locked(host: &mut dyn Host, ty: u32, size: u64) -> anyhow::Result<u32> {
    let allocate = |host: &mut dyn Host| host.store().objects_mut().heap.allocate_old(ty, size);
    if let Ok(object) = allocate(host) {
        return Ok(object);
    }
    let heap = &host.store().objects_mut().heap;
    let wanted = heap.footprint() + 2 * size;
    if grant(host, wanted)?
        && let Ok(object) = allocate(host)
    {
        return Ok(object);
    }
    Err(Trap::HeapOutOfMemory.into())
}

/// After a collection: asks the host for as much as the heap has, and an object of `size` bytes needs; if it is not given, the
/// nursery shrinks, if it may. False if even that does not help.
fn settle(host: &mut dyn Host, size: u64, may_shrink: bool) -> anyhow::Result<bool> {
    let heap = &host.store().objects_mut().heap;
    let needed = heap.footprint() + heap.added_bytes(size);
    let growth = 3 * heap.nursery_growth();
    // Nobody needs the larger nursery, so that it is refused, in whatever way, ends nothing.
    if growth > 0 && matches!(grant(host, needed + growth), Ok(true)) {
        host.store().objects_mut().heap.grow_nursery();
    }
    loop {
        let heap = &host.store().objects_mut().heap;
        let needed = heap.footprint() + heap.added_bytes(size);
        let granted = grant(host, needed);
        let done = matches!(granted, Ok(true)) || !may_shrink;
        if done || !host.store().objects_mut().heap.shrink_nursery() {
            return granted;
        }
    }
}

/// Asks the host for so many bytes in all.
fn grant(host: &mut dyn Host, wanted: u64) -> anyhow::Result<bool> {
    let maximum = max_bytes(host);
    let granted = host.store().objects_mut().heap.granted();
    if wanted <= granted {
        return Ok(true);
    }
    if wanted > maximum || !host.gc_heap_growing(granted as usize, wanted as usize, Some(maximum as usize))? {
        return Ok(false);
    }
    host.store().objects_mut().heap.grant(wanted);
    Ok(true)
}

/// Makes an array of zeros.
///
/// # Errors
///
/// As [`allocate`].
pub fn allocate_array(host: &mut dyn Host, ty: u32, length: u32) -> anyhow::Result<u32> {
    let log2 = host.store().objects_mut().heap.element_size_log2(ty);
    let array = allocate(host, ty, array_size(length, log2))?;
    host.store().objects_mut().heap.begin_array(array, length);
    Ok(array)
}

/// Makes the object that stands for a value of the host's.
///
/// # Errors
///
/// As [`allocate`].
pub fn allocate_host(host: &mut dyn Host, value: Box<dyn Any + Send + Sync>) -> anyhow::Result<u32> {
    ensure(host)?;
    let ty = host.store().objects_mut().host_type;
    let object = allocate(host, ty, 8)?;
    let heap = host.store().objects_mut();
    let index = heap.values.add(value);
    heap.heap.set_host_value(object, index);
    Ok(object)
}

impl StoreHeap {
    /// Bytes of memory that the heap may take.
    pub fn granted(&self) -> u64 {
        self.heap.granted()
    }

    /// Whether an address is one that a field of null would have.
    pub fn is_null_address(&self, address: usize) -> bool {
        let base = self.heap.base() as usize;
        (base..base + TYPES_START as usize).contains(&address)
    }

    fn new(mut heap: Heap) -> StoreHeap {
        heap.grant(heap.footprint());
        let host_type = heap.define_type(&TypeShape {
            kind: ObjectKind::Host,
            size: 8,
            references: &[],
            supertypes: &[],
        });
        StoreHeap {
            heap,
            words: HashMap::new(),
            types: HashMap::new(),
            host_type: host_type.expect("a new heap has room for types"),
            values: HostValues::default(),
            frames: FrameSlots::default(),
            locks: 0,
        }
    }

    /// The heap proper.
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// The heap proper.
    pub fn heap_mut(&mut self) -> &mut Heap {
        &mut self.heap
    }

    fn define(&mut self, ty: &RegisteredType, shape: &TypeShape<'_>) -> anyhow::Result<u32> {
        let word = self.heap.define_type(shape);
        let word = word.ok_or_else(|| anyhow::anyhow!("too many types for one store's heap"))?;
        self.words.insert(ty.id(), word);
        self.types.insert(word, ty.clone());
        Ok(word)
    }

    /// The type word of a structure or array type, or of the exceptions of tags of a function type.
    ///
    /// # Errors
    ///
    /// There are too many types.
    pub fn type_word(&mut self, ty: &RegisteredType) -> anyhow::Result<u32> {
        if let Some(&word) = self.words.get(&ty.id()) {
            return Ok(word);
        }
        let registry = ty.group().registry().clone();
        let (kind, size, references) = match &ty.sub_type().composite {
            CompositeType::Struct(fields) => {
                let layout = struct_layout(&registry, fields);
                let classes = fields.iter().map(|field| field_class(&registry, field.storage));
                (ObjectKind::Struct, layout.size, references(classes, &layout))
            }
            CompositeType::Array(FieldType { storage, .. }) => {
                let class = field_class(&registry, *storage);
                let references = if class == FieldClass::Object {
                    vec![0]
                } else {
                    vec![]
                };
                (ObjectKind::Array, class.size_log2(), references)
            }
            CompositeType::Func(func) => {
                let layout = exception_layout(&registry, func);
                let classes = func
                    .params
                    .iter()
                    .map(|&param| transom_code::value_class(&registry, param));
                (ObjectKind::Exception, layout.size, references(classes, &layout))
            }
        };
        let mut supertypes = Vec::new();
        // Exceptions have no subtypes: a tag is met by being the same.
        if kind != ObjectKind::Exception
            && let Some(supertype) = ty.sub_type().supertype
        {
            let supertype = registry.lookup(supertype);
            let supertype = supertype.expect("a type keeps its supertypes alive");
            let word = self.type_word(&supertype)?;
            supertypes = self.heap.display(word);
        }
        let shape = TypeShape {
            kind,
            size,
            references: &references,
            supertypes: &supertypes,
        };
        self.define(ty, &shape)
    }

    /// What the reference of an object, not null, means.
    pub fn object_type(&self, reference: u32) -> ObjectType {
        if reference & 1 != 0 {
            return ObjectType::I31;
        }
        match self.heap.kind_and_size(reference).0 {
            ObjectKind::Host => ObjectType::Host,
            ObjectKind::Exception => ObjectType::Exception,
            ObjectKind::Struct | ObjectKind::Array => {
                ObjectType::Defined(self.types[&self.heap.type_word(reference)].clone())
            }
        }
    }

    /// The function type of an exception's tag.
    pub fn exception_type(&self, reference: u32) -> &RegisteredType {
        &self.types[&self.heap.type_word(reference)]
    }

    /// The value that a host object stands for.
    pub fn host_value(&self, reference: u32) -> Option<&(dyn Any + Send + Sync)> {
        let index = self.host_index(reference)?;
        self.values.values[index].as_deref()
    }

    /// The value that a host object stands for, to be changed.
    pub fn host_value_mut(&mut self, reference: u32) -> Option<&mut (dyn Any + Send + Sync)> {
        let index = self.host_index(reference)?;
        self.values.values[index].as_deref_mut()
    }

    fn host_index(&self, reference: u32) -> Option<usize> {
        let is_host = reference != 0 && self.object_type(reference) == ObjectType::Host;
        is_host.then(|| {
            self.heap
                .read(reference, transom_layout::object::HOST_VALUE as u32, 4) as usize
        })
    }
}

/// A value in words.
/// Drops values of the host's. If several panic, the first one's panic goes on: two at once would end the process.
fn drop_all(values: Vec<Option<Box<dyn Any + Send + Sync>>>) {
    let mut first = None;
    for value in values {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
            match first {
                None => first = Some(panic),
                // What it holds may panic once more.
                Some(_) => std::mem::forget(panic),
            }
        }
    }
    if let Some(panic) = first {
        resume_unwind(panic);
    }
}

fn describe_value(registry: &TypeRegistry, ty: ValType, bits: u128) -> String {
    match ty {
        ValType::I32 => format!("{}", bits as i32),
        ValType::I64 => format!("{}", bits as i64),
        ValType::F32 => format!("{}", f32::from_bits(bits as u32)),
        ValType::F64 => format!("{}", f64::from_bits(bits as u64)),
        ValType::V128 => format!("{bits:#x}"),
        ValType::Ref(_) if bits == 0 => "null".to_owned(),
        ValType::Ref(_) => format!("a reference of type {}", registry.text().val(ty)),
    }
}

/// Offsets of the references among fields.
fn references(classes: impl Iterator<Item = FieldClass>, layout: &StructLayout) -> Vec<u32> {
    classes
        .zip(&layout.offsets)
        .filter(|(class, _)| *class == FieldClass::Object)
        .map(|(_, &offset)| offset)
        .collect()
}

impl Store {
    /// The heap, if there is one.
    pub fn objects(&self) -> Option<&StoreHeap> {
        self.objects.heap.as_deref()
    }

    /// The heap.
    ///
    /// # Panics
    ///
    /// If nothing has made one: see [`ensure`].
    pub fn objects_mut(&mut self) -> &mut StoreHeap {
        self.objects
            .heap
            .as_deref_mut()
            .expect("whoever has objects has a heap")
    }

    /// Collects, unless the heap is locked, or there is none.
    pub fn collect(&mut self, extent: Extent) {
        let Some(mut heap) = self.objects.heap.take() else {
            return;
        };
        if heap.locks == 0 {
            roots::find_slots(&mut heap.frames, self.shared());
            let mut roots = StoreRoots {
                instances: &mut self.instances,
                tables: &self.tables,
                globals: &self.globals,
                handles: &mut self.objects.handles,
                pending: &mut self.objects.pending_exception,
                frames: &heap.frames,
            };
            roots::collect(&mut heap.heap, extent, &mut roots);
        }
        let dead = heap.heap.take_dead_values();
        let dropped: Vec<_> = dead.into_iter().map(|value| heap.values.remove(value)).collect();
        self.objects.heap = Some(heap);
        // The host's own code runs here; by now the store is whole again.
        drop_all(dropped);
    }

    /// Holds collections off until `unlock_heap` is called as often.
    fn lock_heap(&mut self) {
        if let Some(heap) = &mut self.objects.heap {
            heap.locks += 1;
        }
    }

    /// Ends what `lock_heap` has begun.
    fn unlock_heap(&mut self) {
        if let Some(heap) = &mut self.objects.heap {
            heap.locks = heap.locks.saturating_sub(1);
        }
    }

    /// An exception in words: its tag's type, and the values of its payload.
    pub fn describe_exception(&mut self, exception: u32) -> String {
        let registry = self.engine().registry().clone();
        let heap = self.objects_mut();
        let ty = heap.exception_type(exception).clone();
        let func = ty.as_func().expect("tags have function types");
        let layout = exception_layout(&registry, func);
        let mut text = String::from("a tag of type ");
        text.push_str(&registry.text().func(func));
        let mut separator = ", with ";
        for (param, &offset) in func.params.iter().zip(&layout.offsets) {
            let size = transom_code::value_class(&registry, *param).size();
            let bits = heap.heap.read(exception, offset, size);
            let value = describe_value(&registry, *param, bits);
            text.push_str(&format!("{separator}{value}"));
            separator = ", ";
        }
        text
    }

    /// What the heap can tell about itself; `None` if there is none.
    pub fn heap_statistics(&self) -> Option<HeapStatistics> {
        Some(self.objects.heap.as_ref()?.heap.statistics())
    }
}
