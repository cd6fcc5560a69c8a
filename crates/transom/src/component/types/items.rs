//! Types of what components import and export.

use super::values::Type;
use crate::Engine;
use crate::component::instance_types::InstanceTypes;
use crate::component::resource_type::ResourceType;
use std::fmt;
use std::sync::Arc;
use transom_component::types::FuncTypeIdx;
use transom_component::wiring::{Entity, Exports};

/// The type of a function.
#[derive(Clone)]
pub struct ComponentFunc {
    ty: FuncTypeIdx,
    types: Arc<InstanceTypes>,
}

impl fmt::Debug for ComponentFunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The type as WIT has it.
impl fmt::Display for ComponentFunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |index| self.types.resource_name(index);
        let text = self.types.types().func_text(self.ty, &name);
        write!(f, "{text}")
    }
}

impl ComponentFunc {
    pub(crate) fn new(ty: FuncTypeIdx, types: Arc<InstanceTypes>) -> ComponentFunc {
        ComponentFunc { ty, types }
    }

    /// Whether a call may wait.
    pub fn async_(&self) -> bool {
        self.types.types()[self.ty].ty.is_async
    }

    /// The names and types of the parameters.
    pub fn params(&self) -> impl ExactSizeIterator<Item = (&str, Type)> + '_ {
        let params = self.types.types()[self.ty].ty.params.iter();
        params.map(|(name, ty)| (&**name, Type::new(*ty, &self.types)))
    }

    /// The type of the result, if there is one.
    pub fn results(&self) -> impl ExactSizeIterator<Item = Type> + '_ {
        let result = self.types.types()[self.ty].ty.result;
        result.map(|ty| Type::new(ty, &self.types)).into_iter()
    }
}

/// The type of a core module.
#[derive(Clone, Debug)]
pub struct Module(());

/// The type of a component: its imports and exports.
#[derive(Clone)]
pub struct Component {
    types: Arc<InstanceTypes>,
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component")
            .field("imports", &self.types.component.imports.len())
            .field("exports", &self.types.component.exports.len())
            .finish()
    }
}

impl Component {
    pub(crate) fn new(types: Arc<InstanceTypes>) -> Component {
        Component { types }
    }

    /// The import of a name.
    pub fn get_import<'a>(&'a self, _: &'a Engine, name: &str) -> Option<ComponentExtern<'a>> {
        item(&self.types, &self.types.component.imports, name)
    }

    /// The imports, in order.
    pub fn imports<'a>(
        &'a self,
        _: &'a Engine,
    ) -> impl ExactSizeIterator<Item = (&'a str, ComponentExtern<'a>)> + 'a {
        items(&self.types, &self.types.component.imports)
    }

    /// The export of a name.
    pub fn get_export<'a>(&'a self, _: &'a Engine, name: &str) -> Option<ComponentExtern<'a>> {
        item(&self.types, &self.types.component.exports, name)
    }

    /// The exports, in order.
    pub fn exports<'a>(
        &'a self,
        _: &'a Engine,
    ) -> impl ExactSizeIterator<Item = (&'a str, ComponentExtern<'a>)> + 'a {
        items(&self.types, &self.types.component.exports)
    }
}

/// The type of an instance: its exports.
#[derive(Clone)]
pub struct ComponentInstance {
    exports: Arc<Exports>,
    types: Arc<InstanceTypes>,
}

impl fmt::Debug for ComponentInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComponentInstance")
            .field("exports", &self.exports.len())
            .finish()
    }
}

impl ComponentInstance {
    /// The export of a name.
    pub fn get_export<'a>(&'a self, _: &'a Engine, name: &str) -> Option<ComponentExtern<'a>> {
        item(&self.types, &self.exports, name)
    }

    /// The exports, in order.
    pub fn exports<'a>(
        &'a self,
        _: &'a Engine,
    ) -> impl ExactSizeIterator<Item = (&'a str, ComponentExtern<'a>)> + 'a {
        items(&self.types, &self.exports)
    }
}

/// An import or export with its type.
#[derive(Clone, Debug)]
pub struct ComponentExtern<'a> {
    /// The type.
    pub ty: ComponentItem,
    name: &'a str,
}

impl ComponentExtern<'_> {
    /// The name of the import or export.
    pub fn name(&self) -> &str {
        self.name
    }
}

/// The type of what is imported or exported.
#[derive(Clone, Debug)]
pub enum ComponentItem {
    /// A function.
    ComponentFunc(ComponentFunc),
    /// A core module.
    Module(Module),
    /// A component.
    Component(Component),
    /// An instance.
    ComponentInstance(ComponentInstance),
    /// The type of values, or of something else.
    Type(Type),
    /// A resource type.
    Resource(ResourceType),
}

impl ComponentItem {
    /// The type of an entity. `None` if it is a type that is not the type of values.
    pub(crate) fn of(types: &Arc<InstanceTypes>, entity: &Entity) -> Option<ComponentItem> {
        Some(match entity {
            Entity::Func(func) => ComponentItem::ComponentFunc(ComponentFunc::new(func.ty(), types.clone())),
            Entity::Instance(exports) => ComponentItem::ComponentInstance(ComponentInstance {
                exports: exports.clone(),
                types: types.clone(),
            }),
            Entity::Module(_) => ComponentItem::Module(Module(())),
            Entity::Resource(resource) => ComponentItem::Resource(types.resource(*resource).ty),
            Entity::Type(ty) => ComponentItem::Type(Type::new(*ty, types)),
            Entity::Component | Entity::OtherType => return None,
        })
    }
}

fn item<'a>(types: &Arc<InstanceTypes>, exports: &'a Exports, name: &str) -> Option<ComponentExtern<'a>> {
    let (name, entity) = exports.get_key_value(name)?;
    let ty = ComponentItem::of(types, entity)?;
    Some(ComponentExtern { ty, name })
}

fn items<'a>(
    types: &'a Arc<InstanceTypes>,
    exports: &'a Exports,
) -> impl ExactSizeIterator<Item = (&'a str, ComponentExtern<'a>)> + 'a {
    let known: Vec<_> = exports
        .iter()
        .filter_map(|(name, entity)| {
            let ty = ComponentItem::of(types, entity)?;
            Some((&**name, ComponentExtern { ty, name }))
        })
        .collect();
    known.into_iter()
}
