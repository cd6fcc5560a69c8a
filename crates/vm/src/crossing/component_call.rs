//! Linking adapters between components.

use crate::ids::MemoryId;
use crate::raw::component_link::{ComponentLink, PassRow, RowsLink};
use crate::raw::function::FuncPtr;
use crate::store::Store;
use std::sync::Arc;
use transom_code::ComponentCall;
use transom_layout::{VmAllocations, VmComponentFlags};

/// Who takes part in a call from one component to another.
pub struct ComponentParties {
    /// The function of the host that does the call.
    pub function: FuncPtr,
    /// The function that is called.
    pub callee: FuncPtr,
    /// The flags of the instance that calls, and of what the callee belongs to.
    pub flags: [Arc<VmComponentFlags>; 2],
    /// For rows of values.
    pub rows: Option<RowParties>,
}

/// Who takes part in passing rows of values.
pub struct RowParties {
    /// The memory of the instance that calls.
    pub source: MemoryId,
    /// That of the callee, which is another.
    pub destination: MemoryId,
    /// What allocates there.
    pub realloc: FuncPtr,
    /// The flags of the callee's instance.
    pub allocator: Arc<VmComponentFlags>,
    /// Where allocations are noted.
    pub allocations: Arc<VmAllocations>,
    /// How each row is passed.
    pub pass: Box<[PassRow]>,
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
    /// If a function belongs to another store, the first is none of the host, their shapes are not those of the call, it passes another number of rows, or
    /// the memories are one or shared.
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
        let shape = call.shape();
        for function in [function, callee] {
            assert!(
                self.lookup_func_info(function)?.shape == shape,
                "an adapter calls functions of its shape"
            );
        }
        let given = rows.as_ref().map_or(0, |rows| rows.pass.len());
        assert!(
            given == call.rows().count() && given <= VmAllocations::MAX,
            "each row of an adapter is passed in some way"
        );
        if let Some(rows) = &rows {
            assert!(
                self.lookup_func_info(rows.realloc)?.shape == ComponentCall::allocator(),
                "what allocates has the shape of such"
            );
            let is_shared = |id| self.memory(id).shared().is_some();
            assert!(
                rows.source != rows.destination && !is_shared(rows.source) && !is_shared(rows.destination),
                "rows are passed from one memory to another, of this store"
            );
        }
        let Some(adapter) = self.engine().component_adapter(call)? else {
            return Ok(());
        };
        let rows = rows.map(|rows| RowsLink {
            source: self.memory(rows.source).place(),
            destination: self.memory(rows.destination).place(),
            realloc: rows.realloc,
            allocator: rows.allocator,
            allocations: rows.allocations,
            pass: rows.pass,
        });
        // SAFETY: all functions belong to this store, which keeps the link, as it keeps its memories; their shapes and the number of rows have been compared,
        // the first function is one of the host, and the memories are two that are not shared.
        let link = unsafe { ComponentLink::make(function, callee, adapter, flags, rows) };
        self.host.links.push(link);
        Ok(())
    }
}
