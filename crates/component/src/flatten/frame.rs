//! One instance of one component in the binary.

use super::shared::{Closure, Def, Defs, Flattening, MAX_DEPTH, Scope, refusal};
use crate::definitions::{CoreInstanceItem, InstanceItem, Item, OptionsItem, Reference, module_type};
use crate::types::{FlatType, ResourceIdx, ValType};
use crate::validate::Error;
use crate::wiring::{
    CoreDef, CoreInstance, CoreInstanceIdx, FuncDef, ImportIdx, InstanceIdx, Leaf, LeafKind, Lift, LiftIdx,
    ModuleDef, Options, Resource, ResourceOrigin, Step, Trampoline, TrampolineIdx,
};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedTypeId, ComponentEntityType, ComponentInstanceTypeId, ResourceId,
};
use wasmparser::{ComponentExternalKind, ComponentOuterAliasKind, ExternalKind};

/// One instance of one component.
pub(super) struct Frame<'f, 'd> {
    pub all: &'f mut Flattening<'d>,
    scope: usize,
    instance: InstanceIdx,
    pub resources: HashMap<ResourceId, ResourceIdx>,
    pub converted: HashMap<ComponentDefinedTypeId, ValType>,
    funcs: Vec<FuncDef>,
    instances: Vec<Rc<Defs>>,
    /// Core definitions, by their kinds.
    core: [Vec<CoreDef>; 5],
    core_instances: Vec<CoreInstance>,
    exports: Defs,
}

fn place(kind: ExternalKind) -> usize {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => 0,
        ExternalKind::Table => 1,
        ExternalKind::Memory => 2,
        ExternalKind::Global => 3,
        ExternalKind::Tag => 4,
    }
}

impl<'f, 'd> Frame<'f, 'd> {
    /// The exports of an instance of a component. Without arguments, its imports are the whole's.
    pub fn instantiate(
        all: &'f mut Flattening<'d>,
        definition: usize,
        parent: Option<usize>,
        arguments: Option<&Defs>,
    ) -> Result<Defs, Error> {
        if all.depth == MAX_DEPTH {
            return Err(refusal(format!(
                "more than {MAX_DEPTH} components are instantiated inside each other"
            )));
        }
        all.depth += 1;
        let scope = all.scopes.len();
        all.scopes.push(Scope {
            modules: Vec::new(),
            components: Vec::new(),
            parent,
        });
        let instance = InstanceIdx::of(all.component.instances);
        all.component.instances += 1;
        let items = &all.definitions.components[definition];
        all.count(1 + items.len())?;
        let mut frame = Frame {
            all,
            scope,
            instance,
            resources: HashMap::new(),
            converted: HashMap::new(),
            funcs: Vec::new(),
            instances: Vec::new(),
            core: Default::default(),
            core_instances: Vec::new(),
            exports: Defs::new(),
        };
        for item in items {
            frame.item(item, arguments)?;
        }
        frame.all.depth -= 1;
        Ok(frame.exports)
    }

