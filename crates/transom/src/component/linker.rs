//! The lookup of a component's imports by name.

mod names;
pub(crate) mod resolve;

use super::compiled::Component;
use super::func::host::{host_code, host_code_of_values};
use super::func::untyped::Func;
use super::instance::exports::Instance;
use super::instance::pre::InstancePre;
use super::instance_types::InstanceTypes;
use super::resource_type::ResourceType;
use super::types::items::{self, ComponentFunc};
use super::values::Val;
use crate::component::convert::traits::{ComponentNamedList, Lift, Lower};
use crate::unchecked::numeric::numeric_host_function;
use crate::{AsContext, AsContextMut, Engine, Module, StoreContextMut};
use names::{Definition, Names};
pub use resolve::LinkProblem;
use resolve::Linked;
use std::sync::Arc;
use transom_component::types::FlatType;
use transom_component::wiring::{Entity, Exports, LeafKind, ModuleDef};
use transom_error::{Result, bail, ensure};

/// A map from names to definitions. To instantiate a component, a linker looks up the imports of the component.
///
/// An import with a version is found under each version that is compatible: `a:b/c@0.2.0` under `a:b/c@0.2.6`, and `a:b/c@1.0.0` under
/// `a:b/c@1.3.0`. The newest is taken, if there is no exact one.
///
/// ```
/// # use transom::*;
/// # use transom::component::{Component, Linker};
/// let engine = Engine::default();
/// let component = Component::new(&engine, r#"(component
///     (import "double" (func $double (param "x" u32) (result u32)))
///     (core func $double (canon lower (func $double)))
///     (core module $m (import "" "double" (func $double (param i32) (result i32)))
///         (func (export "run") (result i32) (call $double (i32.const 21))))
///     (core instance $i (instantiate $m (with "" (instance (export "double" (func $double))))))
///     (func (export "run") (result u32) (canon lift (core func $i "run"))))"#)?;
/// let mut linker = Linker::new(&engine);
/// linker.root().func_wrap("double", |_, (x,): (u32,)| Ok((2 * x,)))?;
/// let mut store = Store::new(&engine, ());
/// let instance = linker.instantiate(&mut store, &component)?;
/// let run = instance.get_typed_func::<(), (u32,)>(&mut store, "run")?;
/// assert_eq!(run.call(&mut store, ())?, (42,));
/// # Ok::<(), Error>(())
/// ```
pub struct Linker<T: 'static> {
    engine: Engine,
    names: Names<T>,
    allow_shadowing: bool,
}

impl<T: 'static> Clone for Linker<T> {
    fn clone(&self) -> Self {
        Linker {
            engine: self.engine.clone(),
            names: self.names.clone(),
            allow_shadowing: self.allow_shadowing,
        }
    }
}

impl<T: 'static> std::fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Linker")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// An instance that a [`Linker`] defines, or its outermost names.
pub struct LinkerInstance<'a, T: 'static> {
    engine: &'a Engine,
    names: &'a mut Names<T>,
    allow_shadowing: bool,
}

