//! What functions of a store are: their types, whose they are, and what calling them from the host takes.

use crate::raw::function::FuncPtr;
use crate::store::{FuncInfo, KnownFunc, Store};
use crate::value::Value;
use std::sync::Arc;
use transom_code::{AdapterKind, Shape};
use transom_layout::object::FieldClass;
use transom_types::TypeDescriptor;

impl FuncPtr {
    /// The descriptor of the type that the function was defined with.
    ///
    /// # Panics
    ///
    /// If `store` is another store than the function's.
    #[inline]
    pub fn descriptor(self, store: &Store) -> &TypeDescriptor {
        self.check(store);
        // SAFETY: the reference ends with the borrow of the store, which is the function's.
        unsafe { self.descriptor_unchecked() }
    }

    /// The instance in whose context the function runs, by its position in the store; `None` if the host defined it.
    ///
    /// # Panics
    ///
    /// If `store` is another store than the function's.
    pub fn instance(self, store: &Store) -> Option<usize> {
        self.check(store);
        // SAFETY: the store is borrowed, so it is alive, and it is the function's.
        unsafe { self.instance_unchecked() }
    }

    #[inline]
    fn check(self, store: &Store) {
        assert_eq!(
            self.store(),
            store.id(),
            "a function is used with a store that it does not belong to"
        );
    }
}

impl Store {
    /// The function that a reference's bits mean; `None` for null.
    ///
    /// # Safety
    ///
    /// The bits come from compiled code of this store, as a value whose type is a function reference.
    pub unsafe fn function_of_bits(&self, bits: u64) -> Option<FuncPtr> {
        // SAFETY: by the contract.
        unsafe { FuncPtr::from_address(self.id(), bits as usize) }
    }

    /// The value of a class with these bits; those of a number may be followed by others, which count for nothing.
    ///
    /// # Safety
    ///
    /// The bits come from compiled code of this store, or from where compiled code finds them, as a value of a type of this class.
    #[inline]
    pub unsafe fn value_of_bits(&self, class: FieldClass, bits: u128) -> Value {
        match class {
            // SAFETY: by the contract.
            FieldClass::Function => Value::Function(unsafe { self.function_of_bits(bits as u64) }),
            FieldClass::Object => Value::Object(bits as u32),
            FieldClass::V128 => Value::Number(bits),
            _ => Value::Number(bits & ((1 << (8 * class.size())) - 1)),
        }
    }

    /// What calling a function needs to know of its type. It is kept for the next time.
    ///
    /// # Errors
    ///
    /// The adapter for entering can't be made.
    #[inline]
    pub fn func_info(&mut self, function: FuncPtr) -> transom_error::Result<&Arc<FuncInfo>> {
        let index = function.descriptor(self).id.as_u32() as usize;
        if self.func_infos.get(index).is_none_or(Option::is_none) {
            self.keep_func_info(function, index)?;
        }
        let known = self.func_infos[index].as_ref();
        Ok(&known.expect("it was made if it was not there").info)
    }

    /// The same, if [`func_info`](Self::func_info) or [`enter_adapter`](Self::enter_adapter) has kept it.
    ///
    /// # Panics
    ///
    /// If it was not asked for before.
    #[inline]
    pub fn kept_func_info(&self, function: FuncPtr) -> &FuncInfo {
        let index = function.descriptor(self).id.as_u32() as usize;
        let known = self.func_infos[index].as_ref();
        &known.expect("it was asked for before").info
    }

    /// The address of the adapter for entering a function: that of its [`func_info`](Self::func_info).
    ///
    /// # Errors
    ///
    /// The adapter can't be made.
    #[inline]
    pub fn enter_adapter(&mut self, function: FuncPtr) -> transom_error::Result<usize> {
        let index = function.descriptor(self).id.as_u32() as usize;
        match self.func_infos.get(index) {
            Some(Some(known)) => Ok(known.enter),
            _ => self.func_info(function).map(|info| info.enter),
        }
    }

    #[cold]
    fn keep_func_info(&mut self, function: FuncPtr, index: usize) -> transom_error::Result<()> {
        let info = self.lookup_func_info(function)?;
        if self.func_infos.len() <= index {
            self.func_infos.resize(index + 1, None);
        }
        self.func_infos[index] = Some(KnownFunc {
            enter: info.enter,
            info,
        });
        Ok(())
    }

    /// As [`func_info`](Self::func_info), without keeping it for the next time.
    ///
    /// # Errors
    ///
    /// The adapter for entering can't be made.
    pub fn lookup_func_info(&self, function: FuncPtr) -> transom_error::Result<Arc<FuncInfo>> {
        let id = function.descriptor(self).id;
        if let Some(Some(known)) = self.func_infos.get(id.as_u32() as usize) {
            return Ok(known.info.clone());
        }
        let registry = self.engine().registry();
        let ty = registry
            .lookup(id)
            .expect("the store keeps the types of its functions");
        let shape = Shape::of(registry, ty.as_func().expect("functions have function types"));
        let enter = self.engine().adapter(AdapterKind::Enter, &shape)?;
        Ok(Arc::new(FuncInfo { ty, shape, enter }))
    }
}
