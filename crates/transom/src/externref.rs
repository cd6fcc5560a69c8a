//! References to host values.

use crate::heap_error::value_error;
use crate::reference::ReferenceKind;
use crate::store::StoreOpaque;
use crate::{AnyRef, AsContextMut, ExternRef, Rooted, StoreContext, StoreContextMut};
use std::any::Any;
use transom_error::Result;
use transom_vm::crossing::objects::new_host_object;

impl ExternRef {
    /// Creates a reference to a host value. The value is dropped when a garbage collection finds no more references
    /// to it.
    ///
    /// # Errors
    ///
    /// The heap is full, and the error has the context [`GcHeapOutOfMemory<V>`](crate::GcHeapOutOfMemory), which holds the value; or the
    /// store's limiter returned an error.
    pub fn new<V: Any + Send + Sync>(mut store: impl AsContextMut, value: V) -> Result<Rooted<ExternRef>> {
        let store = store.as_context_mut();
        store.0.ensure_plain_limits()?;
        ExternRef::create(store, value)
    }

    /// As [`new`](Self::new), where the store's limiter may wait.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); or there is no memory for a stack.
    pub async fn new_async<V: Any + Send + Sync>(
        mut store: impl AsContextMut,
        value: V,
    ) -> Result<Rooted<ExternRef>> {
        let mut store = store.as_context_mut();
        store.on_fiber(|store| ExternRef::create(store, value)).await?
    }

    fn create<T: 'static, V: Any + Send + Sync>(
        store: StoreContextMut<'_, T>,
        value: V,
    ) -> Result<Rooted<ExternRef>> {
        let bits = new_host_object(store.0, Box::new(value)).map_err(|(error, value)| {
            let value = value.downcast::<V>().expect("the value that was passed");
            value_error(error, *value)
        })?;
        let vm = transom_vm::Host::store(store.0);
        Ok(Rooted::of_bits(vm, bits).expect("an object is not null"))
    }

    /// The host value. `None` if the reference is to an internal value.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "same") (param externref) (result externref) (local.get 0)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let same = instance.get_typed_func::<Rooted<ExternRef>, Option<Rooted<ExternRef>>>(&mut store, "same")?;
    /// let value = ExternRef::new(&mut store, String::from("a host value"))?;
    /// let back = same.call(&mut store, value)?.expect("not null");
    /// let value = back.data(&store)?.and_then(|value| value.downcast_ref::<String>());
    /// assert_eq!(value.map(|text| &**text), Some("a host value"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn data<'a, T: 'static>(
        &self,
        store: impl Into<StoreContext<'a, T>>,
    ) -> Result<Option<&'a (dyn Any + Send + Sync)>> {
        let store: StoreContext<'a, T> = store.into();
        let vm = store.0.vm();
        let bits = self.index().bits(vm)?;
        Ok(vm.objects().and_then(|heap| heap.host_value(bits)))
    }

    /// The host value, mutably. `None` if the reference is to an internal value.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn data_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> Result<Option<&'a mut (dyn Any + Send + Sync)>> {
        let store: StoreContextMut<'a, T> = store.into();
        let vm = transom_vm::Host::store(store.0);
        let bits = self.index().bits(vm)?;
        // An integer that was made external is a reference without a heap.
        if vm.objects().is_none() {
            return Ok(None);
        }
        Ok(vm.objects_mut().host_value_mut(bits))
    }

    /// Converts an internal reference, as `extern.convert_any` does.
    ///
    /// # Errors
    ///
    /// The reference belongs to another store, or its scope has ended.
    pub fn convert_any(mut store: impl AsContextMut, any: Rooted<AnyRef>) -> Result<Rooted<ExternRef>> {
        let vm = transom_vm::Host::store(store.as_context_mut().0);
        let bits = any.bits_in(vm)?;
        Ok(Rooted::of_bits(vm, bits).expect("a handle is not null"))
    }
}
