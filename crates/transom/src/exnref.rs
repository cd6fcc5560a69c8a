//! Exceptions.

use crate::handle::Handle;
use crate::heap_error::heap_error;
use crate::object::{lower_all, root};
use crate::reference::ReferenceKind;
use crate::store::{StoreInner, StoreOpaque};
use crate::value::ensure_count;
use crate::{
    AsContext, AsContextMut, Engine, ExnRef, ExnType, FuncType, HeapType, Rooted, Store, StoreContextMut,
    Tag, TagType, Val,
};
use transom_error::{Context, Error, Result, ensure};
use transom_layout::object::EXCEPTION_TAG;
use transom_types::{RegisteredType, StorageType};
use transom_vm::crossing::objects::new_exception;
use transom_vm::{Host, StoreId, TagId, ThrownException};

/// An exception type that is prepared for allocations in a store.
#[derive(Clone, Debug)]
pub struct ExnRefPre {
    store: StoreId,
    ty: ExnType,
}

impl ExnRefPre {
    /// Prepares an exception type for a store.
    ///
    /// # Panics
    ///
    /// If the type belongs to another engine than the store.
    pub fn new(mut store: impl AsContextMut, ty: ExnType) -> ExnRefPre {
        let store = store.as_context_mut();
        assert!(
            Engine::same(store.engine(), ty.engine()),
            "the exception's type belongs to another engine than the store"
        );
        let store = store.0.vm().id();
        ExnRefPre { store, ty }
    }
}

impl ExnRef {
    /// Creates an exception with a tag, and with a value for each parameter of the tag.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let ty = ExnType::new(&engine, [ValType::I32])?;
    /// let tag = Tag::new(&mut store, &ty.tag_type())?;
    /// let pre = ExnRefPre::new(&mut store, ty);
    /// let exception = ExnRef::new(&mut store, &pre, &tag, &[Val::I32(7)])?;
    /// assert!(Tag::eq(&exception.tag(&mut store)?, &tag, &store));
    /// assert_eq!(exception.field(&mut store, 0)?.unwrap_i32(), 7);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The tag has another type than `pre`; a value has the wrong type; a value, the tag or `pre` belongs to another store; the number
    /// of values is not the number of parameters; or the heap is full: see [`GcHeapOutOfMemory`](crate::GcHeapOutOfMemory).
    pub fn new(
        mut store: impl AsContextMut,
        pre: &ExnRefPre,
        tag: &Tag,
        fields: &[Val],
    ) -> Result<Rooted<ExnRef>> {
        let store = store.as_context_mut();
        store.0.ensure_plain_limits()?;
        ExnRef::create(store, pre, tag, fields)
    }

    /// As [`new`](Self::new), where the store's limiter may wait.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); or there is no memory for a stack.
    pub async fn new_async(
        mut store: impl AsContextMut,
        pre: &ExnRefPre,
        tag: &Tag,
        fields: &[Val],
    ) -> Result<Rooted<ExnRef>> {
        let mut store = store.as_context_mut();
        store
            .on_fiber(|store| ExnRef::create(store, pre, tag, fields))
            .await?
    }

