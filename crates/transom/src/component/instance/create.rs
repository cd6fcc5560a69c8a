//! How a component becomes an instance: the steps of its wiring.

use super::adapter::adapter;
use super::builtins::builtin;
use super::exports::Instance;
use super::resolve;
use crate::component::compiled::Component;
use crate::component::func::host::HostLowering;
use crate::component::handles::HandleTable;
use crate::component::instance_types::{InstanceTypes, KnownResource};
use crate::component::linker::resolve::Linked;
use crate::component::resource_type::ResourceType;
use crate::component::state::{Imported, InstanceState, Root, RuntimeResource};
use crate::func::call::ensure_plain;
use crate::store::{StoreInner, StoreOpaque};
use crate::unchecked::core_func::CoreFunc;
use crate::unchecked::numeric::numeric_host_function;
use crate::{Engine, Func, Module, StoreContextMut};
use std::collections::BTreeMap;
use std::sync::Arc;
use transom_component::types::{FlatType, ResourceIdx};
use transom_component::wiring::{
    self, CoreInstance, FuncDef, InstanceIdx, ModuleDef, ResourceOrigin, Step, Trampoline, TrampolineIdx,
};
use transom_error::{Result, bail, ensure, format_err};
use transom_types::Escaped;

/// Instantiates a component.
pub(super) fn instantiate<T: 'static>(
    store: &mut StoreInner<T>,
    component: &Component,
    linked: &[Linked<T>],
) -> Result<Instance> {
    ensure!(
        Engine::same(store.engine(), component.engine()),
        "cross-`Engine` instantiation is not supported: the component belongs to another engine than the store"
    );
    ensure_plain(store.vm())?;
    let root = begin(store, component, linked)?;
    let mut builder = Builder {
        store,
        root,
        linked,
        description: component.description().clone(),
    };
    let built = builder.run(component);
    if let Err(error) = built {
        store.components_mut().note_trap(root);
        return Err(error);
    }
    Ok(Instance::of(store.vm().id(), root))
}

/// Adds a root without core instances to a store.
fn begin<T: 'static>(store: &mut StoreInner<T>, component: &Component, linked: &[Linked<T>]) -> Result<u32> {
    let description = component.description();
    let (mut links, mut imports) = (Vec::new(), Vec::new());
    for link in linked {
        imports.push(match link {
            Linked::Lifted(func) => {
                links.push(func.lifted(store)?.root);
                Imported::Func(func.position())
            }
            Linked::Module(module) => Imported::Module(module.clone()),
            Linked::Func(_) | Linked::Resource(..) | Linked::Declared => Imported::Other,
        });
    }
    links.sort_unstable();
    links.dedup();
    let root = store.components().roots.len() as u32;
    let first = store.components().instances.len() as u32;
    let resources = resources(store, component, linked, first)?;
    let components = store.components_mut();
    components
        .instances
        .extend((0..description.instances).map(|_| InstanceState {
            root,
            flags: Arc::default(),
            context: [0; 2],
            backpressure: 0,
            handles: HandleTable::default(),
        }));
    components.roots.push(Root {
        component: component.clone(),
        types: Arc::new(InstanceTypes {
            component: description.clone(),
            resources,
        }),
        core: Vec::with_capacity(description.core_instances),
        trampolines: Vec::with_capacity(description.trampolines.len()),
        lifts: vec![None; description.lifts.len()].into(),
        first,
        imports: imports.into(),
        links,
        flags: Arc::default(),
    });
    Ok(root)
}

/// What the component's resource types are in the store.
fn resources<T: 'static>(
    store: &mut StoreInner<T>,
    component: &Component,
    linked: &[Linked<T>],
    first: u32,
) -> Result<Box<[KnownResource]>> {
    let store_id = store.vm().id();
    let description = component.description();
    let mut known = Vec::with_capacity(description.resources.len());
    for (resource, declared) in description.resources.iter().zip(&component.declared().resources) {
        known.push(match resource.origin {
            ResourceOrigin::Abstract => *declared,
            ResourceOrigin::Defined { instance, .. } => {
                let components = store.components_mut();
                let key = components.resources.len() as u32;
                let ty = ResourceType::guest(store_id, key);
                components.keys.insert(ty, key);
                components.resources.push(RuntimeResource {
                    ty,
                    instance: Some(first + instance.0),
                    destructor: None,
                });
                KnownResource {
                    ty,
                    key,
                    destructor: None,
                }
            }
            ResourceOrigin::Import(leaf) => {
                let Linked::Resource(ty, destructor) = &linked[leaf.index()] else {
                    unreachable!("what is linked is of the kind that is imported")
                };
                let destructor = match destructor {
                    None => None,
                    Some(host) => {
                        let func = Func::of_host(store, host.clone())?;
                        Some(CoreFunc::new(store, func, &[FlatType::I32], &[])?)
                    }
                };
                let key = store.components_mut().resource_key(*ty);
                let runtime = &mut store.components_mut().resources[key as usize];
                if runtime.instance.is_none() {
                    runtime.destructor = runtime.destructor.or(destructor);
                }
                KnownResource {
                    ty: *ty,
                    key,
                    destructor,
                }
            }
        });
    }
    Ok(known.into())
}

