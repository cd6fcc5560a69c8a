//! Collections: what keeps a store's objects alive.
//!
//! # Roots
//! References from outside the heap lie in frames of compiled code (listed by their stack maps), in globals, in tables, in the evaluated
//! element segments of instances, in the host's handles, and in an exception that is on its way. Nothing else: a libcall or
//! host function that holds a reference in a Rust variable must not allocate before it has put it into one of these.

use crate::collection_event::Event;
use crate::global::GlobalInstance;
use crate::handles::Handles;
use crate::instance::Instance;
use crate::raw::roots::{FrameSlots, visit_global, visit_table};
use crate::store::Store;
use crate::table::TableInstance;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use transom_gc::{Extent, Roots};
use transom_layout::object::FieldClass;

/// Everything outside the heap that holds references.
struct StoreRoots<'a> {
    instances: &'a mut [Instance],
    tables: &'a [TableInstance],
    globals: &'a [GlobalInstance],
    handles: &'a mut Handles,
    pending: &'a mut u32,
    frames: &'a FrameSlots,
}

impl Roots for StoreRoots<'_> {
    fn visit(&mut self, visit: &mut dyn FnMut(*mut u32)) {
        self.frames.visit(visit);
        self.handles.visit(visit);
        visit(self.pending);
        for global in self
            .globals
            .iter()
            .filter(|global| global.class() == FieldClass::Object)
        {
            visit_global(&global.place, visit);
        }
        for table in self.tables.iter().filter(|table| table.holds_objects()) {
            // SAFETY: the elements are references to objects.
            unsafe { visit_table(table.elements.place(), visit) };
        }
        for instance in &mut *self.instances {
            instance.visit_elements(visit);
        }
    }
}

/// Drops values of the host's. If several panic, the first one's panic goes on: two at once would end the process.
fn drop_all(values: Vec<Option<Box<dyn Any + Send + Sync>>>) {
    let mut first = None;
    for value in values {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
            match first {
                None => first = Some(panic),
                // What it holds may panic once more.
                Some(_) => std::mem::forget(panic),
            }
        }
    }
    if let Some(panic) = first {
        resume_unwind(panic);
    }
}

impl Store {
    /// Collects, unless the heap is locked, or there is none.
    pub fn collect(&mut self, extent: Extent) {
        let Some(mut heap) = self.objects.heap.take() else {
            return;
        };
        let mut event = None;
        if heap.locks == 0 {
            event = Event::begin(&heap.heap, extent);
            // SAFETY: this thread uses the store. Compiled code on it, if there is any, waits: it was left through a thunk or an
            // adapter, and not by a poll, which locks the heap.
            unsafe { heap.frames.find(self.core()) };
            let mut roots = StoreRoots {
                instances: &mut self.instances,
                tables: &self.tables,
                globals: &self.globals,
                handles: &mut self.objects.handles,
                pending: &mut self.objects.pending_exception,
                frames: &heap.frames,
            };
            // SAFETY: the roots are all that this file's first lines list, and nothing else holds a reference across this call.
            unsafe { heap.heap.collect(extent, &mut roots) };
        }
        let dead = heap.heap.take_dead_values();
        let dropped: Vec<_> = dead.into_iter().map(|value| heap.values.remove(value)).collect();
        let event = event.map(|event| event.end(&heap.heap));
        self.objects.heap = Some(heap);
        // The host's own code runs here, a logger too; by now the store is whole again.
        if let Some(event) = event {
            event.log();
        }
        drop_all(dropped);
    }
}
