//! The lookup of imports by name.

mod unknown;

mod asynchronous;

use crate::instance::pre::PreImport;
use crate::link_error::{LinkProblem, LinkReport, UnknownImportError, describe, difference};
use crate::store::StoreOpaque;
use crate::{
    AsContext, AsContextMut, Caller, Engine, Extern, ExternType, Func, FuncType, ImportType, Instance,
    InstancePre, IntoFunc, Module, ParsedModule, Val,
};
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use transom_error::{Context, Error, Result, ensure};
use transom_types::Escaped;
use transom_vm::{HostFunction, LinkMismatch};

/// A map from names to definitions. To instantiate a module, a linker looks up the imports of the module.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut linker = Linker::new(&engine);
/// linker.func_wrap("host", "log", |x: i32| println!("{x}"))?;
/// let module = Module::new(&engine, r#"(module
///     (import "host" "log" (func $log (param i32)))
///     (func (export "run") (call $log (i32.const 7))))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = linker.instantiate(&mut store, &module)?;
/// instance.get_typed_func::<(), ()>(&mut store, "run")?.call(&mut store, ())?;
/// # Ok::<(), Error>(())
/// ```
pub struct Linker<T> {
    engine: Engine,
    /// By module, then by name, so that a lookup needs no owned strings.
    definitions: HashMap<Arc<str>, HashMap<Arc<str>, PreImport>>,
    /// Names in the order of their definitions.
    order: Vec<(Arc<str>, Arc<str>)>,
    allow_shadowing: bool,
    allow_unknown_exports: bool,
    data: PhantomData<fn() -> T>,
}

impl<T> Clone for Linker<T> {
    fn clone(&self) -> Self {
        Linker {
            engine: self.engine.clone(),
            definitions: self.definitions.clone(),
            order: self.order.clone(),
            allow_shadowing: self.allow_shadowing,
            allow_unknown_exports: self.allow_unknown_exports,
            data: PhantomData,
        }
    }
}

