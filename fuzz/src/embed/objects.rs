//! Objects of the garbage-collected heap, their handles, and exceptions.

use super::op::{Op, Value};
use super::{Of, World, host, pick, put, take};
use crate::panics::may_panic;
use transom::{
    AnyRef, ArrayRef, ArrayRefPre, Engine, ExnRef, ExnRefPre, ExnType, ExternRef, FuncType, I31, RootScope,
    Rooted, StructRef,
};
use transom::{StructRefPre, Tag, TagType, Val, ValType};

impl World {
    pub(super) fn objects(&mut self, op: Op) -> Option<()> {
        match op {
            Op::External { store, value } => {
                let member = self.member(store)?;
                let number = member.number;
                let external = ExternRef::new(&mut member.store, value).ok()?;
                self.keep(number, Val::ExternRef(Some(external)));
            }
            Op::Structure { .. } | Op::Array { .. } => self.aggregates(op)?,
            Op::Small { store, value } => {
                let member = self.member(store)?;
                let number = member.number;
                let small = AnyRef::from_i31(&mut member.store, I31::wrapping_u32(value));
                let back = small
                    .as_i31(&member.store)
                    .expect("a value of this store")
                    .expect("an integer");
                assert_eq!(back.get_u32(), value & 0x7fff_ffff);
                self.keep(number, Val::AnyRef(Some(small)));
            }
            Op::Object {
                store,
                value,
                index,
                set,
            } => self.object(store, value, index, set)?,
            Op::Convert { store, value } => self.convert(store, value)?,
            Op::Own { .. } | Op::Root { .. } | Op::DropOwned(_) | Op::Scope { .. } => self.roots(op)?,
            Op::Tag { store, ty } => {
                let engine = pick(&self.engines, ty)?.clone();
                let member = self.member(store)?;
                let params = [host::value(&engine, ty)];
                let ty = TagType::new(FuncType::new(&engine, params, []));
                let tag = Tag::new(&mut member.store, &ty).ok()?;
                let store = member.number;
                put(
                    &mut self.items,
                    Of {
                        store,
                        thing: tag.into(),
                    },
                );
            }
            Op::Exception { store, item, value } => self.exception(store, item, value)?,
            _ => {}
        }
        Some(())
    }

