//! Why one defined type is not declared below another. See [`explain`](super).

use super::{Explain, composite, noun};
use crate::group_scope::GroupScope;
use crate::subtype::Definitions;
use crate::text::{Position, WriteRef};
use crate::{CompositeType, RecRef, RegisteredType, SubType, TypeId, TypeKind, TypeRegistry, TypeText};

impl TypeText<'_> {
    /// The reason between two living types that are not declared subtypes.
    fn undeclared_reason(&self, sub: &RegisteredType, sup: &RegisteredType) -> String {
        if sub.kind() != sup.kind() {
            return format!("one is {}, the other {}", noun(sub.kind()), noun(sup.kind()));
        }
        if sup.is_subtype_of(sub) {
            return "it is the wider of the two".to_owned();
        }
        if let Some(reason) = nearly_equal(sub, sup) {
            return reason.to_owned();
        }
        if !self.nested {
            let nested = TypeText {
                nested: true,
                ..*self
            };
            if let Some(mismatch) = composite(&nested, sub.composite(), sup.composite()) {
                return mismatch.to_string();
            }
        }
        if sup.sub_type().is_final {
            return format!("not declared a subtype: {} is final", self.short(sup));
        }
        let supers = self.supers(sub);
        match &*supers {
            [] => format!("not declared a subtype: {} has no supertype", self.short(sub)),
            [one] => format!(
                "not declared a subtype: the supertype of {} is {one}",
                self.short(sub)
            ),
            more => {
                format!(
                    "not declared a subtype: the supertypes of {} are {}",
                    self.short(sub),
                    more.join(", ")
                )
            }
        }
    }

    /// A name, or the definition in full.
    fn short(&self, ty: &RegisteredType) -> String {
        self.name(ty.id()).unwrap_or_else(|| self.definition(ty))
    }

    fn supers(&self, ty: &RegisteredType) -> Vec<String> {
        let above = |ty: &RegisteredType| self.registry.lookup(ty.sub_type().supertype?);
        core::iter::successors(above(ty), above)
            .map(|ty| self.short(&ty))
            .collect()
    }
}

/// What keeps apart two types that look the same.
fn nearly_equal(a: &RegisteredType, b: &RegisteredType) -> Option<&'static str> {
    let (in_a, in_b) = (
        &a.group().canonical()[a.index()],
        &b.group().canonical()[b.index()],
    );
    if in_a.composite != in_b.composite || in_a.supertype != in_b.supertype {
        return None;
    }
    Some(match (in_a.is_final, in_b.is_final) {
        (true, false) => "equal structure, but it is final and the expected type is not",
        (false, true) => "equal structure, but the expected type is final and it is not",
        _ if a.group() == b.group() => "equal structure, but at another position of the rec group",
        _ => "equal structure, but in another rec group",
    })
}

impl Explain<TypeId> for TypeText<'_> {
    fn undeclared(&self, sub: TypeId, sup: TypeId) -> String {
        match (self.registry.lookup(sub), self.registry.lookup(sup)) {
            (Some(sub), Some(sup)) => self.undeclared_reason(&sub, &sup),
            _ => "one of the types is gone".to_owned(),
        }
    }
}

/// The same for a group that isn't interned yet.
struct GroupText<'a> {
    text: TypeText<'a>,
    group: &'a [SubType<RecRef>],
}

impl Definitions<RecRef> for GroupText<'_> {
    fn kind(&self, ty: RecRef) -> Option<TypeKind> {
        let tables = self.text.registry.read();
        GroupScope {
            group: self.group,
            tables: &tables,
        }
        .kind(ty)
    }

    fn is_declared_subtype(&self, sub: RecRef, sup: RecRef) -> bool {
        let tables = self.text.registry.read();
        GroupScope {
            group: self.group,
            tables: &tables,
        }
        .is_declared_subtype(sub, sup)
    }
}

impl WriteRef<RecRef> for GroupText<'_> {
    fn write_ref(&self, out: &mut String, r: RecRef, position: Position<'_>) {
        self.text.write_ref(out, r, position);
    }
}

impl Explain<RecRef> for GroupText<'_> {
    fn undeclared(&self, sub: RecRef, sup: RecRef) -> String {
        match (sub, sup) {
            (RecRef::Outer(sub), RecRef::Outer(sup)) => self.text.undeclared(sub, sup),
            _ => "not declared a subtype".to_owned(),
        }
    }
}

/// Why a composite type of a group doesn't match its supertype's.
pub(crate) fn in_group(
    registry: &TypeRegistry,
    group: &[SubType<RecRef>],
    sub: &CompositeType<RecRef>,
    sup: &CompositeType<RecRef>,
) -> String {
    let cx = GroupText {
        text: registry.text(),
        group,
    };
    composite(&cx, sub, sup).map_or_else(String::new, |mismatch| mismatch.to_string())
}
