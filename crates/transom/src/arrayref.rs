//! Arrays.

use crate::heap_error::heap_error;
use crate::object::{ensure_mutable, lower, lower_all, object, root};
use crate::store::StoreOpaque;
use crate::{ArrayRef, ArrayType, AsContext, AsContextMut, Engine, Rooted, StoreContextMut, Val};
use transom_error::{Context, Result, ensure};
use transom_vm::crossing::objects::new_array;
use transom_vm::{Host, StoreId, Value};

/// An array type that is prepared for allocations in a store.
#[derive(Clone, Debug)]
pub struct ArrayRefPre {
    store: StoreId,
    ty: ArrayType,
}

impl ArrayRefPre {
    /// Prepares an array type for a store.
    ///
    /// # Panics
    ///
    /// If the type belongs to another engine than the store.
    pub fn new(mut store: impl AsContextMut, ty: ArrayType) -> ArrayRefPre {
        let store = store.as_context_mut();
        assert!(
            Engine::same(store.engine(), ty.engine()),
            "the array's type belongs to another engine than the store"
        );
        let store = store.0.vm().id();
        ArrayRefPre { store, ty }
    }
}

impl ArrayRef {
    /// Creates an array of `len` elements that are all `elem`.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let ty = ArrayType::new(&engine, FieldType::new(Mutability::Var, StorageType::I8));
    /// let pre = ArrayRefPre::new(&mut store, ty);
    /// let array = ArrayRef::new(&mut store, &pre, &Val::I32(7), 100)?;
    /// array.set(&mut store, 3, Val::I32(8))?;
    /// assert_eq!((array.len(&store)?, array.get(&mut store, 3)?.unwrap_i32()), (100, 8));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The value has the wrong type, the value or `pre` belongs to another store, or the heap is full.
    pub fn new(
        mut store: impl AsContextMut,
        pre: &ArrayRefPre,
        elem: &Val,
        len: u32,
    ) -> Result<Rooted<ArrayRef>> {
        let store = store.as_context_mut();
        store.0.ensure_plain_limits()?;
        ArrayRef::create(store, pre, elem, len)
    }

    /// As [`new`](Self::new), where the store's limiter may wait.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); or there is no memory for a stack.
    pub async fn new_async(
        mut store: impl AsContextMut,
        pre: &ArrayRefPre,
        elem: &Val,
        len: u32,
    ) -> Result<Rooted<ArrayRef>> {
        let mut store = store.as_context_mut();
        store
            .on_fiber(|store| ArrayRef::create(store, pre, elem, len))
            .await?
    }