    /// Makes objects with parts.
    fn aggregates(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Structure { store, ty, values } => {
                let values = values.map(|value| self.value(value));
                let engine = pick(&self.engines, ty)?.clone();
                let member = self.member(store)?;
                let (number, store) = (member.number, &mut member.store);
                if !Engine::same(&engine, store.engine()) {
                    let made = may_panic(|| StructRefPre::new(&mut *store, host::structure(&engine, ty)));
                    assert!(made.is_none(), "a type of another engine is accepted");
                    return None;
                }
                let pre = StructRefPre::new(&mut *store, host::structure(&engine, ty));
                let object = StructRef::new(&mut *store, &pre, &values).ok()?;
                self.keep(number, Val::AnyRef(Some(object.to_anyref())));
            }
            Op::Array {
                store,
                ty,
                value,
                len,
            } => {
                let value = self.value(value);
                let member = self.member(store)?;
                let (number, store) = (member.number, &mut member.store);
                let ty = host::array(&store.engine().clone(), ty);
                let pre = ArrayRefPre::new(&mut *store, ty);
                // Now and then one that is too large for the heap.
                let len = if len > 0xff00_0000 { len } else { len & 0xfff };
                let object = ArrayRef::new(&mut *store, &pre, &value, len).ok()?;
                assert_eq!(object.len(&*store).expect("an array of this store"), len);
                self.keep(number, Val::AnyRef(Some(object.to_anyref())));
            }
            _ => {}
        }
        Some(())
    }

    /// Reads and writes parts of an object, whatever it is.
    fn object(&mut self, store: u8, value: u8, index: u32, set: Option<Value>) -> Option<()> {
        let set = set.map(|value| self.value(value));
        let value = *pick(&self.values, value)?;
        let member = self.member(store)?;
        let (number, store) = (member.number, &mut member.store);
        if number != value.store {
            let numeric = value.thing.ref_().is_none_or(|reference| reference.is_null());
            assert!(
                numeric || value.thing.ty(&*store).is_err(),
                "a value of another store has a type"
            );
        }
        let _ = value.thing.ty(&*store).map(|ty| ty.to_string());
        let Val::AnyRef(Some(object)) = value.thing else {
            return None;
        };
        let mut found = Vec::new();
        if let Ok(Some(structure)) = object.as_struct(&*store) {
            let index = index as usize % 3;
            if let Some(value) = set {
                let _ = structure.set_field(&mut *store, index, value);
            }
            found.extend(structure.field(&mut *store, index));
            let _ = structure.fields(&mut *store).map(Iterator::count);
        }
        if let Ok(Some(array)) = object.as_array(&*store) {
            let len = array.len(&*store).expect("an array of this store");
            let index = if index & 1 == 0 {
                index >> 1
            } else {
                len.wrapping_sub(index >> 1 & 3)
            };
            if let Some(value) = set {
                let done = array.set(&mut *store, index, value);
                assert!(done.is_err() || index < len);
            }
            let element = array.get(&mut *store, index);
            assert_eq!(element.is_ok(), index < len);
            found.extend(element);
        }
        found.into_iter().for_each(|value| self.keep(number, value));
        Some(())
    }

    /// Between internal and external references.
    fn convert(&mut self, store: u8, value: u8) -> Option<()> {
        let value = *pick(&self.values, value)?;
        let member = self.member(store)?;
        let (number, store) = (member.number, &mut member.store);
        let converted = match value.thing {
            Val::AnyRef(Some(any)) => Val::ExternRef(Some(ExternRef::convert_any(&mut *store, any).ok()?)),
            Val::ExternRef(Some(external)) => {
                let _ = external
                    .data(&*store)
                    .map(|data| data.and_then(|data| data.downcast_ref::<u32>().copied()));
                Val::AnyRef(Some(AnyRef::convert_extern(&mut *store, external).ok()?))
            }
            _ => return None,
        };
        assert_eq!(number, value.store, "a value of another store is converted");
        self.keep(number, converted);
        Some(())
    }

    /// Handles with scopes, and handles that outlive them.
    fn roots(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Own { store, value } => {
                let value = *pick(&self.values, value)?;
                let member = self.member(store)?;
                let Val::AnyRef(Some(any)) = value.thing else {
                    return None;
                };
                let owned = any.to_owned_rooted(&mut member.store).ok()?;
                assert_eq!(member.number, value.store, "a handle of another store is owned");
                put(
                    &mut self.owned,
                    Of {
                        store: value.store,
                        thing: owned,
                    },
                );
            }
            Op::Root { store, owned } => {
                let owned = pick(&self.owned, owned)?.clone();
                let member = self.member(store)?;
                let number = member.number;
                let rooted = owned.thing.try_to_rooted(&mut member.store);
                assert_eq!(rooted.is_ok(), number == owned.store);
                self.keep(number, Val::AnyRef(Some(rooted.ok()?)));
            }
            Op::DropOwned(number) => drop(take(&mut self.owned, number)),
            Op::Scope { store, values } => {
                let values = values.map(|value| self.value(value));
                let member = self.member(store)?;
                let number = member.number;
                let mut scope = RootScope::new(&mut member.store);
                let inner: Rooted<ExternRef> = ExternRef::new(&mut scope, 7u32).ok()?;
                for value in values {
                    if let Val::AnyRef(Some(any)) = value {
                        let _ = any.to_owned_rooted(&mut scope);
                    }
                }
                drop(scope);
                let data = inner.data(&member.store);
                assert!(data.is_err(), "a handle outlives its scope");
                self.keep(number, Val::ExternRef(Some(inner)));
            }
            _ => {}
        }
        Some(())
    }

    fn exception(&mut self, store: u8, item: u8, value: Value) -> Option<()> {
        let value = self.value(value);
        let item = pick(&self.items, item)?.clone();
        let tag = item.thing.into_tag()?;
        let member = self.member(store)?;
        let (number, store) = (member.number, &mut member.store);
        // Asking a tag of another store for its type is a panic.
        let ty = match number == item.store {
            true => ExnType::from_tag_type(&tag.ty(&*store)).ok()?,
            false => ExnType::new(store.engine(), [ValType::I32]).ok()?,
        };
        let pre = ExnRefPre::new(&mut *store, ty);
        let exception = ExnRef::new(&mut *store, &pre, &tag, &[value]).ok()?;
        assert_eq!(number, item.store, "a tag of another store is thrown");
        let back = exception
            .field(&mut *store, 0)
            .expect("the exception has a field");
        assert!(Tag::eq(
            &exception.tag(&*store).expect("of this store"),
            &tag,
            &*store
        ));
        let _ = store.take_pending_exception();
        self.keep(number, Val::ExnRef(Some(exception)));
        self.keep(number, back);
        Some(())
    }
}
