//! Memories, tables and globals.

use super::op::{Op, Value};
use super::{Of, World, host, pick, put};
use crate::panics::panics_if;
use std::time::Duration;
use transom::{
    Extern, Global, GlobalType, Memory, MemoryTypeBuilder, Mutability, Ref, SharedMemory, Table, TableType,
};
use transom::{RefType, Val};

impl World {
    pub(super) fn entities(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Memory { .. } | Op::GrowMemory { .. } | Op::Access { .. } => self.memories(op),
            Op::Table { .. } | Op::CopyTable { .. } => self.more_tables(op),
            Op::GetElement { .. } | Op::SetElements { .. } | Op::GrowTable { .. } => self.tables(op),
            Op::Shared { .. } | Op::AccessShared { .. } => self.shared(op),
            other => self.globals(other),
        }
    }

    /// An item, and whether it belongs to another store than the one with a number.
    fn item(&mut self, store: u8, item: u8) -> Option<(Extern, bool)> {
        let item = pick(&self.items, item)?.clone();
        let foreign = self.member(store)?.number != item.store;
        Some((item.thing, foreign))
    }

    fn put_item(&mut self, store: u8, item: Extern) -> Option<()> {
        let store = self.member(store)?.number;
        put(&mut self.items, Of { store, thing: item });
        Some(())
    }

    fn memories(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Memory {
                store,
                min,
                max,
                flags,
            } => {
                let mut builder = MemoryTypeBuilder::default();
                builder
                    .min(u64::from(min % 32))
                    .max(max.map(u64::from))
                    .memory64(flags & 1 != 0)
                    .shared(flags & 6 == 6)
                    .page_size_log2(if flags & 8 != 0 { 0 } else { 16 });
                let ty = builder.build().ok()?;
                let memory = Memory::new(&mut self.member(store)?.store, ty).ok()?;
                self.put_item(store, memory.into())
            }
            Op::GrowMemory { store, item, delta } => {
                let (item, foreign) = self.item(store, item)?;
                let memory = item.into_memory()?;
                let store = &mut self.member(store)?.store;
                let before = panics_if(foreign, || memory.size(&*store));
                let grown = memory.grow(&mut *store, delta);
                let (Some(before), Ok(grown)) = (before, grown) else {
                    return None;
                };
                assert_eq!(grown, before);
                assert_eq!(memory.size(&*store), before + delta);
                assert_eq!(
                    memory.data(&*store).len() as u64,
                    (before + delta) * memory.page_size(&*store)
                );
                Some(())
            }
            Op::Access {
                store,
                item,
                offset,
                len,
                write,
            } => {
                let (item, foreign) = self.item(store, item)?;
                let memory = item.into_memory()?;
                let store = &mut self.member(store)?.store;
                let mut buffer = vec![len as u8; len.into()];
                // Half of the offsets are near the end.
                let size = panics_if(foreign, || memory.data_size(&*store))?;
                let offset = match offset & 1 {
                    0 => offset as usize,
                    _ => (size + 16).saturating_sub(offset as usize >> 1 & 0xff),
                };
                let fits = offset.checked_add(buffer.len()).is_some_and(|end| end <= size);
                let done = match write {
                    true => memory.write(&mut *store, offset, &buffer).is_ok(),
                    false => memory.read(&*store, offset, &mut buffer).is_ok(),
                };
                assert_eq!(done, fits, "{offset} + {len} of {size}");
                Some(())
            }
            _ => None,
        }
    }

    fn reference(&self, value: Value) -> Ref {
        self.value(value).ref_().unwrap_or(Ref::Any(None))
    }

    fn tables(&mut self, op: Op) -> Option<()> {
        match op {
            Op::GetElement { store, item, index } => {
                let (item, foreign) = self.item(store, item)?;
                let table = item.into_table()?;
                let member = self.member(store)?;
                let (number, store) = (member.number, &mut member.store);
                let size = panics_if(foreign, || table.size(&*store))?;
                let index = if index & 1 == 0 {
                    index >> 1
                } else {
                    size.wrapping_sub(index >> 1 & 7)
                };
                let element = table.get(&mut *store, index);
                assert_eq!(element.is_some(), index < size);
                self.keep(number, element?.into());
                Some(())
            }
            Op::SetElements {
                store,
                item,
                index,
                len,
                value,
            } => {
                let value = self.reference(value);
                let (item, foreign) = self.item(store, item)?;
                let table = item.into_table()?;
                let set = table.fill(&mut self.member(store)?.store, index, value, len);
                assert!(set.is_err() || !foreign);
                Some(())
            }
            Op::GrowTable {
                store,
                item,
                delta,
                value,
            } => {
                let value = self.reference(value);
                let (item, foreign) = self.item(store, item)?;
                let table = item.into_table()?;
                let store = &mut self.member(store)?.store;
                let before = panics_if(foreign, || table.size(&*store));
                let grown = table.grow(&mut *store, delta, value);
                let (Some(before), Ok(grown)) = (before, grown) else {
                    return None;
                };
                assert_eq!((grown, table.size(&*store)), (before, before + delta));
                Some(())
            }
            _ => None,
        }
    }

    /// Tables, several at a time or new ones.
    fn more_tables(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Table {
                store,
                ty,
                min,
                max,
                value,
            } => {
                let value = self.reference(value);
                // The type may be one of another engine.
                let ty: RefType = host::reference(pick(&self.engines, ty)?, ty);
                let ty = TableType::new(ty, (min % 2048).into(), max.map(u32::from));
                let table = Table::new(&mut self.member(store)?.store, ty, value).ok()?;
                self.put_item(store, table.into())
            }
            Op::CopyTable {
                store,
                items,
                starts,
                len,
            } => {
                let tables = [self.item(store, items[0])?, self.item(store, items[1])?];
                let [(to, foreign), (from, other)] = tables;
                let (to, from) = (to.into_table()?, from.into_table()?);
                let starts = starts.map(|start| start & 0xffff_ffff_0000_000f);
                let store = &mut self.member(store)?.store;
                let copied = Table::copy(
                    store,
                    &to,
                    starts[0],
                    &from,
                    starts[1],
                    len & 0x8000_0000_0000_0007,
                );
                assert!(copied.is_err() || !foreign && !other);
                Some(())
            }
            _ => None,
        }
    }

    fn globals(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Global {
                store,
                ty,
                mutable,
                value,
            } => {
                let value = self.value(value);
                let mutability = if mutable {
                    Mutability::Var
                } else {
                    Mutability::Const
                };
                let ty = GlobalType::new(host::value(pick(&self.engines, ty)?, ty), mutability);
                let global = Global::new(&mut self.member(store)?.store, ty, value).ok()?;
                self.put_item(store, global.into())
            }
            Op::GetGlobal { store, item } => {
                let (item, foreign) = self.item(store, item)?;
                let global = item.into_global()?;
                let member = self.member(store)?;
                let number = member.number;
                let value = panics_if(foreign, || global.get(&mut member.store))?;
                let ty = global.ty(&member.store);
                let matches = value
                    .matches_ty(&member.store, ty.content())
                    .expect("a value of this store");
                assert!(matches, "a global's value is not of its type");
                self.keep(number, value);
                Some(())
            }
            Op::SetGlobal { store, item, value } => {
                let value = self.value(value);
                let (item, foreign) = self.item(store, item)?;
                let global = item.into_global()?;
                let store = &mut self.member(store)?.store;
                let set = global.set(&mut *store, value);
                assert!(set.is_err() || !foreign);
                set.ok()?;
                same_number(value, global.get(&mut *store));
                Some(())
            }
            Op::Type { store, item } => {
                let (item, foreign) = self.item(store, item)?;
                let foreign = foreign && !matches!(item, Extern::SharedMemory(_));
                let store = &self.member(store)?.store;
                let _ = panics_if(foreign, || item.ty(store).to_string());
                Some(())
            }
            _ => None,
        }
    }

    fn shared(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Shared { engine, min, max } => {
                let ty = MemoryTypeBuilder::default()
                    .min((min % 8).into())
                    .max(Some((max % 16).into()))
                    .shared(true)
                    .build()
                    .ok()?;
                let memory = SharedMemory::new(pick(&self.engines, engine)?, ty).ok()?;
                put(&mut self.shared, memory);
            }
            Op::AccessShared {
                item,
                offset,
                len,
                delta,
                notify,
            } => {
                let memory = pick(&self.shared, item)?;
                let size = memory.data_size();
                let mut buffer = vec![len; len.into()];
                let at = usize::try_from(offset).ok()?;
                let fits = at.checked_add(buffer.len()).is_some_and(|end| end <= size);
                assert_eq!(memory.write(at, &buffer).is_ok(), fits);
                assert_eq!(memory.read(at, &mut buffer).is_ok(), fits);
                let before = memory.size();
                if let Ok(grown) = memory.grow(delta) {
                    assert_eq!((grown, memory.size()), (before, before + delta));
                }
                if notify {
                    let _ = memory.atomic_notify(offset, 1);
                    let _ = memory.atomic_wait32(offset, 1, Some(Duration::ZERO));
                    let _ = memory.atomic_wait64(offset, 1, Some(Duration::ZERO));
                }
            }
            _ => {}
        }
        Some(())
    }
}

/// Panics if two numbers are not the same; what references are equal to is for the garbage collector's tests.
fn same_number(one: Val, other: Val) {
    match (one, other) {
        (Val::I32(one), Val::I32(other)) => assert_eq!(one, other),
        (Val::I64(one), Val::I64(other)) => assert_eq!(one, other),
        (Val::F32(one), Val::F32(other)) => assert_eq!(one, other),
        (Val::F64(one), Val::F64(other)) => assert_eq!(one, other),
        (Val::V128(one), Val::V128(other)) => assert_eq!(one.as_u128(), other.as_u128()),
        (one, other) => assert_eq!(one.ref_().is_some(), other.ref_().is_some()),
    }
}
