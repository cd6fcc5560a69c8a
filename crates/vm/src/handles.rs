//! The host's references to objects: handles, which the collector keeps up to date.
//!
//! *Scoped* handles are a stack: leaving a scope forgets all that were made in it. Each remembers the scope's number, so one that is used
//! after its scope is found out, even if another has its place by then. *Owned* handles live until the last copy is dropped; a
//! copy is a counted pointer, and the store looks for those that nobody else has before it collects.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A scoped handle: its place on the stack, and the number of its scope.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HandleId {
    index: u32,
    scope: u32,
}

/// A handle that lives until its last copy is dropped.
#[derive(Clone, Debug)]
pub struct OwnedHandle(Arc<AtomicU32>);

impl OwnedHandle {
    /// The present reference.
    pub fn bits(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether both are copies of one.
    pub fn same(&self, other: &OwnedHandle) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Hash for OwnedHandle {
    /// Copies of one handle have one hash.
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// The handles of a store.
#[derive(Debug, Default)]
pub struct Handles {
    /// References, and the numbers of their scopes.
    scoped: Vec<(u32, u32)>,
    scope: u32,
    owned: Vec<Arc<AtomicU32>>,
    /// How many owned handles there were when the dropped ones were last looked for.
    owned_before: usize,
}

/// Where a scope begins.
#[derive(Clone, Copy, Debug)]
pub struct ScopeStart {
    height: usize,
}

impl Handles {
    /// A scoped handle on an object.
    pub fn push(&mut self, bits: u32) -> HandleId {
        let index = u32::try_from(self.scoped.len()).expect("fewer than 2^32 handles at a time");
        let scope = self.scope;
        self.scoped.push((bits, scope));
        HandleId { index, scope }
    }

    /// Makes room for so many more scoped handles.
    pub fn reserve(&mut self, additional: usize) {
        self.scoped.reserve(additional);
    }

    /// What a handle refers to, unless its scope has ended.
    pub fn get(&self, handle: HandleId) -> Option<u32> {
        let &(bits, scope) = self.scoped.get(handle.index as usize)?;
        (scope == handle.scope).then_some(bits)
    }

    /// Begins a scope.
    pub fn begin_scope(&mut self) -> ScopeStart {
        ScopeStart {
            height: self.scoped.len(),
        }
    }

    /// Ends a scope: the handles that were made in it are no more.
    pub fn end_scope(&mut self, start: ScopeStart) {
        if self.scoped.len() > start.height {
            self.scoped.truncate(start.height);
            self.scope = self.scope.wrapping_add(1);
        }
    }

    /// An owned handle on an object.
    pub fn own(&mut self, bits: u32) -> OwnedHandle {
        if self.owned.len() >= 2 * self.owned_before.max(32) {
            self.forget_dropped();
        }
        let handle = Arc::new(AtomicU32::new(bits));
        self.owned.push(handle.clone());
        OwnedHandle(handle)
    }

    fn forget_dropped(&mut self) {
        self.owned.retain(|handle| Arc::strong_count(handle) > 1);
        self.owned_before = self.owned.len();
    }

    /// How many handles there are, scoped and owned.
    pub fn len(&self) -> (usize, usize) {
        (self.scoped.len(), self.owned.len())
    }

    /// Visits what all handles refer to.
    pub(crate) fn visit(&mut self, visit: &mut dyn FnMut(*mut u32)) {
        self.forget_dropped();
        for (bits, _) in &mut self.scoped {
            visit(bits);
        }
        for handle in &self.owned {
            visit(handle.as_ptr());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_ends_with_its_scope() {
        let mut handles = Handles::default();
        let outer = handles.push(8);
        let start = handles.begin_scope();
        let inner = handles.push(16);
        assert_eq!((handles.get(outer), handles.get(inner)), (Some(8), Some(16)));
        handles.end_scope(start);
        let next = handles.push(24);
        assert_eq!(handles.get(inner), None);
        assert_eq!((handles.get(outer), handles.get(next)), (Some(8), Some(24)));
    }

    #[test]
    fn owned_handles_that_are_dropped_are_forgotten() {
        let mut handles = Handles::default();
        let kept = handles.own(8);
        for _ in 0..1000 {
            drop(handles.own(16));
        }
        assert!(handles.len().1 < 100);
        let mut seen = Vec::new();
        handles.visit(&mut |slot| seen.push(slot));
        assert_eq!((seen, kept.bits()), (vec![kept.0.as_ptr()], 8));
    }
}
