//! A table of the host's resources.

#[cfg(test)]
mod tests;

use super::resource::Resource;
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem::take;

/// How many places a table has at most, by default: more than programs use, and fewer than exhaust the host.
const DEFAULT_MAX_CAPACITY: usize = 1_000_000;

/// Why a [`ResourceTable`] refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResourceTableError {
    /// There is no free place; see [`ResourceTable::set_max_capacity`].
    Full,
    /// There is no value at this place.
    NotPresent,
    /// The value has another type.
    WrongType,
    /// The value has children, and they would be left behind.
    HasChildren,
}

impl fmt::Display for ResourceTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResourceTableError::Full => "the table of resources is full",
            ResourceTableError::NotPresent => "the table of resources has no such resource",
            ResourceTableError::WrongType => "the resource has another type",
            ResourceTableError::HasChildren => "the resource has children",
        })
    }
}

impl std::error::Error for ResourceTableError {}

/// A table of values, each of which has a [`Resource`] as its key.
///
/// A component holds the resource, and the host has the value here. A value may be the *child* of another, its parent, which cannot be
/// deleted before its children.
///
/// The table does not know which keys are still in use. A key whose value was deleted is used again for another value.
///
/// ```
/// use transom::component::{Resource, ResourceTable, ResourceTableError};
///
/// struct Folder(&'static str);
/// struct Entries(usize);
///
/// let mut table = ResourceTable::new();
/// let folder: Resource<Folder> = table.push(Folder("/tmp"))?;
/// let entries = table.push_child(Entries(0), &folder)?;
/// table.get_mut(&entries)?.0 += 1;
/// assert_eq!(table.get(&folder)?.0, "/tmp");
///
/// let same_folder = Resource::<Folder>::new_own(folder.rep());
/// assert!(matches!(table.delete(same_folder), Err(ResourceTableError::HasChildren)));
/// assert_eq!(table.delete(entries)?.0, 1);
/// table.delete(folder)?;
/// assert!(table.is_empty());
/// # Ok::<(), ResourceTableError>(())
/// ```
pub struct ResourceTable {
    places: Vec<Option<Entry>>,
    /// The places without an entry. The last one is used next.
    free: Vec<u32>,
    max_capacity: usize,
}

/// A value. `child` is among the children of `parent` exactly if `parent` is the parent of `child`, and then both are in the table.
struct Entry {
    value: Box<dyn Any + Send>,
    parent: Option<u32>,
    children: BTreeSet<u32>,
}

impl Entry {
    fn new(value: Box<dyn Any + Send>, parent: Option<u32>) -> Entry {
        Entry {
            value,
            parent,
            children: BTreeSet::new(),
        }
    }
}

impl Default for ResourceTable {
    fn default() -> Self {
        ResourceTable::new()
    }
}

/// Shows the keys.
impl fmt::Debug for ResourceTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self
            .places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.is_some());
        f.debug_list().entries(keys.map(|(key, _)| key)).finish()
    }
}

impl ResourceTable {
    /// Creates a table without values.
    pub fn new() -> ResourceTable {
        ResourceTable::with_capacity(0)
    }

