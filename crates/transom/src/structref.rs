//! Structures.

use crate::heap_error::heap_error;
use crate::object::{ensure_mutable, lower, lower_all, object, root};
use crate::store::StoreOpaque;
use crate::value::ensure_count;
use crate::{AsContext, AsContextMut, Engine, Rooted, StoreContextMut, StructRef, StructType, Val};
use transom_error::{Context, Result, ensure};
use transom_vm::crossing::objects::new_struct;
use transom_vm::{Host, StoreId};

/// A structure type that is prepared for allocations in a store.
#[derive(Clone, Debug)]
pub struct StructRefPre {
    store: StoreId,
    ty: StructType,
}

impl StructRefPre {
    /// Prepares a structure type for a store.
    ///
    /// # Panics
    ///
    /// If the type belongs to another engine than the store.
    pub fn new(mut store: impl AsContextMut, ty: StructType) -> StructRefPre {
        let store = store.as_context_mut();
        assert!(
            Engine::same(store.engine(), ty.engine()),
            "the structure's type belongs to another engine than the store"
        );
        let store = store.0.vm().id();
        StructRefPre { store, ty }
    }
}

impl StructRef {
    /// Creates a structure with a value for each field.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let field = FieldType::new(Mutability::Var, ValType::I32.into());
    /// let ty = StructType::new(&engine, [field.clone(), field])?;
    /// let pre = StructRefPre::new(&mut store, ty);
    /// let point = StructRef::new(&mut store, &pre, &[Val::I32(3), Val::I32(4)])?;
    /// point.set_field(&mut store, 1, Val::I32(5))?;
    /// assert_eq!(point.field(&mut store, 1)?.unwrap_i32(), 5);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A value has the wrong type, a value or `pre` belongs to another store, the number of values is not the number
    /// of fields, or the heap is full.
    pub fn new(
        mut store: impl AsContextMut,
        pre: &StructRefPre,
        fields: &[Val],
    ) -> Result<Rooted<StructRef>> {
        let store = store.as_context_mut();
        store.0.ensure_plain_limits()?;
        StructRef::create(store, pre, fields)
    }

    /// As [`new`](Self::new), where the store's limiter may wait.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); or there is no memory for a stack.
    pub async fn new_async(
        mut store: impl AsContextMut,
        pre: &StructRefPre,
        fields: &[Val],
    ) -> Result<Rooted<StructRef>> {
        let mut store = store.as_context_mut();
        store
            .on_fiber(|store| StructRef::create(store, pre, fields))
            .await?
    }

    fn create<T: 'static>(
        StoreContextMut(store): StoreContextMut<'_, T>,
        pre: &StructRefPre,
        fields: &[Val],
    ) -> Result<Rooted<StructRef>> {
        ensure!(
            pre.store == store.vm().id(),
            "a structure type is used with a store that was not prepared for it"
        );
        let types = pre.ty.lowered();
        ensure_count("fields", types.len(), fields.len())?;
        let places = || types.iter().map(|ty| ty.storage).zip(fields);
        lower_all(store, "field", places())?;
        let object = new_struct(store.as_host(), pre.ty.registered()).map_err(heap_error)?;
        // Making the structure may have moved what the values refer to.
        let values = lower_all(store, "field", places())?;
        Host::store(store).set_fields(object, 0, &values);
        Ok(root(store, object))
    }

    /// The type that the structure was created with.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn ty(&self, store: impl AsContext) -> Result<StructType> {
        let store = store.as_context();
        let (_, ty) = object(store.0.vm(), *self)?;
        Ok(StructType::of(store.engine(), ty))
    }

    /// Whether the type of the structure is `ty` or a subtype.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn matches_ty(&self, store: impl AsContext, ty: &StructType) -> Result<bool> {
        Ok(self.ty(store)?.matches(ty))
    }

    /// The value of the field at `index`. Packed integers are zero-extended.
    ///
    /// # Errors
    ///
    /// There is no such field, the reference belongs to another store, or its scope has ended.
    pub fn field(&self, mut store: impl AsContextMut, index: usize) -> Result<Val> {
        let StoreContextMut(store) = store.as_context_mut();
        let ty = self.ty(StoreContextMut(&mut *store))?;
        let field = ty.lowered().get(index);
        let field = field.with_context(|| format!("no field {index} in a structure of type {ty}"))?;
        let value = store.vm().field(self.bits(store)?, index);
        let value = value.expect("a structure has the fields of its type");
        Ok(Val::lift(store.store(), field.storage.unpacked(), value))
    }

    /// The values of all fields.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn fields(&self, mut store: impl AsContextMut) -> Result<std::vec::IntoIter<Val>> {
        let mut store = store.as_context_mut();
        let count = self.ty(&store)?.lowered().len();
        let values: Result<Vec<Val>> = (0..count).map(|index| self.field(&mut store, index)).collect();
        Ok(values?.into_iter())
    }

    /// Replaces the value of the field at `index`.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let field = |mutability| FieldType::new(mutability, ValType::I32.into());
    /// let ty = StructType::new(store.engine(), [field(Mutability::Var), field(Mutability::Const)])?;
    /// let pre = StructRefPre::new(&mut store, ty);
    /// let object = StructRef::new(&mut store, &pre, &[Val::I32(1), Val::I32(2)])?;
    /// object.set_field(&mut store, 0, Val::I32(7))?;
    /// assert_eq!(object.field(&mut store, 0)?.unwrap_i32(), 7);
    /// assert!(object.set_field(&mut store, 1, Val::I32(7)).is_err(), "it is immutable");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There is no such field, it is immutable, or the value has the wrong type; or the reference or the value
    /// belongs to another store, or its scope has ended.
    pub fn set_field(&self, mut store: impl AsContextMut, index: usize, value: Val) -> Result<()> {
        let StoreContextMut(store) = store.as_context_mut();
        let ty = self.ty(StoreContextMut(&mut *store))?;
        let field = ty.field(index);
        let field = field.with_context(|| format!("no field {index} in a structure of type {ty}"))?;
        ensure_mutable(&field, &format!("field {index} of {ty}"))?;
        let storage = ty.lowered()[index].storage;
        let value = lower(store.vm(), store.engine(), storage, &value)?;
        let object = self.bits(store)?;
        Host::store(store).set_fields(object, index, &[value]);
        Ok(())
    }

    fn bits(&self, store: &dyn StoreOpaque) -> Result<u32> {
        Ok(object(store.vm(), *self)?.0)
    }
}
