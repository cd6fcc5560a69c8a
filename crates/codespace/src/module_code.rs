//! The code of a module's functions, each reached through its slot.
//!
//! A slot holds the address of the code that is to run next; all instances of the module call through it. Code that was
//! published stays where it is for as long as the module does, because frames of it may be on some thread's stack. So
//! replacing a function's code is one store into its slot, and nothing is ever patched.
//!
//! Functions that are all compiled before any of them runs call each other directly. Functions that are compiled one by one
//! call each other through [`Stubs`], which lie in the module's arena; its slots lie near. Where a function already has code that stays
//! for ever, later code calls it directly, and code that stays calls itself directly.

use crate::budget::Charge;
use crate::error::PublishError;
use crate::object::{CodeObject, Publisher};
use crate::origin::Origin;
use crate::stubs::Stubs;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use transom_code::{CompiledFunction, ComponentCall};
use transom_module::{DefinedFuncIdx, Module};
use transom_sys::{CodeArena, CodeWords};

/// The code of a module's functions.
pub struct ModuleCode {
    module: Arc<Module>,
    slots: Slots,
    /// All that was published.
    objects: Mutex<Vec<Arc<CodeObject>>>,
    /// Bytes of all functions that were published.
    size: AtomicUsize,
    /// How many functions have code.
    count: AtomicUsize,
    callees: Mutex<Callees>,
}

/// Code of functions as parts of adapters between components, by their positions and the calls: its addresses, or `None` if there is to be none.
/// All instances share it.
type Callees = HashMap<(usize, ComponentCall), Option<usize>>;

/// A slot for each function, and what else functions need that are published one by one.
enum Slots {
    Anywhere(Box<[AtomicUsize]>),
    InArena(ArenaCode),
}

/// What a module's functions need that are published one by one.
struct ArenaCode {
    arena: Mutex<CodeArena>,
    slots: CodeWords,
    _charge: Charge,
    stubs: Stubs,
    /// For each function, whether what its slot holds stays.
    stays: Box<[AtomicBool]>,
    /// Where the stubs are; they are the first of the module's objects.
    address: usize,
}

impl ArenaCode {
    /// Address of the stub that a function's slot holds at first.
    fn first_stub(&self, index: usize) -> usize {
        self.address + self.stubs.first(index)
    }

    /// The address that calls of a function go to: its code if that stays, else its call stub.
    fn called(&self, index: usize) -> usize {
        match self.stays[index].load(Ordering::Acquire) {
            true => self.slots.words()[index].load(Ordering::Acquire),
            false => self.address + self.stubs.call(index),
        }
    }
}

impl ModuleCode {
    /// No code yet for any of the module's functions: none of them may be called before it is published, with all others.
    pub fn new(module: Arc<Module>) -> ModuleCode {
        let slots = module.bodies.iter().map(|_| AtomicUsize::new(0)).collect();
        ModuleCode {
            module,
            slots: Slots::Anywhere(slots),
            objects: Mutex::default(),
            size: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            callees: Mutex::default(),
        }
    }

    /// No code yet either, but functions may be called. Until its code is published, a function called goes on at `runtime`, with
    /// its position in `eax` and everything else as for the function.
    ///
    /// # Errors
    ///
    /// There is no room for slots and stubs.
    pub fn on_first_call(
        module: Arc<Module>,
        runtime: usize,
        publisher: &Publisher,
    ) -> Result<ModuleCode, PublishError> {
        /// Bytes of machine code that a byte of a function's body becomes, roughly.
        const EXPANSION: usize = 4;
        let count = module.bodies.len();
        let stubs = Stubs::new(count);
        let bodies: usize = module.bodies.iter().map(|body| body.range.len()).sum();
        let expected = stubs.size().saturating_add(bodies.saturating_mul(EXPANSION));
        let arena = Mutex::new(CodeArena::new(expected));
        let bytes = count * size_of::<usize>();
        let charge = publisher.budget.charge(bytes)?;
        let slots = CodeWords::new(count).map_err(|error| PublishError::Room { bytes, error })?;
        let first_slot = slots.words().as_ptr() as usize;
        let object = CodeObject::publish_with(
            &arena,
            Origin::Stubs(module.clone()),
            &stubs.code(runtime),
            |code, address| stubs.link(code, address, first_slot),
            publisher,
        )?;
        let code = ArenaCode {
            arena,
            slots,
            _charge: charge,
            stubs,
            stays: (0..count).map(|_| AtomicBool::new(false)).collect(),
            address: object.address(0),
        };
        for (index, slot) in code.slots.words().iter().enumerate() {
            slot.store(code.first_stub(index), Ordering::Release);
        }
        Ok(ModuleCode {
            module,
            slots: Slots::InArena(code),
            objects: Mutex::new(vec![object]),
            size: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            callees: Mutex::default(),
        })
    }

    /// A slot for each function that the module defines.
    pub fn slots(&self) -> &[AtomicUsize] {
        match &self.slots {
            Slots::Anywhere(slots) => slots,
            Slots::InArena(code) => code.slots.words(),
        }
    }

    /// Bytes of machine code of all functions that were published.
    pub fn size(&self) -> usize {
        self.size.load(Ordering::Relaxed)
    }

    /// How many functions have code.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// The address of a function's code, if it was published.
    pub fn address(&self, index: usize) -> Option<usize> {
        let address = self.slots()[index].load(Ordering::Acquire);
        let none = match &self.slots {
            Slots::Anywhere(_) => 0,
            Slots::InArena(code) => code.first_stub(index),
        };
        (address != none).then_some(address)
    }