    fn item(&mut self, item: &'d Item, arguments: Option<&Defs>) -> Result<(), Error> {
        match item {
            Item::Import(name, ty) => {
                let def = match arguments {
                    None => {
                        let def = self.leaf(&mut vec![name.clone()], ty)?;
                        self.all.imports.push((name.clone(), def.clone()));
                        def
                    }
                    Some(arguments) => {
                        let def = arguments
                            .get(name)
                            .expect("the validator has checked the arguments");
                        self.bind(ty, def)?;
                        def.clone()
                    }
                };
                self.push(def);
            }
            Item::Module(index) => self.push(Def::Module(ModuleDef::Static(*index))),
            Item::Component(definition) => self.push(Def::Component(Closure {
                definition: *definition,
                scope: self.scope,
            })),
            Item::CoreInstance(item) => self.core_instance(item)?,
            Item::Instance(item) => self.instance(item)?,
            Item::Alias(instance, name) => {
                let def = self.instances[*instance as usize].get(name).cloned();
                self.push(def.expect("the validator has checked the alias"));
            }
            Item::CoreAlias(kind, instance, name) => {
                let def = self.core_instances[*instance as usize].get(name);
                let def = def.expect("the validator has checked the alias");
                self.core[place(*kind)].push(def);
            }
            Item::Outer(kind, count, index) => self.outer(*kind, *count, *index as usize),
            Item::Lift { func, ty, options } => {
                let ty = self.func_type(*ty)?;
                let lift = Lift {
                    func: self.core_func(*func),
                    ty,
                    instance: self.instance,
                    options: self.options(options),
                };
                let index = LiftIdx::of(self.all.component.lifts.len());
                self.all.component.lifts.push(lift);
                self.push(Def::Func(FuncDef::Lift(index, ty)));
            }
            Item::Export(name, reference) => {
                let def = self.reference(reference)?;
                if let Def::Resource(resource) = def {
                    let known = &mut self.all.component.resources[resource.index()].name;
                    known.get_or_insert_with(|| name.clone());
                }
                self.exports.insert(name.clone(), def.clone());
                self.push(def);
            }
            Item::Resource(id, destructor) => {
                let destructor = destructor.map(|index| self.core_func(index));
                self.define_resource(*id, destructor);
            }
            _ => self.function(item)?,
        }
        Ok(())
    }

    /// Defines a core function that no module defines.
    fn function(&mut self, item: &Item) -> Result<(), Error> {
        let instance = self.instance;
        let trampoline = match item {
            Item::Lower { func, options } => Trampoline::Lower {
                func: self.funcs[*func as usize],
                instance,
                options: self.options(options),
            },
            Item::ResourceNew(id) => Trampoline::ResourceNew(instance, self.resource(*id)),
            Item::ResourceRep(id) => Trampoline::ResourceRep(instance, self.resource(*id)),
            Item::ResourceDrop(id) => Trampoline::ResourceDrop(instance, self.resource(*id)),
            &Item::Context(writes, place) => {
                self.all.component.with_context.insert(instance);
                match writes {
                    false => Trampoline::ContextGet(instance, place),
                    true => Trampoline::ContextSet(instance, place),
                }
            }
            &Item::Backpressure(added) => Trampoline::Backpressure(instance, added),
            Item::Async(name, params, results) => Trampoline::Async {
                instance,
                name,
                params: params.iter().map(flat).collect::<Result<_, _>>()?,
                results: results.iter().map(flat).collect::<Result<_, _>>()?,
            },
            _ => unreachable!("the other items are no functions"),
        };
        let component = &mut self.all.component;
        let index = TrampolineIdx::of(component.trampolines.len());
        component.trampolines.push(trampoline);
        component.steps.push(Step::Trampoline(index));
        self.core[0].push(CoreDef::Trampoline(index));
        Ok(())
    }

    /// Appends to the index space of a definition's kind. Types have ids instead.
    fn push(&mut self, def: Def) {
        match def {
            Def::Func(func) => self.funcs.push(func),
            Def::Instance(exports) => self.instances.push(exports),
            Def::Module(module) => self.all.scopes[self.scope].modules.push(module),
            Def::Component(component) => self.all.scopes[self.scope].components.push(component),
            Def::Resource(_) | Def::Type(_) | Def::OtherType => {}
        }
    }

    fn core_func(&self, index: u32) -> CoreDef {
        self.core[0][index as usize].clone()
    }

    fn options(&self, item: &OptionsItem) -> Options {
        let func = |index: Option<u32>| index.map(|index| self.core_func(index));
        Options {
            encoding: item.encoding,
            memory: item
                .memory
                .map(|index| self.core[place(ExternalKind::Memory)][index as usize].clone()),
            realloc: func(item.realloc),
            post_return: func(item.post_return),
            callback: func(item.callback),
            is_async: item.is_async,
        }
    }

