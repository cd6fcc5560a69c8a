//! Why imports and exports do not match. See [`explain`](super).

use super::{Mismatch, Place, invariant, reference};
use crate::{
    ExternType, FieldType, GlobalType, Limits, MemoryType, StorageType, TableType, TagType, TypeText,
};

fn limits(a: &Limits, b: &Limits) -> Option<String> {
    if a.min < b.min {
        return Some(format!("has size {}, expected at least {}", a.min, b.min));
    }
    match (a.max, b.max) {
        (Some(max), Some(expected)) if max > expected => {
            Some(format!("may grow to {max}, expected at most {expected}"))
        }
        (None, Some(expected)) => Some(format!("may grow without limit, expected at most {expected}")),
        _ => None,
    }
}

fn index_type(actual: bool, expected: bool) -> Option<Mismatch> {
    let word = |index64| if index64 { "i64" } else { "i32" };
    (actual != expected).then(|| {
        Mismatch::new(format!(
            "is indexed by {}, expected {}",
            word(actual),
            word(expected)
        ))
    })
}

/// Each walks like its namesake among the `matches_…` of the registry.
impl TypeText<'_> {
    /// Why `actual` does not match `expected`; `None` iff it does.
    pub fn explain_table(&self, actual: &TableType, expected: &TableType) -> Option<Mismatch> {
        let element = || {
            reference(self, actual.element, expected.element)
                .or_else(|| Some(invariant(reference(self, expected.element, actual.element)?)))
        };
        index_type(actual.index64, expected.index64)
            .or_else(|| Some(element()?.at(Place::Element)))
            .or_else(|| limits(&actual.limits, &expected.limits).map(Mismatch::new))
    }

    /// Why `actual` does not match `expected`; `None` iff it does.
    pub fn explain_memory(&self, actual: &MemoryType, expected: &MemoryType) -> Option<Mismatch> {
        if actual.shared != expected.shared {
            let word = |shared| if shared { "shared" } else { "not shared" };
            let message = format!("is {}, expected {}", word(actual.shared), word(expected.shared));
            return Some(Mismatch::new(message));
        }
        if actual.page_size_log2 != expected.page_size_log2 {
            let (a, b) = (actual.page_size(), expected.page_size());
            return Some(Mismatch::new(format!("has pages of {a} bytes, expected {b}")));
        }
        index_type(actual.index64, expected.index64)
            .or_else(|| limits(&actual.limits, &expected.limits).map(|text| Mismatch::new(text + " pages")))
    }

    /// Why `actual` does not match `expected`; `None` iff it does.
    pub fn explain_global(&self, actual: &GlobalType, expected: &GlobalType) -> Option<Mismatch> {
        let field = |ty: &GlobalType| FieldType {
            storage: StorageType::Val(ty.value),
            mutable: ty.mutable,
        };
        let mismatch = self.explain_field(field(actual), field(expected))?;
        Some(if actual.mutable == expected.mutable {
            mismatch.at(Place::Content)
        } else {
            mismatch
        })
    }

    /// Why `actual` does not match `expected`; `None` iff it does.
    pub fn explain_tag(&self, actual: &TagType, expected: &TagType) -> Option<Mismatch> {
        if actual.ty == expected.ty {
            return None;
        }
        let reason = self.explain_id(actual.ty, expected.ty);
        Some(reason.unwrap_or_else(|| {
            let (a, b) = (self.id(actual.ty), self.id(expected.ty));
            Mismatch::new(format!("{a} is not the same type as {b}, only a subtype"))
        }))
    }

    /// Why `actual` may not be given for an import of type `expected`; `None` iff it may.
    pub fn explain_extern(&self, actual: &ExternType, expected: &ExternType) -> Option<Mismatch> {
        match (actual, expected) {
            (ExternType::Func(a), ExternType::Func(b)) => self.explain_id(*a, *b),
            (ExternType::Table(a), ExternType::Table(b)) => self.explain_table(a, b),
            (ExternType::Memory(a), ExternType::Memory(b)) => self.explain_memory(a, b),
            (ExternType::Global(a), ExternType::Global(b)) => self.explain_global(a, b),
            (ExternType::Tag(a), ExternType::Tag(b)) => self.explain_tag(a, b),
            _ => Some(Mismatch::new(format!(
                "is a {}, expected a {}",
                actual.noun(),
                expected.noun()
            ))),
        }
    }
}

impl ExternType {
    /// What it is the type of.
    pub fn noun(&self) -> &'static str {
        match self {
            ExternType::Func(_) => "function",
            ExternType::Table(_) => "table",
            ExternType::Memory(_) => "memory",
            ExternType::Global(_) => "global",
            ExternType::Tag(_) => "tag",
        }
    }
}