    /// Publishes code of consecutive functions, the first being that at position `first`. Callers run it from now on. The
    /// functions call only each other directly.
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
        publisher: &Publisher,
    ) -> Result<Arc<CodeObject>, PublishError> {
        let slots = &self.slots()[first..first + functions.len()];
        let range = first as u32..(first + functions.len()) as u32;
        let object = CodeObject::publish(Origin::Module(self.module.clone(), range), functions, publisher)?;
        self.keep(&object, object.code_size());
        self.count.fetch_add(slots.len(), Ordering::Relaxed);
        for (index, slot) in slots.iter().enumerate() {
            slot.store(object.address(index), Ordering::Release);
        }
        Ok(object)
    }

    /// Publishes code of one function, which may have code already, and gives its address. Callers run it from now on. Its
    /// calls of functions of the module go through their slots.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    ///
    /// # Panics
    ///
    /// If the module's functions are not compiled one by one, or there is no such function.
    pub fn publish_one(
        &self,
        index: usize,
        function: &CompiledFunction,
        publisher: &Publisher,
    ) -> Result<usize, PublishError> {
        let (object, code) = self.publish_alone((index, false), function, publisher)?;
        Ok(self.enter(index, object.address(0), code))
    }

    /// The same, of code that nothing will replace.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    ///
    /// # Panics
    ///
    /// As [`publish_one`](Self::publish_one); or if the function already has code that stays.
    pub fn publish_last(
        &self,
        index: usize,
        function: &CompiledFunction,
        publisher: &Publisher,
    ) -> Result<usize, PublishError> {
        let (object, code) = self.publish_alone((index, true), function, publisher)?;
        let address = self.enter(index, object.address(0), code);
        let stayed = code.stays[index].swap(true, Ordering::AcqRel);
        assert!(!stayed, "code that stays is not replaced");
        Ok(address)
    }

    /// Lets callers of a function run code from now on.
    fn enter(&self, index: usize, address: usize, code: &ArenaCode) -> usize {
        if self.address(index).is_none() {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        code.slots.words()[index].store(address, Ordering::Release);
        address
    }

    /// Publishes code that belongs to a function, but that is not what callers run, and gives its address.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    ///
    /// # Panics
    ///
    /// As [`publish_one`](Self::publish_one).
    pub fn publish_entry(
        &self,
        index: usize,
        function: &CompiledFunction,
        publisher: &Publisher,
    ) -> Result<usize, PublishError> {
        Ok(self
            .publish_alone((index, false), function, publisher)?
            .0
            .address(0))
    }

    /// The address of a function's code as a part of an adapter between components, which is compiled and published if this is the first such call. `None` if
    /// there is to be no such code.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    pub fn callee(
        &self,
        (index, call): (usize, &ComponentCall),
        compile: impl FnOnce() -> Option<CompiledFunction>,
        publisher: &Publisher,
    ) -> Result<Option<usize>, PublishError> {
        let key = (index, call.clone());
        let lock = || self.callees.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&known) = lock().get(&key) {
            return Ok(known);
        }
        let origin = Origin::Callee(self.module.clone(), index as u32);
        let compiled = compile();
        if let Some(function) = &compiled {
            publisher.budget.check_spare(function.code.len())?;
        }
        let object = match (compiled, &self.slots) {
            (None, _) => None,
            (Some(function), Slots::InArena(_)) => Some(
                self.publish_in_arena((index, false), origin, &function, publisher)?
                    .0,
            ),
            // What it calls directly may be too far away.
            (Some(function), Slots::Anywhere(_)) if !function.relocations.is_empty() => None,
            (Some(function), Slots::Anywhere(_)) => {
                let object = CodeObject::publish(origin, vec![function], publisher)?;
                self.keep(&object, object.code_size());
                Some(object)
            }
        };
        let address = object.map(|object| object.address(0));
        // Another thread may have been quicker; its code may be in use already.
        Ok(*lock().entry(key).or_insert(address))
    }

    /// Publishes code that belongs to a function. If it `stays`, it is what the function's callers run, and calls itself directly.
    fn publish_alone(
        &self,
        (index, stays): (usize, bool),
        function: &CompiledFunction,
        publisher: &Publisher,
    ) -> Result<(Arc<CodeObject>, &ArenaCode), PublishError> {
        let range = index as u32..index as u32 + 1;
        let origin = Origin::Module(self.module.clone(), range);
        self.publish_in_arena((index, stays), origin, function, publisher)
    }

    fn publish_in_arena(
        &self,
        (index, stays): (usize, bool),
        origin: Origin,
        function: &CompiledFunction,
        publisher: &Publisher,
    ) -> Result<(Arc<CodeObject>, &ArenaCode), PublishError> {
        let Slots::InArena(code) = &self.slots else {
            panic!("the functions of a module are compiled together or one by one");
        };
        let first = self.module.func_index(DefinedFuncIdx::new(0)).as_u32();
        let address_of = |target: u32, own: usize| match (target - first) as usize {
            target if stays && target == index => own,
            target => code.called(target),
        };
        let object = CodeObject::publish_in(&code.arena, origin, function, address_of, publisher)?;
        self.keep(&object, function.code.len());
        Ok((object, code))
    }

    /// Keeps code before anybody can run it.
    fn keep(&self, object: &Arc<CodeObject>, size: usize) {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.push(object.clone());
        self.size.fetch_add(size, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for ModuleCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // There may be a hundred thousand objects.
        f.debug_struct("ModuleCode")
            .field("count", &self.count())
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
