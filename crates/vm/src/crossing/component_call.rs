//! Linking adapters between components.

use crate::compiled::CompiledModule;
use crate::ids::MemoryId;
use crate::raw::component_link::{ComponentLink, RowsLink};
use crate::raw::function::FuncPtr;
use crate::store::Store;
use std::sync::Arc;
use transom_code::{ComponentCall, Returned, Shape};
use transom_layout::{CodeSlot, VmCallProgress, VmComponentFlags};
use transom_module::DefinedFuncIdx;

/// Who takes part in a call from one component to another.
pub struct ComponentParties {
    /// The function of the host that does the call.
    pub function: FuncPtr,
    /// The function that is called.
    pub callee: FuncPtr,
    /// The flags of the instance that calls, and of what the callee belongs to.
    pub flags: [Arc<VmComponentFlags>; 2],
    /// For rows of values.
    pub rows: Option<RowsLink<MemoryId>>,
}

impl Store {
    /// Lets an adapter do what a function of the host does: call another function of this store, from one component to another. Nothing happens if no
    /// compiler makes adapters.
    ///
    /// # Errors
    ///
    /// The adapter can't be made.
    ///
    /// # Panics
    ///
    /// If a function belongs to another store, the first is none of the host, their shapes are not those of the call, it passes another number of rows, what
    /// it calls for them is not there, or the memories are one or shared.
    pub fn link_component_call(
        &mut self,
        call: &ComponentCall,
        parties: ComponentParties,
    ) -> transom_error::Result<()> {
        let ComponentParties {
            function,
            callee,
            flags,
            rows,
        } = parties;
        assert!(
            function.instance(self).is_none(),
            "an adapter replaces code of the host"
        );
        self.check_shape(function, &call.caller_shape())?;
        self.check_shape(callee, &call.callee_shape())?;
        self.check_rows(call, rows.as_ref())?;
        let adapter = match self.adapter_with_callee(call, callee)? {
            None => self.engine().component_adapter(call)?,
            with_callee => with_callee,
        };
        let Some(adapter) = adapter else {
            return Ok(());
        };
        let rows = rows.map(|rows| rows.with_memories(|id| self.memory(id).place()));
        // SAFETY: all functions belong to this store, which keeps the link, as it keeps its memories; their shapes and the number of rows have been compared,
        // the first function is one of the host, and the memories are two that are not shared. The adapter is for such calls, of any callee or of this one's
        // function in its module, whose code the store keeps with the callee's instance.
        let link = unsafe { ComponentLink::make(function, callee, adapter, flags, rows) };
        self.host.links.push(link);
        Ok(())
    }

    /// The address of an adapter that has the body of what it calls, if the callee is small.
    fn adapter_with_callee(
        &self,
        call: &ComponentCall,
        callee: FuncPtr,
    ) -> transom_error::Result<Option<usize>> {
        let Some((module, function)) = self.defined_function(callee) else {
            return Ok(None);
        };
        Ok(module.component_callee(function, call)?)
    }

    /// The module that defines a function, and its position there; `None` if the host defines it.
    fn defined_function(&self, function: FuncPtr) -> Option<(&CompiledModule, DefinedFuncIdx)> {
        let instance = function.instance(self)?;
        let module = &self.instances[instance].module;
        // SAFETY: the store is borrowed, so it is alive, and the function is one of its.
        let (slot, _) = unsafe { function.slot_and_context() };
        let slots = module.slots();
        let index = slot.addr().wrapping_sub(slots.as_ptr().addr()) / size_of::<CodeSlot>();
        (index < slots.len()).then(|| (&**module, DefinedFuncIdx::new(index)))
    }

    fn check_shape(&mut self, function: FuncPtr, shape: &Shape) -> transom_error::Result<()> {
        assert!(
            self.lookup_func_info(function)?.shape == *shape,
            "an adapter calls functions of the shapes that it was made for"
        );
        Ok(())
    }

    fn check_rows(
        &mut self,
        call: &ComponentCall,
        rows: Option<&RowsLink<MemoryId>>,
    ) -> transom_error::Result<()> {
        let (there, back) = (call.rows_there(), call.rows_back());
        let Some(rows) = rows else {
            assert!(there + back == 0, "an adapter passes rows in some way");
            return Ok(());
        };
        assert!(
            rows.pass.len() == there + back && there <= VmCallProgress::MAX,
            "each row of an adapter is passed in some way"
        );
        let is_shared = |id| self.memory(id).shared().is_some();
        let (caller, callee) = (&rows.caller, &rows.callee);
        assert!(
            caller.memory != callee.memory && !is_shared(caller.memory) && !is_shared(callee.memory),
            "rows are passed from one memory to another, of this store"
        );
        let calls_after = matches!(
            call.result,
            Returned::Row {
                has_post_return: true,
                ..
            }
        );
        let needed = [
            (caller.realloc, back > 0, ComponentCall::realloc()),
            (callee.realloc, there > 0, ComponentCall::realloc()),
            (rows.post_return, calls_after, ComponentCall::post_return()),
        ];
        for (function, is_needed, shape) in needed {
            match function {
                Some(function) => self.check_shape(function, &shape)?,
                None => assert!(!is_needed, "what an adapter calls is there"),
            }
        }
        Ok(())
    }
}
