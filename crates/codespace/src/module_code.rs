//! The code of a module's functions, each reached through its slot.
//!
//! A slot holds the address of the code that is to run next; all instances of the module call through it. Code that was
//! published stays where it is for as long as the module does, because frames of it may be on some thread's stack. So
//! replacing a function's code is one store into its slot, and nothing is ever patched.

use crate::object::{CodeObject, PublishError};
use crate::origin::Origin;
use crate::profiler::Profiler;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use transom_code::CompiledFunction;
use transom_layout::CodeSlot;
use transom_module::Module;

/// The code of a module's functions.
#[derive(Debug)]
pub struct ModuleCode {
    module: Arc<Module>,
    slots: Box<[CodeSlot]>,
    /// All that was published.
    objects: Mutex<Vec<Arc<CodeObject>>>,
}

impl ModuleCode {
    /// No code yet for any of the module's functions: none of them may be called before it is published.
    pub fn new(module: Arc<Module>) -> ModuleCode {
        let slots = module.bodies.iter().map(|_| CodeSlot(0.into())).collect();
        ModuleCode {
            module,
            slots,
            objects: Mutex::default(),
        }
    }

    /// A slot for each function that the module defines.
    pub fn slots(&self) -> &[CodeSlot] {
        &self.slots
    }

    /// Publishes code of consecutive functions, the first being that at position `first`. Callers run it from now on.
    ///
    /// # Errors
    ///
    /// There is no room for the code, or the profiler's file can't be written. The slots are as they were.
    ///
    /// # Panics
    ///
    /// If the module has not so many functions.
    pub fn publish(
        &self,
        first: usize,
        functions: Vec<CompiledFunction>,
        profiler: Option<&Profiler>,
    ) -> Result<Arc<CodeObject>, PublishError> {
        let slots = &self.slots[first..first + functions.len()];
        let range = first as u32..(first + functions.len()) as u32;
        let object = CodeObject::publish(Origin::Module(self.module.clone(), range), functions, profiler)?;
        // Kept before anybody can run it.
        self.objects
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(object.clone());
        for (index, slot) in slots.iter().enumerate() {
            slot.0.store(object.address(index), Ordering::Release);
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests;