    fn create<T: 'static>(
        StoreContextMut(store): StoreContextMut<'_, T>,
        pre: &ArrayRefPre,
        elem: &Val,
        len: u32,
    ) -> Result<Rooted<ArrayRef>> {
        let storage = pre.ty.lowered().storage;
        lower(store.vm(), store.engine(), storage, elem)?;
        let array = allocate(store, pre, len)?;
        // Making the array may have moved what the value refers to.
        let value = lower(store.vm(), store.engine(), storage, elem)?;
        Host::store(store).fill_array(array, 0, len, value);
        Ok(root(store, array))
    }

    /// Creates an array of the elements `elems`.
    ///
    /// # Errors
    ///
    /// A value has the wrong type, a value or `pre` belongs to another store, or the heap is full.
    pub fn new_fixed(
        mut store: impl AsContextMut,
        pre: &ArrayRefPre,
        elems: &[Val],
    ) -> Result<Rooted<ArrayRef>> {
        let store = store.as_context_mut();
        store.0.ensure_plain_limits()?;
        ArrayRef::create_fixed(store, pre, elems)
    }

    /// As [`new_fixed`](Self::new_fixed), where the store's limiter may wait.
    ///
    /// # Errors
    ///
    /// As [`new_fixed`](Self::new_fixed); or there is no memory for a stack.
    pub async fn new_fixed_async(
        mut store: impl AsContextMut,
        pre: &ArrayRefPre,
        elems: &[Val],
    ) -> Result<Rooted<ArrayRef>> {
        let mut store = store.as_context_mut();
        store
            .on_fiber(|store| ArrayRef::create_fixed(store, pre, elems))
            .await?
    }

    fn create_fixed<T: 'static>(
        StoreContextMut(store): StoreContextMut<'_, T>,
        pre: &ArrayRefPre,
        elems: &[Val],
    ) -> Result<Rooted<ArrayRef>> {
        let storage = pre.ty.lowered().storage;
        let len = u32::try_from(elems.len()).context("more elements than an array can have")?;
        let places = || elems.iter().map(|value| (storage, value));
        lower_all(store, "element", places())?;
        let array = allocate(store, pre, len)?;
        // Making the array may have moved what the values refer to.
        let values = lower_all(store, "element", places())?;
        Host::store(store).set_fields(array, 0, &values);
        Ok(root(store, array))
    }

    /// Creates an array of bytes; the elements of its type are `i8`.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let ty = ArrayType::new(&engine, FieldType::new(Mutability::Const, StorageType::I8));
    /// let pre = ArrayRefPre::new(&mut store, ty);
    /// let array = ArrayRef::new_from_i8_slice(&mut store, &pre, b"hello")?;
    /// let mut bytes = [0; 5];
    /// array.copy_to_i8_slice(&mut store, &mut bytes)?;
    /// assert_eq!(&bytes, b"hello");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The elements are not `i8`, `pre` belongs to another store, or the heap is full.
    pub fn new_from_i8_slice(
        mut store: impl AsContextMut,
        pre: &ArrayRefPre,
        elems: &[u8],
    ) -> Result<Rooted<ArrayRef>> {
        let store = store.as_context_mut();
        store.0.ensure_plain_limits()?;
        ArrayRef::create_from_bytes(store, pre, elems)
    }

    /// As [`new_from_i8_slice`](Self::new_from_i8_slice), where the store's limiter may wait.
    ///
    /// # Errors
    ///
    /// As [`new_from_i8_slice`](Self::new_from_i8_slice); or there is no memory for a stack.
    pub async fn new_from_i8_slice_async(
        mut store: impl AsContextMut,
        pre: &ArrayRefPre,
        elems: &[u8],
    ) -> Result<Rooted<ArrayRef>> {
        let mut store = store.as_context_mut();
        store
            .on_fiber(|store| ArrayRef::create_from_bytes(store, pre, elems))
            .await?
    }

    fn create_from_bytes<T: 'static>(
        StoreContextMut(store): StoreContextMut<'_, T>,
        pre: &ArrayRefPre,
        elems: &[u8],
    ) -> Result<Rooted<ArrayRef>> {
        ensure_bytes(&pre.ty)?;
        let len = u32::try_from(elems.len()).context("more elements than an array can have")?;
        let array = allocate(store, pre, len)?;
        for (index, bytes) in elems.chunks(CHUNK).enumerate() {
            let values: Vec<Value> = bytes
                .iter()
                .map(|&byte| Value::Number(u128::from(byte)))
                .collect();
            Host::store(store).set_fields(array, index * CHUNK, &values);
        }
        Ok(root(store, array))
    }

    /// Copies the elements, which are `i8`, to bytes.
    ///
    /// # Errors
    ///
    /// The elements are not `i8`, `dst` has another length than the array, the reference belongs to another store, or its scope has
    /// ended.
    pub fn copy_to_i8_slice(&self, mut store: impl AsContextMut, dst: &mut [u8]) -> Result<()> {
        let StoreContextMut(store) = store.as_context_mut();
        let (array, ty) = object(store.vm(), *self)?;
        ensure_bytes(&ArrayType::of(store.engine(), ty))?;
        let heap = store.vm().objects().expect("an array has a heap").heap();
        let (len, expected) = (heap.array_length(array), dst.len());
        ensure!(
            usize::try_from(len) == Ok(expected),
            "an array of {len} elements cannot be copied to {expected} bytes"
        );
        for (index, byte) in dst.iter_mut().enumerate() {
            let value = store.vm().field(array, index);
            *byte = value.expect("the length was checked").bits() as u8;
        }
        Ok(())
    }

    /// The type that the array was created with.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn ty(&self, store: impl AsContext) -> Result<ArrayType> {
        let store = store.as_context();
        let (_, ty) = object(store.0.vm(), *self)?;
        Ok(ArrayType::of(store.engine(), ty))
    }

    /// Whether the type of the array is `ty` or a subtype.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn matches_ty(&self, store: impl AsContext, ty: &ArrayType) -> Result<bool> {
        Ok(self.ty(store)?.matches(ty))
    }

    /// The number of elements.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn len(&self, store: impl AsContext) -> Result<u32> {
        let store = store.as_context();
        let (array, _) = object(store.0.vm(), *self)?;
        let heap = store.0.vm().objects().expect("an array has a heap");
        Ok(heap.heap().array_length(array))
    }

    /// The array and its type, if the element exists.
    fn place(&self, store: &dyn StoreOpaque, index: u32) -> Result<(u32, ArrayType)> {
        let (array, ty) = object(store.vm(), *self)?;
        let heap = store.vm().objects().expect("an array has a heap").heap();
        let len = heap.array_length(array);
        ensure!(index < len, "no element {index} in an array of {len}");
        Ok((array, ArrayType::of(store.engine(), ty)))
    }

    /// The element at `index`. Packed integers are zero-extended.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let ty = ArrayType::new(store.engine(), FieldType::new(Mutability::Var, ValType::I64.into()));
    /// let pre = ArrayRefPre::new(&mut store, ty);
    /// let array = ArrayRef::new_fixed(&mut store, &pre, &[Val::I64(1), Val::I64(2)])?;
    /// array.set(&mut store, 0, Val::I64(40))?;
    /// assert_eq!(array.get(&mut store, 0)?.unwrap_i64() + array.get(&mut store, 1)?.unwrap_i64(), 42);
    /// assert!(array.get(&mut store, 2).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There is no such element, the reference belongs to another store, or its scope has ended.
    pub fn get(&self, mut store: impl AsContextMut, index: u32) -> Result<Val> {
        let StoreContextMut(store) = store.as_context_mut();
        let (array, ty) = self.place(store, index)?;
        let storage = ty.lowered().storage;
        let value = store.vm().field(array, index as usize);
        let value = value.expect("the index was checked");
        Ok(Val::lift(Host::store(store), storage.unpacked(), value))
    }

    /// Replaces the element at `index`.
    ///
    /// # Errors
    ///
    /// There is no such element, it is immutable, or the value has the wrong type; or the reference or the value
    /// belongs to another store, or its scope has ended.
    pub fn set(&self, mut store: impl AsContextMut, index: u32, value: Val) -> Result<()> {
        let StoreContextMut(store) = store.as_context_mut();
        let (array, ty) = self.place(store, index)?;
        ensure_mutable(&ty.field_type(), &format!("the element of {ty}"))?;
        let value = lower(store.vm(), store.engine(), ty.lowered().storage, &value)?;
        Host::store(store).set_fields(array, index as usize, &[value]);
        Ok(())
    }

    /// All elements.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let ty = ArrayType::new(store.engine(), FieldType::new(Mutability::Const, ValType::I32.into()));
    /// let pre = ArrayRefPre::new(&mut store, ty);
    /// let array = ArrayRef::new(&mut store, &pre, &Val::I32(3), 4)?;
    /// assert_eq!(array.elems(&mut store)?.map(|element| element.unwrap_i32()).sum::<i32>(), 12);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn elems(&self, mut store: impl AsContextMut) -> Result<std::vec::IntoIter<Val>> {
        let mut store = store.as_context_mut();
        let len = self.len(&store)?;
        let elements: Result<Vec<Val>> = (0..len).map(|index| self.get(&mut store, index)).collect();
        Ok(elements?.into_iter())
    }
}

/// How many bytes are written at a time.
const CHUNK: usize = 1024;

/// Fails unless the elements are bytes.
fn ensure_bytes(ty: &ArrayType) -> Result<()> {
    let element = ty.element_type();
    ensure!(element.is_i8(), "the elements of {ty} are {element}, not i8");
    Ok(())
}

/// Allocates an array of zeros.
fn allocate(store: &mut dyn StoreOpaque, pre: &ArrayRefPre, len: u32) -> Result<u32> {
    ensure!(
        pre.store == store.vm().id(),
        "an array type is used with a store that was not prepared for it"
    );
    new_array(store.as_host(), pre.ty.registered(), len).map_err(heap_error)
}