impl<T: 'static> Linker<T> {
    /// Creates a linker without definitions.
    pub fn new(engine: &Engine) -> Linker<T> {
        Linker {
            engine: engine.clone(),
            names: Names::default(),
            allow_shadowing: false,
        }
    }

    /// The linker's engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether a name may be redefined. By default, a second definition is an error.
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.allow_shadowing = allow;
        self
    }

    /// The outermost names.
    pub fn root(&mut self) -> LinkerInstance<'_, T> {
        LinkerInstance {
            engine: &self.engine,
            names: &mut self.names,
            allow_shadowing: self.allow_shadowing,
        }
    }

    /// The instance of a name, which is defined if it is not there.
    ///
    /// # Errors
    ///
    /// The name is defined as something else.
    pub fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, T>> {
        self.root().into_instance(name)
    }

    /// Defines everything that an instance in a store exports, under its names, so that other components in the store can import it. The
    /// components need not have been made for each other: their functions are linked when the other is instantiated.
    ///
    /// ```
    /// # use transom::*;
    /// # use transom::component::{Component, Linker};
    /// let engine = Engine::default();
    /// let provider = Component::new(&engine, r#"(component
    ///     (core module $m (func (export "double") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))
    ///     (core instance $i (instantiate $m))
    ///     (func (export "double") (param "x" u32) (result u32) (canon lift (core func $i "double"))))"#)?;
    /// let user = Component::new(&engine, r#"(component
    ///     (import "double" (func $double (param "x" u32) (result u32)))
    ///     (core func $double (canon lower (func $double)))
    ///     (core module $m (import "" "double" (func $double (param i32) (result i32)))
    ///         (func (export "run") (result i32) (call $double (i32.const 21))))
    ///     (core instance $i (instantiate $m (with "" (instance (export "double" (func $double))))))
    ///     (func (export "run") (result u32) (canon lift (core func $i "run"))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let mut linker = Linker::new(&engine);
    /// let provider = linker.instantiate(&mut store, &provider)?;
    /// linker.define_exports(&mut store, &provider)?;
    /// let user = linker.instantiate(&mut store, &user)?;
    /// let run = user.get_typed_func::<(), (u32,)>(&mut store, "run")?;
    /// assert_eq!(run.call(&mut store, ())?, (42,));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name is already defined, or the instance belongs to another store.
    pub fn define_exports(&mut self, store: impl AsContextMut<Data = T>, instance: &Instance) -> Result<()> {
        self.root().define_exports(store, instance)
    }

    /// The type of a component, with the resources that this linker defines.
    ///
    /// # Errors
    ///
    /// An import is not defined, or defined with another type.
    pub fn substituted_component_type(&self, component: &Component) -> Result<items::Component> {
        let (_, types) = resolve::resolve(&self.names, component)?;
        Ok(items::Component::new(types))
    }

    /// Looks up a component's imports, for repeated instantiation.
    ///
    /// # Errors
    ///
    /// An import is not defined, or defined with another type. The error names the import, both types, and where they part.
    pub fn instantiate_pre(&self, component: &Component) -> Result<InstancePre<T>> {
        ensure!(
            Engine::same(&self.engine, component.engine()),
            "cross-`Engine` instantiation is not supported: the component belongs to another engine than the linker"
        );
        let (linked, _) = resolve::resolve(&self.names, component)?;
        ensure!(
            !linked.iter().any(|linked| matches!(linked, Linked::Declared)),
            "the linker only declares what the component imports: define the exports of an instance"
        );
        Ok(InstancePre::new(component, linked))
    }

    /// Instantiates a component.
    ///
    /// # Errors
    ///
    /// As [`instantiate_pre`](Self::instantiate_pre) and [`InstancePre::instantiate`].
    pub fn instantiate(&self, store: impl AsContextMut<Data = T>, component: &Component) -> Result<Instance> {
        self.instantiate_pre(component)?.instantiate(store)
    }

    /// Declares everything that a component exports, under its names, without an instance of it, for
    /// [`link_problems`](Self::link_problems): what imports such a function cannot be instantiated. The resources that the component
    /// imports are those that this linker has, if it has all of its imports.
    ///
    /// # Errors
    ///
    /// A name is already defined.
    pub fn declare_exports(&mut self, component: &Component) -> Result<()> {
        let bound = resolve::resolve(&self.names, component);
        let types = bound.map_or_else(|_| component.declared().clone(), |(_, types)| types);
        self.root()
            .declare_entities(component, &types, &component.description().exports)
    }

    /// The imports of a component that this linker cannot link, in order, each with the reason.
    ///
    /// ```
    /// # use transom::*;
    /// # use transom::component::{Component, Linker};
    /// let engine = Engine::default();
    /// let provider = Component::new(&engine, r#"(component
    ///     (core module $m (func (export "f") (param i32)))
    ///     (core instance $i (instantiate $m))
    ///     (func (export "log") (param "level" u32) (canon lift (core func $i "f"))))"#)?;
    /// let user = Component::new(&engine, r#"(component
    ///     (import "log" (func (param "level" u8)))
    ///     (import "now" (func (result u64))))"#)?;
    /// let mut linker = Linker::<()>::new(&engine);
    /// linker.declare_exports(&provider)?;
    /// let problems = linker.link_problems(&user);
    /// assert!(problems[0].mismatch.as_ref().is_some_and(|mismatch| mismatch.contains("u32")));
    /// assert_eq!((&*problems[1].path, &problems[1].mismatch), (&["now".to_owned()][..], &None));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn link_problems(&self, component: &Component) -> Vec<LinkProblem> {
        resolve::problems(&self.names, component)
    }

    /// Defines each import of a component that is not defined yet: functions trap, and nobody makes resources.
    ///
    /// # Errors
    ///
    /// A name on the way to an import is defined as something else.
    pub fn define_unknown_imports_as_traps(&mut self, component: &Component) -> Result<()> {
        for (index, leaf) in component.description().leaves.iter().enumerate() {
            if self.names.find(&leaf.path).is_some() {
                continue;
            }
            let (name, instances) = leaf.path.split_last().expect("a path has a name");
            let mut place = self.root();
            for instance in instances {
                place = place.into_instance(instance)?;
            }
            let text = leaf.path.join("` with `");
            match &leaf.kind {
                LeafKind::Func(_) => {
                    place.func_new(name, move |_, _, _, _| {
                        bail!("unknown import: `{text}` has not been defined")
                    })?;
                }
                LeafKind::Resource(_) => {
                    let ty = ResourceType::declared(Arc::as_ptr(component.declared()) as usize, index as u32);
                    place.resource(name, ty, |_, _| Ok(()))?;
                }
                LeafKind::Module(_) => {
                    bail!("the core module `{text}` is not defined, and no other can stand for it")
                }
            }
        }
        Ok(())
    }
}

