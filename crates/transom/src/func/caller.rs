//! The caller of a host function.
//!
//! It gives access to the store during the call only.

use crate::store::{StoreInner, StoreOpaque};
use crate::{
    AsContext, AsContextMut, Engine, Extern, GcHeapOutOfMemory, Instance, ModuleExport, StoreContext,
    StoreContextMut,
};
use transom_error::Result;
use transom_vm::InstanceId;

/// The caller of a host function: the store and the calling instance.
pub struct Caller<'a, T: 'static> {
    store: StoreContextMut<'a, T>,
    instance: Option<InstanceId>,
}

impl<'a, T> Caller<'a, T> {
    pub(crate) fn new(store: &'a mut StoreInner<T>, instance: Option<InstanceId>) -> Caller<'a, T> {
        Caller {
            store: StoreContextMut(store),
            instance,
        }
    }

    /// The store, and the calling instance.
    pub(crate) fn into_parts(self) -> (StoreContextMut<'a, T>, Option<InstanceId>) {
        (self.store, self.instance)
    }

    /// The export `name` of the calling instance. `None` if there is no such export, or if the host called the
    /// function.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut linker: Linker<String> = Linker::new(&engine);
    /// linker.func_wrap("host", "print", |mut caller: Caller<'_, String>, start: u32, len: u32| -> Result<()> {
    ///     let Some(Extern::Memory(memory)) = caller.get_export("memory") else { bail!("there is no memory") };
    ///     let (bytes, text) = memory.data_and_store_mut(&mut caller);
    ///     let bytes = bytes.get(start as usize..).and_then(|rest| rest.get(..len as usize));
    ///     let Some(bytes) = bytes else { bail!("the text is outside of the memory") };
    ///     text.push_str(std::str::from_utf8(bytes)?);
    ///     Ok(())
    /// })?;
    /// let module = Module::new(&engine, r#"(module (import "host" "print" (func $print (param i32 i32)))
    ///     (memory (export "memory") 1) (data (i32.const 8) "hello")
    ///     (func (export "run") (call $print (i32.const 8) (i32.const 5))))"#)?;
    /// let mut store = Store::new(&engine, String::new());
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
    /// assert_eq!(store.data(), "hello");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn get_export(&mut self, name: &str) -> Option<Extern> {
        Extern::exported(self.store.0.vm(), self.instance?, name)
    }

    /// The export of the calling instance at a position from [`Module::get_export_index`](crate::Module::get_export_index).
    /// `None` if the position belongs to another module, or if the host called the function.
    pub fn get_module_export(&mut self, export: &ModuleExport) -> Option<Extern> {
        let vm = self.store.0.vm();
        Instance::of(vm, self.instance?).get_module_export(&self.store, export)
    }

    /// The host data.
    pub fn data(&self) -> &T {
        self.store.data()
    }

    /// The host data.
    pub fn data_mut(&mut self) -> &mut T {
        self.store.data_mut()
    }

    /// The store's engine.
    pub fn engine(&self) -> &Engine {
        self.store.0.engine()
    }

    /// Handles a pending interrupt or an expired epoch deadline. A host function that may run for long should call it
    /// regularly. Then interrupts and deadlines apply to the function as they do to the program.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let busy = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| -> Result<()> {
    ///     loop {
    ///         // A part of the work.
    ///         caller.poll()?;
    ///     }
    /// });
    /// store.interrupt_handle().interrupt();
    /// assert_eq!(busy.call(&mut store, &[], &mut []).unwrap_err().downcast::<Trap>()?, Trap::Interrupt);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Trap::Interrupt`](crate::Trap::Interrupt), or the error of the store's epoch callback. The host function
    /// should return this error.
    pub fn poll(&mut self) -> Result<()> {
        transom_vm::libcalls::poll_in_host(&mut *self.store.0)
    }

    /// Consumes fuel for work on behalf of the program. Does nothing if fuel is disabled.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().consume_fuel(true))?;
    /// let mut store = Store::new(&engine, ());
    /// let hash = Func::wrap(&mut store, |mut caller: Caller<'_, ()>, bytes: u32| caller.use_fuel(u64::from(bytes)));
    /// let hash = hash.typed::<u32, ()>(&store)?;
    /// store.set_fuel(1000)?;
    /// hash.call(&mut store, 300)?;
    /// assert!(store.get_fuel()? <= 700);
    /// assert_eq!(hash.call(&mut store, 900).unwrap_err().downcast::<Trap>()?, Trap::OutOfFuel);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Trap::OutOfFuel`](crate::Trap::OutOfFuel) if less than `amount` is left. Then no fuel is left.
    pub fn use_fuel(&mut self, amount: u64) -> Result<()> {
        if !self.store.0.counts_fuel() {
            return Ok(());
        }
        let left = self.store.get_fuel()?;
        self.store.set_fuel(left.saturating_sub(amount))?;
        if amount > left {
            return Err(crate::Trap::OutOfFuel.into());
        }
        Ok(())
    }

    /// See [`Store::get_fuel`](crate::Store::get_fuel).
    ///
    /// # Errors
    ///
    /// Fuel is disabled; see [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn get_fuel(&self) -> Result<u64> {
        self.store.get_fuel()
    }

    /// See [`Store::set_fuel`](crate::Store::set_fuel).
    ///
    /// # Errors
    ///
    /// Fuel is disabled; see [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.store.set_fuel(fuel)
    }

    /// See [`Store::gc`](crate::Store::gc).
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn gc(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
        self.store.gc(why)
    }

    /// See [`Store::gc_heap_capacity`](crate::Store::gc_heap_capacity).
    pub fn gc_heap_capacity(&self) -> usize {
        self.store.0.gc_heap_capacity()
    }
}

impl<T: 'static> AsContext for Caller<'_, T> {
    type Data = T;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        self.store.as_context()
    }
}

impl<T: 'static> AsContextMut for Caller<'_, T> {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        self.store.as_context_mut()
    }
}

impl<'a, T: 'static> From<Caller<'a, T>> for StoreContextMut<'a, T> {
    fn from(caller: Caller<'a, T>) -> Self {
        caller.store
    }
}