    /// Creates a table that has memory for so many values.
    pub fn with_capacity(capacity: usize) -> ResourceTable {
        ResourceTable {
            places: Vec::with_capacity(capacity),
            free: Vec::new(),
            max_capacity: DEFAULT_MAX_CAPACITY,
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.places.len() == self.free.len()
    }

    /// How many values there can be. The default is a million.
    pub fn max_capacity(&self) -> usize {
        self.max_capacity
    }

    /// Sets how many values there can be. If there are more already, they remain, and the places of those that are deleted are used again.
    pub fn set_max_capacity(&mut self, max: usize) {
        self.max_capacity = max;
    }

    /// Adds a value, and returns the owned resource that is its key.
    ///
    /// # Errors
    ///
    /// [`Full`](ResourceTableError::Full).
    pub fn push<T>(&mut self, entry: T) -> Result<Resource<T>, ResourceTableError>
    where
        T: Send + 'static,
    {
        let key = self.insert(Entry::new(Box::new(entry), None))?;
        Ok(Resource::new_own(key))
    }

    /// Adds a value as a child of another, and returns the owned resource that is its key.
    ///
    /// # Errors
    ///
    /// [`NotPresent`](ResourceTableError::NotPresent) if the parent is not in the table; [`Full`](ResourceTableError::Full).
    pub fn push_child<T, U>(
        &mut self,
        entry: T,
        parent: &Resource<U>,
    ) -> Result<Resource<T>, ResourceTableError>
    where
        T: Send + 'static,
        U: 'static,
    {
        self.entry(parent.rep())?;
        let child = self.insert(Entry::new(Box::new(entry), Some(parent.rep())))?;
        self.entry_mut(parent.rep())?.children.insert(child);
        Ok(Resource::new_own(child))
    }

    /// Makes a value, which has no parent, the child of another.
    ///
    /// # Errors
    ///
    /// [`NotPresent`](ResourceTableError::NotPresent) if one of them is not in the table.
    ///
    /// # Panics
    ///
    /// The child has a parent.
    pub fn add_child<T: 'static, U: 'static>(
        &mut self,
        child: Resource<T>,
        parent: Resource<U>,
    ) -> Result<(), ResourceTableError> {
        self.entry(parent.rep())?;
        let entry = self.entry_mut(child.rep())?;
        assert_eq!(entry.parent, None, "the resource is the child of another already");
        entry.parent = Some(parent.rep());
        self.entry_mut(parent.rep())?.children.insert(child.rep());
        Ok(())
    }

    /// Makes a value no longer the child of another. Both remain in the table.
    ///
    /// # Errors
    ///
    /// [`NotPresent`](ResourceTableError::NotPresent) if one of them is not in the table.
    ///
    /// # Panics
    ///
    /// It is not the child of this parent.
    pub fn remove_child<T: 'static, U: 'static>(
        &mut self,
        child: Resource<T>,
        parent: Resource<U>,
    ) -> Result<(), ResourceTableError> {
        self.entry(parent.rep())?;
        let entry = self.entry_mut(child.rep())?;
        assert_eq!(
            entry.parent,
            Some(parent.rep()),
            "the resource is no child of this one"
        );
        entry.parent = None;
        self.entry_mut(parent.rep())?.children.remove(&child.rep());
        Ok(())
    }

    /// The value of a resource.
    ///
    /// # Errors
    ///
    /// [`NotPresent`](ResourceTableError::NotPresent) or [`WrongType`](ResourceTableError::WrongType).
    pub fn get<T: Any + Sized>(&self, key: &Resource<T>) -> Result<&T, ResourceTableError> {
        let value = &*self.entry(key.rep())?.value;
        value.downcast_ref().ok_or(ResourceTableError::WrongType)
    }

    /// The value of a resource.
    ///
    /// # Errors
    ///
    /// [`NotPresent`](ResourceTableError::NotPresent) or [`WrongType`](ResourceTableError::WrongType).
    pub fn get_mut<T: Any + Sized>(&mut self, key: &Resource<T>) -> Result<&mut T, ResourceTableError> {
        let value = self.get_any_mut(key.rep())?;
        value.downcast_mut().ok_or(ResourceTableError::WrongType)
    }

    /// The value with a key: the [`rep`](Resource::rep) of its resource.
    ///
    /// # Errors
    ///
    /// [`NotPresent`](ResourceTableError::NotPresent).
    pub fn get_any_mut(&mut self, key: u32) -> Result<&mut dyn Any, ResourceTableError> {
        Ok(&mut *self.entry_mut(key)?.value)
    }

    /// Removes the value of a resource, also if its type is the wrong one.
    ///
    /// # Errors
    ///
    /// [`NotPresent`](ResourceTableError::NotPresent), [`HasChildren`](ResourceTableError::HasChildren) or
    /// [`WrongType`](ResourceTableError::WrongType).
    ///
    /// # Panics
    ///
    /// In debug builds: the resource is borrowed.
    pub fn delete<T: Any>(&mut self, resource: Resource<T>) -> Result<T, ResourceTableError> {
        debug_assert!(resource.owned(), "only the owner of a resource deletes it");
        let key = resource.rep();
        if !self.entry(key)?.children.is_empty() {
            return Err(ResourceTableError::HasChildren);
        }
        let place = &mut self.places[key as usize];
        let entry = place.take().expect("there is an entry at this place");
        self.free.push(key);
        if let Some(parent) = entry.parent {
            self.entry_mut(parent)
                .expect("a parent remains as long as its children")
                .children
                .remove(&key);
        }
        let value = entry.value.downcast();
        value
            .map(|value| *value)
            .map_err(|_| ResourceTableError::WrongType)
    }

    /// The values whose keys are in a map, in the order of the keys, each with what the map has for it. There is an error in place of a value
    /// that is not [present](ResourceTableError::NotPresent).
    pub fn iter_entries<T>(
        &mut self,
        map: BTreeMap<u32, T>,
    ) -> impl Iterator<Item = (Result<&mut dyn Any, ResourceTableError>, T)> {
        // The places from `first` on. Keys only increase, so that each place is lent once.
        let (mut first, mut places) = (0, &mut *self.places);
        map.into_iter().map(move |(key, item)| {
            let (skipped, rest) = take(&mut places)
                .split_at_mut_checked(key as usize - first)
                .unwrap_or_default();
            let Some((place, rest)) = rest.split_first_mut() else {
                return (Err(ResourceTableError::NotPresent), item);
            };
            first += skipped.len() + 1;
            places = rest;
            let value = place.as_mut().map(|entry| &mut *entry.value as &mut dyn Any);
            (value.ok_or(ResourceTableError::NotPresent), item)
        })
    }

    /// The children of a value.
    ///
    /// # Errors
    ///
    /// [`NotPresent`](ResourceTableError::NotPresent) if the parent is not in the table.
    pub fn iter_children<T>(
        &self,
        parent: &Resource<T>,
    ) -> Result<impl Iterator<Item = &(dyn Any + Send)> + use<'_, T>, ResourceTableError>
    where
        T: 'static,
    {
        let children = self.entry(parent.rep())?.children.iter();
        Ok(children.map(|&child| {
            let entry = self.entry(child);
            &*entry.expect("children are in the table").value
        }))
    }

    /// All values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut (dyn Any + Send)> {
        self.places.iter_mut().flatten().map(|entry| &mut *entry.value)
    }

    /// Puts an entry at a free place: its key.
    fn insert(&mut self, entry: Entry) -> Result<u32, ResourceTableError> {
        if let Some(key) = self.free.pop() {
            self.places[key as usize] = Some(entry);
            return Ok(key);
        }
        if self.places.len() >= self.max_capacity {
            return Err(ResourceTableError::Full);
        }
        let key = u32::try_from(self.places.len()).map_err(|_| ResourceTableError::Full)?;
        self.places.push(Some(entry));
        Ok(key)
    }

    fn entry(&self, key: u32) -> Result<&Entry, ResourceTableError> {
        let place = self.places.get(key as usize).and_then(Option::as_ref);
        place.ok_or(ResourceTableError::NotPresent)
    }

    fn entry_mut(&mut self, key: u32) -> Result<&mut Entry, ResourceTableError> {
        let place = self.places.get_mut(key as usize).and_then(Option::as_mut);
        place.ok_or(ResourceTableError::NotPresent)
    }
}