impl<'a, T: 'static> LinkerInstance<'a, T> {
    /// Defines a function of the host with static types: a tuple of the parameters, and a tuple of the result, or `()`.
    ///
    /// # Errors
    ///
    /// The name is already defined.
    pub fn func_wrap<F, Params, Return>(&mut self, name: &str, func: F) -> Result<()>
    where
        F: Fn(StoreContextMut<'_, T>, Params) -> Result<Return> + Send + Sync + 'static,
        Params: ComponentNamedList + Lift + 'static,
        Return: ComponentNamedList + Lower + 'static,
    {
        self.insert(name, Definition::Func(host_code(func)))
    }

    /// Defines a function of the host that has whichever types it is imported with. The closure must fill the places of the results.
    ///
    /// # Errors
    ///
    /// The name is already defined.
    pub fn func_new(
        &mut self,
        name: &str,
        func: impl Fn(StoreContextMut<'_, T>, ComponentFunc, &[Val], &mut [Val]) -> Result<()>
        + Send
        + Sync
        + 'static,
    ) -> Result<()> {
        self.insert(name, Definition::Func(host_code_of_values(func)))
    }

    /// Defines a function of another component in a store. Components that import it can only be instantiated in that store.
    ///
    /// # Errors
    ///
    /// The name is already defined, or the function belongs to another store.
    pub fn func(&mut self, store: impl AsContext<Data = T>, name: &str, func: Func) -> Result<()> {
        let store = store.as_context();
        let lifted = func.lifted(store.0)?;
        let definition = Definition::Lifted(func, lifted.ty, lifted.options.types.clone());
        self.insert(name, definition)
    }

    /// Defines a core module.
    ///
    /// # Errors
    ///
    /// The name is already defined.
    pub fn module(&mut self, name: &str, module: &Module) -> Result<()> {
        self.insert(name, Definition::Module(module.clone()))
    }

    /// Defines a resource of the host. `dtor` is called with the number of each resource that a component drops.
    ///
    /// # Errors
    ///
    /// The name is already defined.
    pub fn resource(
        &mut self,
        name: &str,
        ty: ResourceType,
        dtor: impl Fn(StoreContextMut<'_, T>, u32) -> Result<()> + Send + Sync + 'static,
    ) -> Result<()> {
        let destructor = numeric_host_function(self.engine, &[FlatType::I32], &[], move |store, numbers| {
            let rep = numbers[0].word();
            store.0.call_host(|store| dtor(StoreContextMut(store), rep))
        });
        self.insert(name, Definition::Resource(ty, Some(destructor)))
    }

    /// The instance of a name inside of this one, which is defined if it is not there.
    ///
    /// # Errors
    ///
    /// The name is defined as something else.
    pub fn instance(&mut self, name: &str) -> Result<LinkerInstance<'_, T>> {
        LinkerInstance {
            engine: self.engine,
            names: self.names,
            allow_shadowing: self.allow_shadowing,
        }
        .into_instance(name)
    }

    /// As [`instance`](Self::instance).
    ///
    /// # Errors
    ///
    /// As [`instance`](Self::instance).
    pub fn into_instance(self, name: &str) -> Result<Self> {
        let names = self.names.instance(name, self.allow_shadowing)?;
        Ok(LinkerInstance { names, ..self })
    }

    /// Defines everything that an instance in a store exports, in this instance; see [`Linker::define_exports`].
    ///
    /// # Errors
    ///
    /// A name is already defined, or the instance belongs to another store.
    pub fn define_exports(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        instance: &Instance,
    ) -> Result<()> {
        let mut store = store.as_context_mut();
        let exports = instance.component(&store)?.description().exports.clone();
        self.define_entities(&mut store, instance, &exports)
    }

    fn insert(&mut self, name: &str, definition: Definition<T>) -> Result<()> {
        self.names.insert(name, definition, self.allow_shadowing)
    }

    fn declare_entities(
        &mut self,
        component: &Component,
        types: &Arc<InstanceTypes>,
        exports: &Exports,
    ) -> Result<()> {
        for (name, entity) in exports {
            match entity {
                Entity::Func(def) => self.insert(name, Definition::Declared(def.ty(), types.clone()))?,
                Entity::Instance(exports) => {
                    self.instance(name)?.declare_entities(component, types, exports)?;
                }
                Entity::Module(ModuleDef::Static(index)) => self.module(name, component.module(*index))?,
                Entity::Resource(resource) => {
                    let ty = types.resource(*resource).ty;
                    self.insert(name, Definition::Resource(ty, None))?;
                }
                Entity::Module(ModuleDef::Import(_))
                | Entity::Component
                | Entity::Type(_)
                | Entity::OtherType => {}
            }
        }
        Ok(())
    }

    fn define_entities(
        &mut self,
        store: &mut StoreContextMut<'_, T>,
        instance: &Instance,
        exports: &Exports,
    ) -> Result<()> {
        for (name, entity) in exports {
            match entity {
                Entity::Func(_) => {
                    if let Some(func) = instance.entity_func(store.0, entity)? {
                        self.func(&*store, name, func)?;
                    }
                }
                Entity::Instance(exports) => {
                    let mut inner = self.instance(name)?;
                    inner.define_entities(store, instance, exports)?;
                }
                Entity::Module(_) => {
                    if let Some(module) = instance.entity_module(store.0, entity) {
                        self.module(name, &module)?;
                    }
                }
                Entity::Resource(resource) => {
                    let ty = instance.types(store.0).resource(*resource).ty;
                    self.insert(name, Definition::Resource(ty, None))?;
                }
                Entity::Component | Entity::Type(_) | Entity::OtherType => {}
            }
        }
        Ok(())
    }
}