    fn create<T: 'static>(
        StoreContextMut(store): StoreContextMut<'_, T>,
        pre: &ExnRefPre,
        tag: &Tag,
        fields: &[Val],
    ) -> Result<Rooted<ExnRef>> {
        ensure!(
            pre.store == store.vm().id(),
            "an exception type is used with a store that was not prepared for it"
        );
        let id = tag.0.checked(store.vm())?;
        let ty = store.vm().tag(id).clone();
        ensure!(
            ty == *pre.ty.tag_type().ty().registered(),
            "a tag of another type than the exception's: {} instead of {}",
            FuncType::of(store.engine(), ty),
            pre.ty.tag_type().ty()
        );
        let params = &ty.as_func().expect("tags have function types").params;
        ensure_count("values", params.len(), fields.len())?;
        let places = || params.iter().map(|&ty| StorageType::Val(ty)).zip(fields);
        lower_all(store, "value", places())?;
        let object = new_exception(store.as_host(), id).map_err(heap_error)?;
        // Making the exception may have moved what the values refer to.
        let values = lower_all(store, "value", places())?;
        Host::store(store).set_fields(object, 0, &values);
        Ok(root(store, object))
    }

    /// The type of the exception, which is that of its tag.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn ty(&self, store: impl AsContext) -> Result<ExnType> {
        let store = store.as_context();
        self.ty_in(store.0.vm(), store.0.engine())
    }

    pub(crate) fn ty_in(&self, store: &transom_vm::Store, engine: &Engine) -> Result<ExnType> {
        let (_, ty) = exception(store, *self)?;
        ExnType::from_tag_type(&TagType::new(FuncType::of(engine, ty)))
    }

    /// Whether the exception may be used where a reference to `ty` is expected.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    ///
    /// # Panics
    ///
    /// If the type belongs to another engine.
    pub fn matches_ty(&self, store: impl AsContext, ty: &HeapType) -> Result<bool> {
        Ok(HeapType::from(self.ty(store)?).matches(ty))
    }

    /// The tag of the exception.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn tag(&self, store: impl AsContext) -> Result<Tag> {
        let store = store.as_context();
        let vm = store.0.vm();
        let (exception, _) = exception(vm, *self)?;
        let heap = vm.objects().expect("an exception has a heap").heap();
        let number = heap.read(exception, EXCEPTION_TAG as u32, 4) as u32;
        Ok(Tag(Handle::of(vm, TagId::from_number(number))))
    }

    /// The value at `index` of the exception's payload.
    ///
    /// # Errors
    ///
    /// There is no such value, the reference belongs to another store, or its scope has ended.
    pub fn field(&self, mut store: impl AsContextMut, index: usize) -> Result<Val> {
        let StoreContextMut(store) = store.as_context_mut();
        let (exception, ty) = exception(store.vm(), *self)?;
        let func = ty.as_func().expect("tags have function types");
        let param = *func
            .params
            .get(index)
            .with_context(|| format!("no value {index} in an exception of {}", func.params.len()))?;
        let value = store.vm().field(exception, index);
        let value = value.expect("an exception has the payload of its tag");
        Ok(Val::lift(Host::store(store), param, value))
    }

    /// All values of the exception's payload.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn fields(&self, mut store: impl AsContextMut) -> Result<std::vec::IntoIter<Val>> {
        let mut store = store.as_context_mut();
        let (_, ty) = exception(store.0.vm(), *self)?;
        let count = ty.as_func().expect("tags have function types").params.len();
        let values: Result<Vec<Val>> = (0..count).map(|index| self.field(&mut store, index)).collect();
        Ok(values?.into_iter())
    }

    /// The exception of an error, if the error is an uncaught exception of a program.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (tag $e (param i32)) (func (export "f") (throw $e (i32.const 7))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "f")?;
    /// let error = f.call(&mut store, ()).unwrap_err();
    /// let exception = ExnRef::of_error(&mut store, &error)?.expect("an exception nobody has caught");
    /// assert_eq!(exception.field(&mut store, 0)?.unwrap_i32(), 7);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The exception belongs to another store.
    pub fn of_error(mut store: impl AsContextMut, error: &Error) -> Result<Option<Rooted<ExnRef>>> {
        let Some(thrown) = error.downcast_ref::<ThrownException>() else {
            return Ok(None);
        };
        let vm = Host::store(store.as_context_mut().0);
        let exception = vm.exception_of(thrown);
        let exception = exception.context("an exception is used with a store that it does not belong to")?;
        Ok(Rooted::of_bits(vm, exception))
    }
}

/// The bits of an exception, and the type of its tag.
fn exception(store: &transom_vm::Store, reference: ExnRef) -> Result<(u32, RegisteredType)> {
    let bits = reference.index().bits(store)?;
    let heap = store.objects().context("a reference without a heap")?;
    Ok((bits, heap.exception_type(bits).clone()))
}

impl<T> StoreInner<T> {
    fn throw<R>(&mut self, exception: Rooted<ExnRef>) -> Result<R> {
        let vm = Host::store(self);
        let bits = exception.bits_in(vm)?;
        vm.objects.pending_exception = bits;
        Err(vm.thrown(bits).into())
    }

    fn take_pending_exception(&mut self) -> Option<Rooted<ExnRef>> {
        let vm = Host::store(self);
        let bits = std::mem::take(&mut vm.objects.pending_exception);
        Rooted::of_bits(vm, bits)
    }
}

macro_rules! throwing {
    ($($ty:ty, $self:ident => $inner:expr;)*) => {
        $(impl<T> $ty {
            /// Returns the error with which a host function throws an exception: `return store.throw(exception)`.
            ///
            /// # Errors
            ///
            /// Always returns an error. The error is the exception, unless the exception belongs to another store or
            /// its scope has ended.
            pub fn throw<R>(&mut $self, exception: Rooted<ExnRef>) -> Result<R> {
                $inner.throw(exception)
            }

            /// Takes the last thrown exception that was not caught. A second call returns `None`.
            pub fn take_pending_exception(&mut $self) -> Option<Rooted<ExnRef>> {
                $inner.take_pending_exception()
            }

            /// Whether there is a thrown exception that was neither caught nor taken.
            pub fn has_pending_exception(&self) -> bool {
                self.as_context().0.vm().objects.pending_exception != 0
            }
        })*
    };
}

throwing! {
    Store<T>, self => self.as_context_mut().0;
    StoreContextMut<'_, T>, self => self.0;
}
