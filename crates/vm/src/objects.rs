//! A store's objects: the heap, the types that it knows, and values of the host's that objects stand for.

use crate::raw::heap::CoreHeap;
use crate::raw::roots::FrameSlots;
use std::any::Any;
use std::collections::HashMap;
use transom_code::{exception_layout, field_class, struct_layout};
use transom_gc::{Heap, Space, TypeShape};
use transom_layout::object::{ARRAY_ELEMENTS, FieldClass, ObjectKind, TYPES_START};
use transom_types::{CompositeType, FieldType, HeapType, RegisteredType, StorageType, TypeId, TypeRegistry};

/// The heap of a store, with the types of its objects.
#[derive(Debug)]
pub struct StoreHeap {
    pub(crate) heap: CoreHeap,
    /// Type words of structure, array and, for their tags' exceptions, function types.
    words: HashMap<TypeId, u32>,
    /// The types themselves, by their words; held as long as the heap.
    pub(crate) types: HashMap<u32, Definition>,
    /// The type word of host objects.
    pub(crate) host_type: u32,
    pub(crate) values: HostValues,
    pub(crate) frames: FrameSlots,
    /// How many hold collections off.
    pub(crate) locks: u32,
}

/// A type of objects.
#[derive(Debug)]
pub(crate) struct Definition {
    ty: RegisteredType,
    /// The fields of a structure, the payload of an exception, or what every element of an array is.
    pub fields: Box<[Field]>,
}

/// A field of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub ty: StorageType,
    pub class: FieldClass,
    /// Where it lies; of an array, where the first element does.
    pub offset: u32,
}

/// Values of the host's that objects stand for.
#[derive(Default)]
pub(crate) struct HostValues {
    values: Vec<Option<Box<dyn Any + Send + Sync>>>,
    free: Vec<u32>,
}

impl std::fmt::Debug for HostValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} host values", self.values.len() - self.free.len())
    }
}

impl HostValues {
    pub fn add(&mut self, value: Box<dyn Any + Send + Sync>) -> u32 {
        if let Some(index) = self.free.pop() {
            self.values[index as usize] = Some(value);
            return index;
        }
        self.values.push(Some(value));
        (self.values.len() - 1) as u32
    }

    pub fn remove(&mut self, index: u32) -> Option<Box<dyn Any + Send + Sync>> {
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

    pub(crate) fn new(mut heap: CoreHeap) -> StoreHeap {
        let footprint = heap.footprint();
        heap.grant(footprint);
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

    /// Ends the heap, and gives its space with all that is there.
    pub(crate) fn into_space(self) -> Space {
        self.heap.into_space()
    }

    /// The heap proper.
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// The heap proper.
    pub(crate) fn heap_mut(&mut self) -> &mut Heap {
        &mut self.heap
    }

    /// The type word of a structure or array type, or of the exceptions of tags of a function type.
    ///
    /// # Errors
    ///
    /// There are too many types.
    pub fn type_word(&mut self, ty: &RegisteredType) -> transom_error::Result<u32> {
        if let Some(&word) = self.words.get(&ty.id()) {
            return Ok(word);
        }
        let registry = ty.group().registry().clone();
        let (kind, size, fields) = describe(&registry, ty);
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
        let objects = fields.iter().filter(|field| field.class == FieldClass::Object);
        let references: Vec<u32> = objects.map(|field| field.offset).collect();
        let word = self.heap.define_type(&TypeShape {
            kind,
            size,
            references: &references,
            supertypes: &supertypes,
        });
        let word = word.ok_or_else(|| transom_error::format_err!("too many types for one store's heap"))?;
        self.words.insert(ty.id(), word);
        let ty = ty.clone();
        self.types.insert(word, Definition { ty, fields });
        Ok(word)
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
                ObjectType::Defined(self.definition(reference).ty.clone())
            }
        }
    }

    /// The most precise type of an object, not null. Those of values of the host's, and of exceptions, are abstract.
    pub fn heap_type(&self, reference: u32) -> HeapType {
        if reference & 1 != 0 {
            return HeapType::I31;
        }
        match self.heap.kind_and_size(reference).0 {
            ObjectKind::Host => HeapType::Any,
            ObjectKind::Exception => HeapType::Exn,
            ObjectKind::Struct | ObjectKind::Array => HeapType::Concrete(self.definition(reference).ty.id()),
        }
    }

    /// The function type of an exception's tag.
    pub fn exception_type(&self, reference: u32) -> &RegisteredType {
        &self.definition(reference).ty
    }

    fn definition(&self, object: u32) -> &Definition {
        &self.types[&self.heap.type_word(object)]
    }

    /// The fields of a structure, the payload of an exception, or what every element of an array is.
    pub(crate) fn fields(&self, object: u32) -> &[Field] {
        &self.definition(object).fields
    }

    /// A field of a structure, a value of an exception's payload, or an element of an array, if there is one at `index`.
    pub(crate) fn field(&self, object: u32, index: usize) -> Option<Field> {
        let fields = self.fields(object);
        if self.heap.kind_and_size(object).0 != ObjectKind::Array {
            return fields.get(index).copied();
        }
        let index = u32::try_from(index).ok()?;
        let &element = fields.first()?;
        (index < self.heap.array_length(object)).then(|| Field {
            offset: element.offset + (index << element.class.size_log2()),
            ..element
        })
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

/// The kind of a type's objects, their size (see [`TypeShape::size`]), and their fields.
fn describe(registry: &TypeRegistry, ty: &RegisteredType) -> (ObjectKind, u32, Box<[Field]>) {
    let field = |ty, offset| Field {
        ty,
        class: field_class(registry, ty),
        offset,
    };
    match &ty.sub_type().composite {
        CompositeType::Struct(fields) => {
            let layout = struct_layout(registry, fields);
            let fields = fields.iter().zip(layout.offsets);
            let fields = fields.map(|(ty, offset)| field(ty.storage, offset)).collect();
            (ObjectKind::Struct, layout.size, fields)
        }
        CompositeType::Array(FieldType { storage, .. }) => {
            let element = field(*storage, ARRAY_ELEMENTS as u32);
            (ObjectKind::Array, element.class.size_log2(), [element].into())
        }
        CompositeType::Func(func) => {
            let layout = exception_layout(registry, func);
            let params = func.params.iter().zip(layout.offsets);
            let params = params.map(|(&ty, offset)| field(StorageType::Val(ty), offset));
            (ObjectKind::Exception, layout.size, params.collect())
        }
    }
}