    fn outer(&mut self, kind: ComponentOuterAliasKind, count: u32, index: usize) {
        let mut scope = self.scope;
        for _ in 0..count {
            let parent = self.all.scopes[scope].parent;
            scope = parent.expect("the validator has checked the alias");
        }
        let scope = &self.all.scopes[scope];
        let def = match kind {
            ComponentOuterAliasKind::CoreModule => Def::Module(scope.modules[index]),
            ComponentOuterAliasKind::Component => Def::Component(scope.components[index]),
            ComponentOuterAliasKind::CoreType | ComponentOuterAliasKind::Type => return,
        };
        self.push(def);
    }

    fn reference(&mut self, reference: &Reference) -> Result<Def, Error> {
        let index = reference.index as usize;
        Ok(match reference.kind {
            ComponentExternalKind::Func => Def::Func(self.funcs[index]),
            ComponentExternalKind::Instance => Def::Instance(self.instances[index].clone()),
            ComponentExternalKind::Module => Def::Module(self.all.scopes[self.scope].modules[index]),
            ComponentExternalKind::Component => Def::Component(self.all.scopes[self.scope].components[index]),
            ComponentExternalKind::Type => self.type_def(reference.ty.expect("a type has an id"))?,
            ComponentExternalKind::Value => return Err(no_values()),
        })
    }

    fn type_def(&mut self, id: ComponentAnyTypeId) -> Result<Def, Error> {
        Ok(match id {
            ComponentAnyTypeId::Resource(id) => Def::Resource(self.resource(id.resource())),
            ComponentAnyTypeId::Defined(id) => Def::Type(self.defined_type(id)?),
            _ => Def::OtherType,
        })
    }

    fn define_resource(&mut self, id: ResourceId, destructor: Option<CoreDef>) {
        let component = &mut self.all.component;
        let index = ResourceIdx::of(component.resources.len());
        component.resources.push(Resource {
            name: None,
            origin: ResourceOrigin::Defined {
                instance: self.instance,
                destructor,
            },
        });
        component.steps.push(Step::Resource(index));
        self.resources.insert(id, index);
    }

    fn core_instance(&mut self, item: &CoreInstanceItem) -> Result<(), Error> {
        let instance = match item {
            CoreInstanceItem::Instantiate(module, arguments) => {
                self.all.count(arguments.len())?;
                let arguments = arguments
                    .iter()
                    .map(|(name, index)| (name.clone(), self.core_instances[*index as usize].clone()));
                let step = Step::Instantiate {
                    module: self.all.scopes[self.scope].modules[*module as usize],
                    arguments: arguments.collect(),
                };
                self.all.component.steps.push(step);
                let index = CoreInstanceIdx::of(self.all.component.core_instances);
                self.all.component.core_instances += 1;
                CoreInstance::Instantiated(index)
            }
            CoreInstanceItem::Definitions(definitions) => {
                self.all.count(definitions.len())?;
                let definitions = definitions.iter().map(|(name, kind, index)| {
                    (name.clone(), self.core[place(*kind)][*index as usize].clone())
                });
                CoreInstance::Definitions(Arc::new(definitions.collect::<BTreeMap<_, _>>()))
            }
        };
        self.core_instances.push(instance);
        Ok(())
    }

    fn instance(&mut self, item: &InstanceItem) -> Result<(), Error> {
        let exports = match item {
            InstanceItem::Instantiate(component, arguments, ty) => {
                let closure = self.all.scopes[self.scope].components[*component as usize];
                let arguments = self.definitions(arguments)?;
                let exports = Frame::instantiate(
                    self.all,
                    closure.definition,
                    Some(closure.scope),
                    Some(&arguments),
                )?;
                self.bind_instance(*ty, &exports)?;
                exports
            }
            InstanceItem::Definitions(definitions) => self.definitions(definitions)?,
        };
        self.instances.push(Rc::new(exports));
        Ok(())
    }

    fn definitions(&mut self, references: &[(Box<str>, Reference)]) -> Result<Defs, Error> {
        self.all.count(references.len())?;
        references
            .iter()
            .map(|(name, reference)| Ok((name.clone(), self.reference(reference)?)))
            .collect()
    }