struct Builder<'a, T: 'static> {
    store: &'a mut StoreInner<T>,
    root: u32,
    linked: &'a [Linked<T>],
    description: Arc<wiring::Component>,
}

impl<T: 'static> Builder<'_, T> {
    fn root(&mut self) -> &mut Root {
        &mut self.store.components_mut().roots[self.root as usize]
    }

    fn run(&mut self, component: &Component) -> Result<()> {
        let description = self.description.clone();
        for step in &description.steps {
            match step {
                Step::Resource(index) => self.resource(*index)?,
                Step::Instantiate { module, arguments } => {
                    let module = match *module {
                        ModuleDef::Static(index) => component.module(index).clone(),
                        ModuleDef::Import(leaf) => match &self.linked[leaf.index()] {
                            Linked::Module(module) => module.clone(),
                            _ => unreachable!("what is linked is of the kind that is imported"),
                        },
                    };
                    self.core_instance(&module, arguments)?;
                }
                Step::Trampoline(index) => {
                    let func = self.trampoline(*index)?;
                    self.root().trampolines.push(func.pointer());
                }
            }
        }
        Ok(())
    }

    fn resource(&mut self, index: ResourceIdx) -> Result<()> {
        let description = self.description.clone();
        let ResourceOrigin::Defined {
            destructor: Some(def),
            ..
        } = &description.resources[index.index()].origin
        else {
            return Ok(());
        };
        let destructor = resolve::numeric(self.store, self.root, def, (&[FlatType::I32], &[]))?;
        let key = self.root().types.resource(index).key;
        self.store.components_mut().resources[key as usize].destructor = Some(destructor);
        Ok(())
    }

    fn core_instance(&mut self, module: &Module, arguments: &BTreeMap<Box<str>, CoreInstance>) -> Result<()> {
        let mut imports = Vec::with_capacity(module.imports().len());
        for import in module.imports() {
            let argument = arguments.get(import.module());
            let def = argument.and_then(|instance| instance.get(import.name()));
            let def = def.ok_or_else(|| {
                format_err!(
                    "a core module imports `{}` `{}`, which the component does not give it",
                    Escaped(import.module()),
                    Escaped(import.name())
                )
            })?;
            imports.push(resolve::core(self.store, self.root, &def)?);
        }
        let instance = crate::Instance::new(StoreContextMut(self.store), module, &imports)?;
        let id = instance.id(self.store.vm());
        self.root().core.push(id);
        Ok(())
    }

    /// Makes a core function that no module defines.
    fn trampoline(&mut self, index: TrampolineIdx) -> Result<Func> {
        let description = self.description.clone();
        let trampoline = &description.trampolines[index.index()];
        if let Trampoline::Lower {
            func,
            instance,
            options,
        } = trampoline
        {
            return self.lower(*func, *instance, options);
        }
        let (first, types) = (self.root().first, self.root().types.clone());
        let host = builtin::<T>(self.store.engine(), trampoline, first, &types);
        Func::of_host(self.store, host)
    }

    /// A core function that calls a function of the component model.
    fn lower(&mut self, func: FuncDef, instance: InstanceIdx, options: &wiring::Options) -> Result<Func> {
        let description = self.description.clone();
        let engine = self.store.engine().clone();
        let ty = func.ty();
        let is_async = options.is_async;
        let options = resolve::options(self.store, self.root, instance, options)?;
        let lowering = HostLowering {
            caller: self
                .store
                .components_mut()
                .instance(options.instance)
                .flags
                .clone(),
            root: self.root().flags.clone(),
            borrows: description.types[ty].borrows,
            options,
            ty,
        };
        let host = match func {
            _ if is_async => return self.no_async(lowering),
            FuncDef::Import(leaf, _) => match &self.linked[leaf.index()] {
                Linked::Func(code) => (code.lower)(&engine, lowering),
                Linked::Lifted(func) => {
                    let to = func.lifted(self.store)?.clone();
                    return adapter(self.store, lowering, to, true);
                }
                _ => unreachable!("what is linked is of the kind that is imported"),
            },
            FuncDef::Lift(lift, _) => {
                if description.lifts[lift.index()].options.is_async {
                    return self.no_async(lowering);
                }
                let to = resolve::lifted(self.store, self.root, lift)?;
                let to = self.store.components().lifted[to as usize].clone();
                return adapter(self.store, lowering, to, false);
            }
        };
        Func::of_host(self.store, host)
    }

    /// What stands for a function of the asynchronous ABI.
    fn no_async(&mut self, lowering: HostLowering) -> Result<Func> {
        let info = &lowering.options.types.types()[lowering.ty];
        let mut params = info
            .flat_params
            .as_ref()
            .map_or(vec![FlatType::I32], |flat| flat.to_vec());
        // See `flatten_functype`: four parameters at most, and the address of the result.
        if params.len() > 4 {
            params = vec![FlatType::I32];
        }
        if info.ty.result.is_some() {
            params.push(FlatType::I32);
        }
        let engine = self.store.engine().clone();
        let host = numeric_host_function::<T, _>(&engine, &params, &[FlatType::I32], move |store, _| {
            store.0.components().check_leave(lowering.options.instance)?;
            bail!("functions that are lowered with the asynchronous ABI are not supported yet")
        });
        Func::of_host(self.store, host)
    }
}
