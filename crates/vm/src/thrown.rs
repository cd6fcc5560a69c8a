//! A store's exceptions on their way through the host.

use crate::backtrace::Backtrace;
use crate::exception::ThrownException;
use crate::store::Store;
use transom_code::exception_layout;
use transom_types::{TypeRegistry, ValType};

impl Store {
    /// An exception of a store that passes through the host.
    pub fn thrown(&mut self, exception: u32) -> ThrownException {
        ThrownException {
            store: self.id(),
            description: self.describe_exception(exception),
            handle: self.objects.handles.own(exception),
            backtrace: Backtrace::default(),
        }
    }

    /// The exception that passes through the host, if it is one of this store.
    pub fn exception_of(&self, thrown: &ThrownException) -> Option<u32> {
        let handles = (thrown.store == self.id()).then_some(&self.objects.handles)?;
        handles.get(thrown.handle.id())
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
            let bits = heap.heap().read(exception, offset, size);
            let value = describe_value(&registry, *param, bits);
            text.push_str(&format!("{separator}{value}"));
            separator = ", ";
        }
        text
    }
}

/// A value in words.
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