    /// Notes which resources the ids in a type stand for, of a definition with this type.
    fn bind(&mut self, ty: &ComponentEntityType, def: &Def) -> Result<(), Error> {
        match (ty, def) {
            (
                ComponentEntityType::Type {
                    created: ComponentAnyTypeId::Resource(id),
                    ..
                },
                Def::Resource(resource),
            ) => {
                self.resources.insert(id.resource(), *resource);
                Ok(())
            }
            (ComponentEntityType::Instance(ty), Def::Instance(exports)) => self.bind_instance(*ty, exports),
            _ => Ok(()),
        }
    }

    fn bind_instance(&mut self, ty: ComponentInstanceTypeId, exports: &Defs) -> Result<(), Error> {
        let definitions = self.all.definitions;
        let ty = &definitions.types[ty];
        self.all.count(ty.exports.len())?;
        for (name, item) in &ty.exports {
            let def = exports.get(name.as_str());
            self.bind(&item.ty, def.expect("the validator has checked the exports"))?;
        }
        Ok(())
    }

    /// What is imported at a path of names.
    fn leaf(&mut self, path: &mut Vec<Box<str>>, ty: &ComponentEntityType) -> Result<Def, Error> {
        self.all.count(1 + path.len())?;
        let index = ImportIdx::of(self.all.component.leaves.len());
        let (def, kind) = match *ty {
            ComponentEntityType::Func(id) => {
                let ty = self.func_type(id)?;
                (Def::Func(FuncDef::Import(index, ty)), LeafKind::Func(ty))
            }
            ComponentEntityType::Module(id) => {
                let ty = Arc::new(module_type(&self.all.definitions.types, id)?);
                (Def::Module(ModuleDef::Import(index)), LeafKind::Module(ty))
            }
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Resource(id),
                ..
            } => {
                let resource = self.imported_resource(id.resource(), index, path);
                (Def::Resource(resource), LeafKind::Resource(resource))
            }
            ComponentEntityType::Type { created, .. } => return self.type_def(created),
            ComponentEntityType::Instance(id) => {
                let definitions = self.all.definitions;
                let mut exports = Defs::new();
                for (name, item) in &definitions.types[id].exports {
                    path.push(name.as_str().into());
                    let def = self.leaf(path, &item.ty)?;
                    path.pop();
                    exports.insert(name.as_str().into(), def);
                }
                return Ok(Def::Instance(Rc::new(exports)));
            }
            ComponentEntityType::Component(_) => {
                return Err(refusal(format!(
                    "the component imports a component, `{}`; only instances, functions, types and core modules can be imported",
                    path.join("` with `")
                )));
            }
            ComponentEntityType::Value(_) => return Err(no_values()),
        };
        self.all.component.leaves.push(Leaf {
            path: path.clone(),
            kind,
        });
        Ok(def)
    }

    fn imported_resource(&mut self, id: ResourceId, leaf: ImportIdx, path: &[Box<str>]) -> ResourceIdx {
        // A type that is imported as equal to one that was imported before is that one.
        if let Some(&known) = self.resources.get(&id) {
            return known;
        }
        let resources = &mut self.all.component.resources;
        let index = ResourceIdx::of(resources.len());
        resources.push(Resource {
            name: path.last().cloned(),
            origin: ResourceOrigin::Import(leaf),
        });
        self.resources.insert(id, index);
        index
    }
}

fn no_values() -> Error {
    refusal("values are not supported as imports and exports".to_owned())
}

fn flat(ty: &wasmparser::ValType) -> Result<FlatType, Error> {
    Ok(match ty {
        wasmparser::ValType::I32 => FlatType::I32,
        wasmparser::ValType::I64 => FlatType::I64,
        wasmparser::ValType::F32 => FlatType::F32,
        wasmparser::ValType::F64 => FlatType::F64,
        _ => {
            return Err(refusal(
                "references are not supported in the canonical ABI".to_owned(),
            ));
        }
    })
}
