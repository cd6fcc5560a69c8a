//! The host's references to objects: handles, which the collector keeps up to date.
//!
//! *Scoped* handles are a stack: leaving a scope forgets all that were made in it. Each remembers the scope's number, so one that is used
//! after its scope is found out, even if another has its place by then. *Owned* handles live until the last copy is dropped: copies
//! share a flag, and the store looks for flags that nobody else has before it collects. A place that is used again has another number then,
//! so that an owned handle's place and number, like a scoped one's, may be copied and outlive it.

use std::sync::Arc;

/// Where a handle is, and the number of its scope, or of its owner, there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HandleId {
    /// Owned handles' places begin at [`OWNED`].
    index: u32,
    number: u32,
}

/// Where the places of owned handles begin.
const OWNED: u32 = 1 << 31;

/// A handle that lives until its last copy is dropped.
#[derive(Clone, Debug)]
pub struct OwnedHandle {
    id: HandleId,
    alive: Arc<()>,
}

impl OwnedHandle {
    /// Where it is.
    pub fn id(&self) -> HandleId {
        self.id
    }

    /// Its place, its number there, and what keeps it alive.
    pub fn into_parts(self) -> (u32, u32, Arc<()>) {
        (self.id.index, self.id.number, self.alive)
    }

    /// The handle with these parts. Those of no handle refer to nothing.
    pub fn of_parts(index: u32, number: u32, alive: Arc<()>) -> OwnedHandle {
        let id = HandleId { index, number };
        OwnedHandle { id, alive }
    }
}

/// The place of an owned handle.
#[derive(Debug, Default)]
struct Owned {
    bits: u32,
    /// The number of the handle that is here, or will be next.
    number: u32,
    /// `None` if no handle is here.
    alive: Option<Arc<()>>,
}

/// The handles of a store.
#[derive(Debug, Default)]
pub struct Handles {
    /// References, and the numbers of their scopes.
    scoped: Vec<(u32, u32)>,
    scope: u32,
    owned: Vec<Owned>,
    /// Places of owned handles where none is.
    free: Vec<u32>,
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
        let index = u32::try_from(self.scoped.len()).ok();
        let index = index.filter(|&index| index < OWNED);
        let index = index.expect("fewer than 2^31 handles at a time");
        let number = self.scope;
        self.scoped.push((bits, number));
        HandleId { index, number }
    }

    /// Makes room for so many more scoped handles.
    pub fn reserve(&mut self, additional: usize) {
        self.scoped.reserve(additional);
    }

    /// What a handle refers to, unless its scope has ended, or its last copy was dropped.
    pub fn get(&self, handle: HandleId) -> Option<u32> {
        if let Some(index) = handle.index.checked_sub(OWNED) {
            let owned = self.owned.get(index as usize)?;
            return (owned.number == handle.number && owned.alive.is_some()).then_some(owned.bits);
        }
        let &(bits, scope) = self.scoped.get(handle.index as usize)?;
        (scope == handle.number).then_some(bits)
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
        if self.len().1 >= 2 * self.owned_before.max(32) {
            self.forget_dropped();
        }
        let place = self.free.pop().unwrap_or_else(|| {
            let place = u32::try_from(self.owned.len()).ok();
            let place = place.filter(|&place| place < OWNED);
            self.owned.push(Owned::default());
            place.expect("fewer than 2^31 handles at a time")
        });
        let alive = Arc::new(());
        let owned = &mut self.owned[place as usize];
        owned.bits = bits;
        owned.alive = Some(alive.clone());
        OwnedHandle::of_parts(OWNED + place, owned.number, alive)
    }

    fn forget_dropped(&mut self) {
        for (place, owned) in self.owned.iter_mut().enumerate() {
            if owned
                .alive
                .as_ref()
                .is_some_and(|alive| Arc::strong_count(alive) == 1)
            {
                owned.alive = None;
                owned.number = owned.number.wrapping_add(1);
                self.free.push(place as u32);
            }
        }
        self.owned_before = self.len().1;
    }

    /// How many handles there are, scoped and owned.
    pub fn len(&self) -> (usize, usize) {
        (self.scoped.len(), self.owned.len() - self.free.len())
    }

    /// Visits what all handles refer to.
    pub(crate) fn visit(&mut self, visit: &mut dyn FnMut(*mut u32)) {
        self.forget_dropped();
        for (bits, _) in &mut self.scoped {
            visit(bits);
        }
        for owned in &mut self.owned {
            if owned.alive.is_some() {
                visit(&mut owned.bits);
            }
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
        assert_eq!(seen.len(), 1);
        assert_eq!(handles.get(kept.id()), Some(8));
    }

    #[test]
    fn an_owned_handle_that_was_dropped_refers_to_nothing() {
        let mut handles = Handles::default();
        let (first, second) = (handles.own(8), handles.own(16));
        let (id, copy) = (first.id(), first.clone());
        drop(first);
        handles.visit(&mut |_| ());
        assert_eq!(handles.get(id), Some(8), "a copy is alive");
        drop(copy);
        handles.visit(&mut |_| ());
        assert_eq!(handles.get(id), None);
        let third = handles.own(24);
        assert_eq!(third.id().index, id.index, "the place is used again");
        assert_eq!((handles.get(id), handles.get(third.id())), (None, Some(24)));
        let (index, number, alive) = second.into_parts();
        let second = OwnedHandle::of_parts(index, number, alive);
        assert_eq!(handles.get(second.id()), Some(16));
        for index in [0, 1 << 30, OWNED + 2, u32::MAX] {
            assert_eq!(
                handles.get(OwnedHandle::of_parts(index, 0, Arc::default()).id()),
                None
            );
        }
    }
}
