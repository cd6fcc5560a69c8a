//! Instances, functions and linkers.

use super::op::Op;
use super::{Of, World, host, pick, put, running};
use crate::panics::{may_panic, panics_if};
use transom::{Engine, Extern, Instance, Linker, Val};

impl World {
    /// Instances and functions.
    pub(super) fn instances(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Instantiate {
                store,
                module,
                imports,
                any,
            } => self.instantiate(store, module, imports, any)?,
            Op::Exports { store, instance } => self.exports(store, instance)?,
            Op::Func { store, host } => {
                let member = self.member(store)?;
                let func = host::make(&mut member.store, host);
                let store = member.number;
                put(
                    &mut self.items,
                    Of {
                        store,
                        thing: func.into(),
                    },
                );
            }
            Op::Call { store, item, values } => {
                let item = pick(&self.items, item)?.clone();
                let func = item.thing.into_func()?;
                let values = values.map(|value| self.value(value));
                let member = self.member(store)?;
                let number = member.number;
                if number != item.store {
                    assert!(
                        func.call(&mut member.store, &values[..1], &mut [Val::I32(0)])
                            .is_err()
                    );
                    return None;
                }
                let ty = func.ty(&member.store);
                let count = ty.params().len().min(values.len());
                let mut results = vec![Val::I32(0); ty.results().len()];
                running(|| func.call(&mut member.store, &values[..count], &mut results))?;
                results.into_iter().for_each(|result| self.keep(number, result));
            }
            Op::Typed { .. } => self.typed(op)?,
            _ => {}
        }
        Some(())
    }

    /// Calls through types that are known when compiling.
    fn typed(&mut self, op: Op) -> Option<()> {
        let Op::Typed {
            store,
            item,
            which,
            value,
        } = op
        else {
            return None;
        };
        let item = pick(&self.items, item)?.clone();
        let func = item.thing.into_func()?;
        let member = self.member(store)?;
        let store = &mut member.store;
        let foreign = member.number != item.store;
        match which % 3 {
            0 => {
                let typed = func.typed::<i32, i32>(&*store).ok()?;
                assert!(!foreign, "a function of another store has types");
                running(|| typed.call(&mut *store, value))?;
            }
            1 => {
                let typed = func.typed::<(), ()>(&*store).ok()?;
                assert!(!foreign, "a function of another store has types");
                running(|| typed.call(&mut *store, ()))?;
            }
            _ => {
                let typed = func.typed::<i32, ()>(&*store).ok()?;
                assert!(!foreign, "a function of another store has types");
                running(|| typed.call(&mut *store, value))?;
            }
        }
        Some(())
    }

    fn instantiate(&mut self, store: u8, module: u8, imports: [u8; 4], any: bool) -> Option<()> {
        let module = pick(&self.modules, module)?.clone();
        let items = self.items.clone();
        let shared: Vec<Extern> = self.shared.iter().map(|memory| memory.clone().into()).collect();
        let member = self.member(store)?;
        let (number, store) = (member.number, &mut member.store);
        // Whatever comes, or the next that has the right kind and the right store.
        let mut chosen = Vec::new();
        for (import, choice) in module.imports().zip(imports) {
            let kind = std::mem::discriminant(&import.ty());
            let fits = |item: &&Of<Extern>| {
                any || item.store == number && std::mem::discriminant(&item.thing.ty(&*store)) == kind
            };
            let mut fitting: Vec<Extern> = items.iter().filter(fits).map(|item| item.thing.clone()).collect();
            if any || matches!(import.ty(), transom::ExternType::Memory(ty) if ty.is_shared()) {
                fitting.extend(shared.iter().cloned());
            }
            chosen.extend(pick(&fitting, choice).cloned());
        }
        let instance = running(|| Instance::new(&mut *store, &module, &chosen))?;
        assert!(transom::Module::same(instance.module(&*store), &module));
        put(
            &mut self.instances,
            Of {
                store: number,
                thing: instance,
            },
        );
        let index = self.instances.len().checked_sub(1)?;
        let at = self.stores.iter().position(|member| member.number == number)?;
        self.exports(at as u8, index as u8)
    }

    /// Makes items of an instance's exports.
    fn exports(&mut self, store: u8, instance: u8) -> Option<()> {
        let instance = *pick(&self.instances, instance)?;
        let member = self.member(store)?;
        let store = member.number;
        let foreign = store != instance.store;
        let exports = panics_if(foreign, || {
            let exports = instance.thing.exports(&mut member.store);
            exports.map(|export| export.into_extern()).collect::<Vec<_>>()
        })?;
        for thing in exports {
            put(&mut self.items, Of { store, thing });
        }
        Some(())
    }

    /// Linkers.
    pub(super) fn linkers(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Linker { engine, shadowing } => {
                let mut linker = Linker::new(pick(&self.engines, engine)?);
                linker.allow_shadowing(shadowing);
                put(&mut self.linkers, linker);
            }
            Op::Define {
                linker,
                store,
                name,
                item,
            } => {
                let item = pick(&self.items, item)?.clone();
                let linker = index(self.linkers.len(), linker)?;
                let at = index(self.stores.len(), store)?;
                let (member, linker) = (&self.stores[at], &mut self.linkers[linker]);
                let foreign = member.number != item.store && !matches!(item.thing, Extern::SharedMemory(_));
                let defined = linker.define(&member.store, "a", pick(&host::NAMES, name)?, item.thing);
                assert!(
                    defined.is_err() || !foreign,
                    "an item of another store is defined"
                );
            }
            Op::DefineHost { linker, name, host } => {
                let linker = index(self.linkers.len(), linker)?;
                let _ = host::define(&mut self.linkers[linker], pick(&host::NAMES, name)?, host);
            }
            Op::DefineInstance {
                linker,
                store,
                instance,
            } => {
                let instance = *pick(&self.instances, instance)?;
                let linker = index(self.linkers.len(), linker)?;
                let at = index(self.stores.len(), store)?;
                let (member, linker) = (&mut self.stores[at], &mut self.linkers[linker]);
                let defined = linker.instance(&mut member.store, "a", instance.thing);
                assert!(defined.is_err() || member.number == instance.store);
            }
            Op::LinkModule {
                linker,
                store,
                module,
            } => {
                let module = pick(&self.modules, module)?.clone();
                let linker = index(self.linkers.len(), linker)?;
                let at = index(self.stores.len(), store)?;
                let (member, linker) = (&mut self.stores[at], &mut self.linkers[linker]);
                running(|| linker.module(&mut member.store, "a", &module).map(drop))?;
            }
            Op::TrapUnknown { linker, module } => {
                let module = pick(&self.modules, module)?.clone();
                let linker = index(self.linkers.len(), linker)?;
                let _ = self.linkers[linker].define_unknown_imports_as_traps(&module);
            }
            Op::Link {
                linker,
                store,
                module,
                before,
            } => self.link(linker, store, module, before)?,
            _ => {}
        }
        Some(())
    }

    fn link(&mut self, linker: u8, store: u8, module: u8, before: bool) -> Option<()> {
        let module = pick(&self.modules, module)?.clone();
        let linker = pick(&self.linkers, linker)?.clone();
        let member = self.member(store)?;
        let (number, store) = (member.number, &mut member.store);
        let same =
            Engine::same(linker.engine(), store.engine()) && Engine::same(module.engine(), store.engine());
        let instance = running(|| match before {
            true => linker.instantiate_pre(&module)?.instantiate(&mut *store),
            false => linker.instantiate(&mut *store, &module),
        })?;
        assert!(same, "a module is instantiated in a store of another engine");
        let func = may_panic(|| linker.get_default(&mut *store, "a"));
        let _ = func.map(|func| func.is_ok());
        put(
            &mut self.instances,
            Of {
                store: number,
                thing: instance,
            },
        );
        Some(())
    }
}

fn index(len: usize, number: u8) -> Option<usize> {
    usize::from(number).checked_rem(len)
}