impl<T: 'static> Linker<T> {
    /// Creates a linker without definitions.
    pub fn new(engine: &Engine) -> Linker<T> {
        Linker {
            engine: engine.clone(),
            definitions: HashMap::new(),
            order: Vec::new(),
            allow_shadowing: false,
            allow_unknown_exports: false,
            data: PhantomData,
        }
    }

    /// The linker's engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Whether a name may be redefined. By default, a second definition is an error.
    ///
    /// ```
    /// # use transom::*;
    /// let mut linker = Linker::<()>::default();
    /// linker.func_wrap("host", "f", || 1)?;
    /// assert!(linker.func_wrap("host", "f", || 2).is_err());
    /// linker.allow_shadowing(true).func_wrap("host", "f", || 3)?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn allow_shadowing(&mut self, allow: bool) -> &mut Self {
        self.allow_shadowing = allow;
        self
    }

    /// Whether [`module`](Self::module) accepts commands with exports other than functions and a memory. By default,
    /// such an export is an error.
    pub fn allow_unknown_exports(&mut self, allow: bool) -> &mut Self {
        self.allow_unknown_exports = allow;
        self
    }

    pub(crate) fn insert(&mut self, module: &str, name: &str, item: PreImport) -> Result<()> {
        if let Some(known) = self
            .definitions
            .get_mut(module)
            .and_then(|names| names.get_mut(name))
        {
            let (module, name) = (Escaped(module), Escaped(name));
            ensure!(self.allow_shadowing, "import of `{module}::{name}` defined twice");
            *known = item;
            return Ok(());
        }
        let key: (Arc<str>, Arc<str>) = (module.into(), name.into());
        self.order.push(key.clone());
        self.definitions.entry(key.0).or_default().insert(key.1, item);
        Ok(())
    }

    /// Defines a name as an item of a store. Modules that import the name can only be instantiated in that store.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let counter = Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Var), Val::I32(7))?;
    /// let mut linker = Linker::new(&engine);
    /// linker.define(&store, "host", "counter", counter)?;
    /// let module = Module::new(&engine, r#"(module (import "host" "counter" (global $c (mut i32)))
    ///     (func $start (global.set $c (i32.const 8))) (start $start))"#)?;
    /// linker.instantiate(&mut store, &module)?;
    /// assert_eq!(counter.get(&mut store).unwrap_i32(), 8);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The name is already defined, or `item` belongs to another store.
    pub fn define(
        &mut self,
        store: impl AsContext<Data = T>,
        module: &str,
        name: &str,
        item: impl Into<Extern>,
    ) -> Result<&mut Self> {
        let item = item.into();
        ensure!(
            item.belongs_to(store.as_context().0.vm()),
            "cannot define `{module}::{name}`: it belongs to a different store"
        );
        self.insert(module, name, PreImport::Extern(item))?;
        Ok(self)
    }

    /// Defines a name as a host function; see [`Func::wrap`]. Modules may import it with any function type that the
    /// closure fits. For example, a closure that never returns null fits an import whose result may be null.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut linker: Linker<Vec<i32>> = Linker::new(&engine);
    /// linker.func_wrap("host", "push", |mut caller: Caller<'_, Vec<i32>>, value: i32| -> Result<()> {
    ///     ensure!(value >= 0, "{value} is negative");
    ///     caller.data_mut().push(value);
    ///     Ok(())
    /// })?;
    /// let module = Module::new(&engine, r#"(module (import "host" "push" (func $push (param i32)))
    ///     (func (export "run") (call $push (i32.const 1)) (call $push (i32.const -1))))"#)?;
    /// let mut store = Store::new(&engine, Vec::new());
    /// let run = linker.instantiate(&mut store, &module)?.get_typed_func::<(), ()>(&mut store, "run")?;
    /// let error = run.call(&mut store, ()).unwrap_err();
    /// assert!(format!("{error:?}").contains("-1 is negative"));
    /// assert_eq!(*store.data(), [1]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The name is already defined.
    pub fn func_wrap<Params, Results>(
        &mut self,
        module: &str,
        name: &str,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Result<&mut Self> {
        let function = func.into_func(&self.engine);
        self.insert(module, name, PreImport::Host(Arc::new(function)))?;
        Ok(self)
    }

    /// Defines a name as a host function with an explicit type; see [`Func::new`].
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (import "env" "f" (func (param i32 i64))))"#)?;
    /// let mut linker: Linker<()> = Linker::new(&engine);
    /// // The types are known at run time only: whatever is imported is logged.
    /// for import in module.imports() {
    ///     let name = import.name().to_owned();
    ///     linker.func_new(import.module(), import.name(), import.ty().unwrap_func().clone(), move |_, params, _| {
    ///         println!("{name}({params:?})");
    ///         Ok(())
    ///     })?;
    /// }
    /// linker.instantiate(&mut Store::new(&engine, ()), &module)?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The name is already defined, or the type belongs to another engine.
    pub fn func_new(
        &mut self,
        module: &str,
        name: &str,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<&mut Self> {
        ensure!(
            Engine::same(&self.engine, ty.engine()),
            "the type of `{module}::{name}` belongs to another engine than the linker"
        );
        let function: HostFunction = crate::func::host::untyped(ty, func);
        self.insert(module, name, PreImport::Host(Arc::new(function)))?;
        Ok(self)
    }

    /// Defines all exports of an instance under a module name.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let mut linker = Linker::new(&engine);
    /// let library = Module::new(&engine, r#"(module (func (export "answer") (result i32) (i32.const 42)))"#)?;
    /// let library = linker.instantiate(&mut store, &library)?;
    /// linker.instance(&mut store, "library", library)?;
    /// let program = Module::new(&engine, r#"(module (import "library" "answer" (func $answer (result i32)))
    ///     (export "run" (func $answer)))"#)?;
    /// let program = linker.instantiate(&mut store, &program)?;
    /// assert_eq!(program.get_typed_func::<(), i32>(&mut store, "run")?.call(&mut store, ())?, 42);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name is already defined, or the instance belongs to another store.
    pub fn instance(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        instance: Instance,
    ) -> Result<&mut Self> {
        let mut store = store.as_context_mut();
        instance.ensure_store(store.0.vm())?;
        for export in instance.exports(&mut store) {
            self.insert(
                module_name,
                export.name(),
                PreImport::Extern(export.clone().into_extern()),
            )?;
        }
        Ok(self)
    }

    /// Instantiates a module and defines its exports under a module name. A *command* is a module that exports
    /// `_start`. It is instantiated again for each call of one of its functions. For other modules, the export
    /// `_initialize` is called once, if there is one.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let mut linker = Linker::new(&engine);
    /// let count = r#"(global $n (mut i32) (i32.const 0)) (func (export "count") (result i32)
    ///     (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))"#;
    /// linker.module(&mut store, "reactor", &Module::new(&engine, format!("(module {count})"))?)?;
    /// linker.module(&mut store, "command", &Module::new(&engine, format!(r#"(module {count} (func (export "_start")))"#))?)?;
    /// for (module, second) in [("reactor", 2), ("command", 1)] {
    ///     let count = linker.get(&mut store, module, "count")?.into_func().expect("a function");
    ///     let count = count.typed::<(), i32>(&store)?;
    ///     count.call(&mut store, ())?;
    ///     assert_eq!(count.call(&mut store, ())?, second, "a command begins anew at each call");
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The module cannot be instantiated or initialised, or a name is already defined.
    pub fn module(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module_name: &str,
        module: &Module,
    ) -> Result<&mut Self> {
        if module.get_export("_start").is_some() {
            return self.command(module_name, module);
        }
        let instance = self.instantiate(&mut store, module)?;
        if let Some(initialize) = instance.get_func(&mut store, "_initialize") {
            let initialize = initialize
                .typed::<(), ()>(&mut store)
                .context("calling the `_initialize` function")?;
            initialize
                .call(&mut store, ())
                .context("calling the `_initialize` function")?;
        }
        self.instance(store, module_name, instance)
    }

    fn command(&mut self, module_name: &str, module: &Module) -> Result<&mut Self> {
        let pre = self.instantiate_pre(module)?;
        for (name, ty) in self.command_functions(module)? {
            let (pre, exported) = (pre.clone(), name.clone());
            self.func_new(module_name, &name, ty, move |mut caller, params, results| {
                let instance = pre.instantiate(&mut caller)?;
                let func = instance
                    .get_func(&mut caller, &exported)
                    .expect("the module exports the function");
                func.call(&mut caller, params, results)
            })?;
        }
        Ok(self)
    }

    /// The exports of a command, all of which are functions, but for its memory.
    fn command_functions(&self, module: &Module) -> Result<Vec<(String, FuncType)>> {
        let mut functions = Vec::new();
        for export in module.exports() {
            let (name, ty) = (export.name().to_owned(), export.ty());
            match ty.func() {
                Some(ty) => functions.push((name, ty.clone())),
                None => ensure!(
                    name == "memory" && ty.memory().is_some() || self.allow_unknown_exports,
                    "command export `{name}` is not a function"
                ),
            }
        }
        Ok(functions)
    }

    /// Defines the name `as_module::as_name` as an alias of `module::name`.
    ///
    /// ```
    /// # use transom::*;
    /// let mut linker = Linker::<()>::default();
    /// linker.func_wrap("env", "log", |x: i32| println!("{x}"))?;
    /// linker.alias("env", "log", "console", "print")?;
    /// let mut store = Store::new(linker.engine(), ());
    /// assert!(linker.get(&mut store, "console", "print").is_ok());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `module::name` is not defined, or `as_module::as_name` is already defined.
    pub fn alias(&mut self, module: &str, name: &str, as_module: &str, as_name: &str) -> Result<&mut Self> {
        let item = self.definition(module, name).cloned();
        let missing = || format!("no item named `{}::{}` defined", Escaped(module), Escaped(name));
        let item = item.with_context(missing)?;
        self.insert(as_module, as_name, item)?;
        Ok(self)
    }

    /// Defines all names of the module `module` also under the module name `as_module`.
    ///
    /// ```
    /// # use transom::*;
    /// let mut linker = Linker::<()>::default();
    /// linker.func_wrap("version 2", "f", || ())?.func_wrap("version 2", "g", || ())?;
    /// linker.alias_module("version 2", "version 1")?;
    /// let mut store = Store::new(linker.engine(), ());
    /// assert!(linker.get(&mut store, "version 1", "g").is_ok());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name is already defined.
    pub fn alias_module(&mut self, module: &str, as_module: &str) -> Result<()> {
        let names: Vec<_> = self
            .order
            .iter()
            .filter(|(known, _)| &**known == module)
            .cloned()
            .collect();
        for (module, name) in names {
            self.alias(&module, &name, as_module, &name)?;
        }
        Ok(())
    }

    fn definition(&self, module: &str, name: &str) -> Option<&PreImport> {
        self.definitions.get(module)?.get(name)
    }

    /// Instantiates a module with the definitions of its imports, and runs its start function.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap("host", "f", |_: i32| ())?;
    /// let module = Module::new(&engine, r#"(module (import "host" "f" (func (param i64))) (import "host" "g" (func)))"#)?;
    /// let error = linker.instantiate(&mut Store::new(&engine, ()), &module).unwrap_err();
    /// let text = error.to_string();
    /// assert!(text.contains("host::f") && text.contains("host::g"), "it lists all of them: {text}");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Imports are undefined or have other types, and the error lists all of them; or as [`Instance::new`].
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>, module: &Module) -> Result<Instance> {
        let store = store.as_context_mut();
        ensure!(
            Engine::same(&self.engine, store.engine()),
            "the linker belongs to another engine than the store"
        );
        self.resolve(module, Some(store.0.vm()))?.instantiate(store)
    }

    /// Looks up the imports of a module, for repeated instantiation.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut linker: Linker<u32> = Linker::new(&engine);
    /// linker.func_wrap("host", "id", |caller: Caller<'_, u32>| *caller.data())?;
    /// let module = Module::new(&engine, r#"(module (import "host" "id" (func $id (result i32))) (export "id" (func $id)))"#)?;
    /// let pre = linker.instantiate_pre(&module)?;
    /// for request in 0..3 {
    ///     let mut store = Store::new(&engine, request);
    ///     let id = pre.instantiate(&mut store)?.get_typed_func::<(), u32>(&mut store, "id")?;
    ///     assert_eq!(id.call(&mut store, ())?, request);
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Imports are undefined, or are host functions of other types. The error lists all of them.
    pub fn instantiate_pre(&self, module: &Module) -> Result<InstancePre<T>> {
        self.resolve(module, None)
    }

    /// Looks up the imports of a module. Items of a store can be checked only if the store is given.
    fn resolve(&self, module: &Module, store: Option<&transom_vm::Store>) -> Result<InstancePre<T>> {
        ensure!(
            Engine::same(&self.engine, module.engine()),
            "the module belongs to another engine than the linker"
        );
        let mut items = Vec::with_capacity(module.imports().len());
        let mut problems = Vec::new();
        let mut first_unknown = None;
        for (position, import) in module.description().imports.iter().enumerate() {
            let expected = module.description().extern_type(import.entity);
            let Some(item) = self.definition(&import.module, &import.name) else {
                let ty = ExternType::lift(&self.engine, &expected);
                let (module, name) = (import.module.clone(), import.name.clone());
                let error = UnknownImportError::new(module, name, ty);
                problems.push(error.to_string());
                first_unknown.get_or_insert(error);
                continue;
            };
            let item = self.fit(item, &expected);
            if let Some(mismatch) = self.check(&item, position, expected, store)? {
                problems.push(describe(module, &mismatch));
            }
            items.push(item);
        }
        if problems.is_empty() {
            return Ok(InstancePre::new(module, items));
        }
        Err(match first_unknown {
            Some(error) if problems.len() == 1 => Error::new(error),
            Some(error) => Error::new(error).context(LinkReport(problems)),
            None => Error::new(LinkReport(problems)),
        })
    }

    /// The imports of a module that cannot be linked, in their order: those that are not defined, and those with another type
    /// than their definition.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap("host", "log", |x: i32| println!("{x}"))?;
    /// let text = r#"(module (import "host" "log" (func (param i64))) (import "host" "exit" (func)))"#;
    /// let problems = linker.link_problems(&mut Store::new(&engine, ()), &ParsedModule::new(&engine, text)?)?;
    /// assert!(problems[0].mismatch.as_ref().unwrap().contains("i64"));
    /// assert_eq!((&*problems[1].name, &problems[1].mismatch), ("exit", &None));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The linker or the module belongs to another engine than the store.
    pub fn link_problems(
        &self,
        store: impl AsContext<Data = T>,
        module: &ParsedModule,
    ) -> Result<Vec<LinkProblem>> {
        let store = store.as_context();
        let engines = [&self.engine, module.engine()];
        ensure!(
            engines.iter().all(|engine| Engine::same(engine, store.engine())),
            "the linker, the module and the store belong to different engines"
        );
        let description = module.description();
        let mut problems = Vec::new();
        for (position, import) in description.imports.iter().enumerate() {
            let mismatch = match self.definition(&import.module, &import.name) {
                None => None,
                Some(item) => {
                    let expected = description.extern_type(import.entity);
                    let item = self.fit(item, &expected);
                    match self.check(&item, position, expected, Some(store.0.vm()))? {
                        None => continue,
                        Some(mismatch) => Some(difference(self.engine.registry(), &mismatch)),
                    }
                }
            };
            problems.push(LinkProblem {
                module: import.module.to_string(),
                name: import.name.to_string(),
                mismatch,
            });
        }
        Ok(problems)
    }

    /// The item for an import. If a closure fits the type of the import, the item is the closure with that type,
    /// because the Rust types only state which values the closure takes and returns.
    fn fit(&self, item: &PreImport, expected: &transom_types::ExternType) -> PreImport {
        let (PreImport::Host(function), transom_types::ExternType::Func(expected)) = (item, expected) else {
            return item.clone();
        };
        let registry = self.engine.registry();
        if registry.is_subtype_id(function.ty.id(), *expected) {
            return item.clone();
        }
        let expected = registry
            .lookup(*expected)
            .expect("the module keeps the types of its imports");
        function
            .with_type(&expected, registry)
            .map_or_else(|| item.clone(), |fitted| PreImport::Host(Arc::new(fitted)))
    }

    /// The difference between the type of a definition and the type of an import.
    fn check(
        &self,
        item: &PreImport,
        import: usize,
        expected: transom_types::ExternType,
        store: Option<&transom_vm::Store>,
    ) -> Result<Option<LinkMismatch>> {
        let actual = match (item, store) {
            (PreImport::Host(function), _) => transom_types::ExternType::Func(function.ty.id()),
            (PreImport::Extern(external), Some(store)) => external.lowered_type(store)?,
            (PreImport::Extern(_), None) => return Ok(None),
        };
        let mismatch = self.engine.registry().explain_extern(&actual, &expected);
        Ok(mismatch.map(|mismatch| {
            let explanation = mismatch.to_string();
            LinkMismatch {
                import,
                expected,
                actual,
                explanation,
            }
        }))
    }

    /// All definitions, in the order of their creation. Host functions become functions of the store.
    ///
    /// ```
    /// # use transom::*;
    /// let mut linker = Linker::<()>::default();
    /// linker.func_wrap("a", "f", || ())?.func_wrap("b", "g", || ())?;
    /// let mut store = Store::new(linker.engine(), ());
    /// let names: Vec<_> = linker.iter(&mut store).map(|(module, name, _)| format!("{module}.{name}")).collect();
    /// assert_eq!(names, ["a.f", "b.g"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn iter<'a: 'p, 'p>(
        &'a self,
        mut store: impl AsContextMut<Data = T> + 'p,
    ) -> impl Iterator<Item = (&'a str, &'a str, Extern)> + 'p {
        self.order.iter().filter_map(move |(module, name)| {
            Some((&**module, &**name, self.lookup(&mut store, module, name)?))
        })
    }

    /// The definition of a name. Host functions become functions of the store.
    ///
    /// # Errors
    ///
    /// The name is undefined, or the adapter for a host function cannot be created.
    pub fn get(&self, store: impl AsContextMut<Data = T>, module: &str, name: &str) -> Result<Extern> {
        let definition = self
            .definition(module, name)
            .with_context(|| format!("missing definition for `{}::{}`", Escaped(module), Escaped(name)))?;
        item_of(store, definition)
    }

    /// The definition of a name, or `None` if it is undefined or cannot be created.
    fn lookup(&self, store: impl AsContextMut<Data = T>, module: &str, name: &str) -> Option<Extern> {
        item_of(store, self.definition(module, name)?).ok()
    }

    /// The definition for an import, or `None` if it is undefined.
    ///
    /// # Panics
    ///
    /// If the adapter for a host function cannot be created; see [`try_get_by_import`](Self::try_get_by_import).
    pub fn get_by_import(
        &self,
        store: impl AsContextMut<Data = T>,
        import: &ImportType<'_>,
    ) -> Option<Extern> {
        self.try_get_by_import(store, import)
            .expect("an adapter for a host function")
    }

    /// The definition for an import, or `None` if it is undefined.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap("host", "f", || ())?;
    /// let module = Module::new(&engine, r#"(module (import "host" "f" (func)) (import "host" "g" (func)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let mut found = Vec::new();
    /// for import in module.imports() {
    ///     found.push(linker.try_get_by_import(&mut store, &import)?.is_some());
    /// }
    /// assert_eq!(found, [true, false]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The adapter for a host function cannot be created.
    pub fn try_get_by_import(
        &self,
        store: impl AsContextMut<Data = T>,
        import: &ImportType<'_>,
    ) -> Result<Option<Extern>> {
        let definition = self.definition(import.module(), import.name());
        definition
            .map(|definition| item_of(store, definition))
            .transpose()
    }

    /// The default function of a module: the export with the empty name, else `_start`, else a function that does
    /// nothing.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut linker = Linker::new(&engine);
    /// linker.func_wrap("host", "exit", |code: i32| -> Result<()> { bail!("exit with {code}") })?;
    /// let program = Module::new(&engine, r#"(module (import "host" "exit" (func $exit (param i32)))
    ///     (func (export "_start") (call $exit (i32.const 3))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// linker.module(&mut store, "", &program)?;
    /// let error = linker.get_default(&mut store, "")?.call(&mut store, &[], &mut []).unwrap_err();
    /// assert_eq!(error.root_cause().to_string(), "exit with 3");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The export is not a function.
    pub fn get_default(&self, mut store: impl AsContextMut<Data = T>, module: &str) -> Result<Func> {
        for name in ["", "_start"] {
            if let Some(external) = self.lookup(&mut store, module, name) {
                return external
                    .into_func()
                    .with_context(|| format!("default export in `{}` is not a function", Escaped(module)));
            }
        }
        Ok(Func::wrap(store, || {}))
    }
}

/// A definition as an item of a store.
fn item_of<T: 'static>(mut store: impl AsContextMut<Data = T>, definition: &PreImport) -> Result<Extern> {
    match definition {
        PreImport::Extern(external) => Ok(external.clone()),
        PreImport::Host(function) => {
            let store = store.as_context_mut();
            Func::of_host(store.0, function.clone()).map(Extern::Func)
        }
    }
}

impl<T: 'static> Default for Linker<T> {
    /// Creates a linker of a new engine with the default configuration.
    ///
    /// # Panics
    ///
    /// If the machine does not support a feature that Transom requires.
    fn default() -> Linker<T> {
        Linker::new(&Engine::default())
    }
}

impl<T> fmt::Debug for Linker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linker")
            .field("definitions", &self.order)
            .finish_non_exhaustive()
    }
}
