//! Instances of components, and their exports.

use super::resolve;
use crate::component::compiled::{Component, ComponentExportIndex, ExportLookup};
use crate::component::convert::traits::{ComponentNamedList, Lift, Lower};
use crate::component::func::typed::TypedFunc;
use crate::component::func::untyped::Func;
use crate::component::instance_types::InstanceTypes;
use crate::component::resource_type::ResourceType;
use crate::component::state::{Imported, Root};
use crate::component::types::items::ComponentItem;
use crate::store::StoreOpaque;
use crate::{AsContext, AsContextMut, Module};
use std::sync::Arc;
use transom_component::wiring::{Entity, FuncDef, ModuleDef};
use transom_error::{Result, bail, ensure};
use transom_vm::StoreId;

/// An instance of a component in a store.
///
/// ```
/// # use transom::*;
/// # use transom::component::{Component, Linker};
/// let engine = Engine::default();
/// let component = Component::new(&engine, r#"(component
///     (core module $m (func (export "answer") (result i32) (i32.const 42)))
///     (core instance $i (instantiate $m))
///     (func (export "answer") (result u32) (canon lift (core func $i "answer"))))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
/// let answer = instance.get_typed_func::<(), (u32,)>(&mut store, "answer")?;
/// assert_eq!(answer.call(&mut store, ())?, (42,));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Instance {
    store: StoreId,
    root: u32,
}

impl Instance {
    /// The instance that is a root of a store.
    pub(super) fn of(store: StoreId, root: u32) -> Instance {
        Instance { store, root }
    }

    fn root<'s>(&self, store: &'s dyn StoreOpaque) -> Result<&'s Root> {
        ensure!(
            self.store == store.vm().id(),
            "an instance is used with a store that it does not belong to"
        );
        Ok(&store.components().roots[self.root as usize])
    }

    /// The component of the instance.
    ///
    /// # Errors
    ///
    /// The instance belongs to another store.
    pub fn component(&self, store: impl AsContext) -> Result<Component> {
        let store = store.as_context();
        Ok(self.root(store.0)?.component.clone())
    }

    pub(crate) fn types(&self, store: &dyn StoreOpaque) -> Arc<InstanceTypes> {
        let root = self.root(store).expect("an instance of this store");
        root.types.clone()
    }

    /// The exported function of a name or place, or `None` if there is none.
    ///
    /// # Panics
    ///
    /// If the instance belongs to another store.
    pub fn get_func(&self, mut store: impl AsContextMut, name: impl ExportLookup) -> Option<Func> {
        let store = store.as_context_mut();
        let component = self.component(&store).expect("an instance of this store");
        let index = name.lookup(&component)?;
        self.entity_func(store.0, component.entity(index)?).ok()?
    }

    /// The exported function of a name or place, with static types.
    ///
    /// # Errors
    ///
    /// There is no such function, or it has other types.
    pub fn get_typed_func<Params, Results>(
        &self,
        mut store: impl AsContextMut,
        name: impl ExportLookup,
    ) -> Result<TypedFunc<Params, Results>>
    where
        Params: ComponentNamedList + Lower,
        Results: ComponentNamedList + Lift,
    {
        let func = self.get_func(&mut store, name);
        match func {
            Some(func) => func.typed(&store),
            None => bail!("failed to find function export: the component exports no function of this name"),
        }
    }

    /// The exported core module of a name or place, or `None` if there is none.
    ///
    /// # Panics
    ///
    /// If the instance belongs to another store.
    pub fn get_module(&self, mut store: impl AsContextMut, name: impl ExportLookup) -> Option<Module> {
        let store = store.as_context_mut();
        let component = self.component(&store).expect("an instance of this store");
        let index = name.lookup(&component)?;
        self.entity_module(store.0, component.entity(index)?)
    }

    /// The exported resource type of a name or place, or `None` if there is none.
    ///
    /// # Panics
    ///
    /// If the instance belongs to another store.
    pub fn get_resource(
        &self,
        mut store: impl AsContextMut,
        name: impl ExportLookup,
    ) -> Option<ResourceType> {
        let store = store.as_context_mut();
        let root = self.root(store.0).expect("an instance of this store");
        let index = name.lookup(&root.component)?;
        match root.component.entity(index)? {
            Entity::Resource(resource) => Some(root.types.resource(*resource).ty),
            _ => None,
        }
    }

    /// An export, by its name: of the component, or of an instance that it exports.
    ///
    /// # Panics
    ///
    /// If the instance belongs to another store.
    pub fn get_export(
        &self,
        mut store: impl AsContextMut,
        instance: Option<&ComponentExportIndex>,
        name: &str,
    ) -> Option<(ComponentItem, ComponentExportIndex)> {
        let store = store.as_context_mut();
        let root = self.root(store.0).expect("an instance of this store");
        let index = root.component.get_export_index(instance, name)?;
        let item = ComponentItem::of(&root.types, root.component.entity(index)?)?;
        Some((item, index))
    }

    /// The place of an export, by its name: of the component, or of an instance that it exports.
    ///
    /// # Panics
    ///
    /// If the instance belongs to another store.
    pub fn get_export_index(
        &self,
        mut store: impl AsContextMut,
        instance: Option<&ComponentExportIndex>,
        name: &str,
    ) -> Option<ComponentExportIndex> {
        let store = store.as_context_mut();
        let root = self.root(store.0).expect("an instance of this store");
        root.component.get_export_index(instance, name)
    }

    /// The function that an export is, if it is one.
    pub(crate) fn entity_func(&self, store: &mut dyn StoreOpaque, entity: &Entity) -> Result<Option<Func>> {
        let Entity::Func(def) = entity else {
            return Ok(None);
        };
        match *def {
            FuncDef::Lift(lift, _) => {
                let position = resolve::lifted(store, self.root, lift)?;
                Ok(Some(Func::of(self.store, position)))
            }
            FuncDef::Import(import, _) => match &self.root(store)?.imports[import.index()] {
                Imported::Func(position) => Ok(Some(Func::of(self.store, *position))),
                _ => Ok(None),
            },
        }
    }

    /// The core module that an export is, if it is one.
    pub(crate) fn entity_module(&self, store: &dyn StoreOpaque, entity: &Entity) -> Option<Module> {
        let root = self.root(store).ok()?;
        match entity {
            Entity::Module(ModuleDef::Static(index)) => Some(root.component.module(*index).clone()),
            Entity::Module(ModuleDef::Import(import)) => match &root.imports[import.index()] {
                Imported::Module(module) => Some(module.clone()),
                _ => None,
            },
            _ => None,
        }
    }
}
