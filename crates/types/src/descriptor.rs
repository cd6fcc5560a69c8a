//! What compiled code reads of a defined type.
//!
//! Every type of a rec group has one [`TypeDescriptor`], at one address for as long as the group lives. Its
//! *display* is the vector of the descriptors of its supertypes, root first, itself last, so that
//!
//! > `a` is a subtype of `b` iff `a == b` or the display of `a` holds `b` at the depth of `b`
//!
//! which costs one load and one compare. The first [`DISPLAY_LEN`] entries are inline, with 0 where there is no
//! supertype, so no bound is checked for an expected type that is less deep than that (nearly all are). Deeper
//! entries stand in the overflow; they are found after a check of [`TypeDescriptor::depth`].

use crate::{TypeId, TypeKind};
use core::mem::offset_of;

/// How many entries of the display are inline.
pub const DISPLAY_LEN: usize = 8;

/// The part of a defined type that compiled code reads. See the module's description.
#[repr(C)]
#[derive(Debug)]
pub struct TypeDescriptor {
    /// Addresses of the descriptors of the supertypes by depth, the own one at the own depth; 0 beyond.
    pub display: [usize; DISPLAY_LEN],
    /// Address of the entries for depths [`DISPLAY_LEN`] up to the own depth, or 0 if there are none.
    pub overflow: usize,
    /// The engine-wide id.
    pub id: TypeId,
    /// The number of (transitive) supertypes.
    pub depth: u32,
    /// What the type expands to.
    pub kind: TypeKind,
    /// Whether the type has no subtypes but itself.
    pub is_final: bool,
    /// What `overflow` points to, for the eyes of Rust.
    rest: Box<[usize]>,
}

impl TypeDescriptor {
    /// Offset of [`Self::display`] in bytes.
    pub const OFFSET_DISPLAY: usize = offset_of!(TypeDescriptor, display);
    /// Offset of [`Self::overflow`] in bytes.
    pub const OFFSET_OVERFLOW: usize = offset_of!(TypeDescriptor, overflow);
    /// Offset of [`Self::id`] in bytes; 32 bits wide.
    pub const OFFSET_ID: usize = offset_of!(TypeDescriptor, id);
    /// Offset of [`Self::depth`] in bytes; 32 bits wide.
    pub const OFFSET_DEPTH: usize = offset_of!(TypeDescriptor, depth);
    /// Offset of [`Self::kind`] in bytes; 8 bits wide.
    pub const OFFSET_KIND: usize = offset_of!(TypeDescriptor, kind);
    /// Offset of [`Self::is_final`] in bytes; 8 bits wide.
    pub const OFFSET_IS_FINAL: usize = offset_of!(TypeDescriptor, is_final);

    /// A descriptor whose display is still empty.
    pub(crate) fn unlinked(id: TypeId, kind: TypeKind, is_final: bool) -> Self {
        TypeDescriptor {
            display: [0; DISPLAY_LEN],
            overflow: 0,
            id,
            depth: 0,
            kind,
            is_final,
            rest: Box::default(),
        }
    }

    /// Fills in the display: that of the supertype, then the own address. The descriptor must stand where it
    /// will stay.
    pub(crate) fn link(&mut self, supers: &[usize]) {
        let own = self.address();
        let mut all = supers.iter().copied().chain([own]);
        for (slot, address) in self.display.iter_mut().zip(&mut all) {
            *slot = address;
        }
        self.rest = all.collect();
        self.depth = u32::try_from(supers.len()).expect("the depth of subtyping is limited");
        if !self.rest.is_empty() {
            self.overflow = self.rest.as_ptr().expose_provenance();
        }
    }

    /// The address that displays and compiled code know the type by.
    pub fn address(&self) -> usize {
        core::ptr::from_ref(self).expose_provenance()
    }

    /// The addresses of all supertypes by depth, the own one last.
    pub fn supers(&self) -> impl Iterator<Item = usize> {
        let len = self.depth as usize + 1;
        self.display.iter().chain(&self.rest).copied().take(len)
    }

    /// Whether a value of this type is a value of `expected`: the check that compiled code makes.
    #[inline]
    pub fn is_subtype_of(&self, expected: &TypeDescriptor) -> bool {
        let address = expected.address();
        if self.address() == address {
            return true;
        }
        let depth = expected.depth as usize;
        match self.display.get(depth) {
            Some(&found) => found == address,
            None => self.rest.get(depth - DISPLAY_LEN) == Some(&address),
        }
    }
}

#[cfg(test)]
mod tests;
