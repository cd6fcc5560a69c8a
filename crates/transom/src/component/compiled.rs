//! Components that are decoded and validated, with their modules.

use super::instance_types::{InstanceTypes, KnownResource};
use super::resource_type::ResourceType;
use super::types::items::{self, ComponentItem};
use crate::WasmFeatures;
use crate::{Engine, Module};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use transom_component::wiring::{self, Entity, Exports};
use transom_error::{Context, Error, Result};

/// A component, ready to be instantiated. A clone is cheap and refers to the same component.
///
/// ```
/// # use transom::*;
/// # use transom::component::Component;
/// let engine = Engine::default();
/// let component = Component::new(&engine, r#"(component (import "log" (func (param "message" string))))"#)?;
/// let ty = component.component_type();
/// assert_eq!(ty.imports(&engine).next().unwrap().0, "log");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct Component(Arc<Inner>);

struct Inner {
    engine: Engine,
    modules: Vec<Module>,
    /// The types, with resources that are only declared.
    types: Arc<InstanceTypes>,
    exports: ExportTables,
}

/// All exports, those of instances among them, in a row.
#[derive(Default)]
struct ExportTables {
    /// Instances, with the position of their first export.
    tables: Vec<(Arc<Exports>, u32)>,
    /// The positions of the first exports of instances, by their addresses.
    firsts: HashMap<usize, u32>,
    /// For each export, its instance and the position there.
    places: Vec<(u32, u32)>,
}

impl ExportTables {
    fn of(exports: &Exports) -> ExportTables {
        let mut tables = ExportTables::default();
        tables.add(&Arc::new(exports.clone()));
        let mut next = 0;
        while let Some((exports, _)) = tables.tables.get(next) {
            let exports = exports.clone();
            for entity in exports.values() {
                if let Entity::Instance(exports) = entity {
                    tables.add(exports);
                }
            }
            next += 1;
        }
        tables
    }

    fn find(&self, exports: &Arc<Exports>) -> Option<u32> {
        self.firsts.get(&Arc::as_ptr(exports).addr()).copied()
    }

    fn add(&mut self, exports: &Arc<Exports>) {
        let (table, first) = (self.tables.len() as u32, self.places.len() as u32);
        let std::collections::hash_map::Entry::Vacant(entry) = self.firsts.entry(Arc::as_ptr(exports).addr())
        else {
            return;
        };
        entry.insert(first);
        self.tables.push((exports.clone(), first));
        self.places
            .extend((0..exports.len() as u32).map(|position| (table, position)));
    }

    fn entity(&self, index: u32) -> &Entity {
        let (table, position) = self.places[index as usize];
        &self.tables[table as usize].0[position as usize]
    }
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Component")
            .field("modules", &self.0.modules.len())
            .field("exports", &self.0.types.component.exports.len())
            .finish_non_exhaustive()
    }
}

/// The place of an export of a component. It replaces repeated lookups by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ComponentExportIndex {
    component: usize,
    index: u32,
}

/// What says which export is meant: a name, or a [`ComponentExportIndex`].
pub trait ExportLookup {
    #[doc(hidden)]
    fn lookup(&self, component: &Component) -> Option<ComponentExportIndex>;
}

impl<L: ExportLookup + ?Sized> ExportLookup for &L {
    fn lookup(&self, component: &Component) -> Option<ComponentExportIndex> {
        L::lookup(self, component)
    }
}

impl ExportLookup for str {
    fn lookup(&self, component: &Component) -> Option<ComponentExportIndex> {
        component.find(None, self)
    }
}

impl ExportLookup for String {
    fn lookup(&self, component: &Component) -> Option<ComponentExportIndex> {
        component.find(None, self)
    }
}

impl ExportLookup for ComponentExportIndex {
    fn lookup(&self, component: &Component) -> Option<ComponentExportIndex> {
        (self.component == component.address()).then_some(*self)
    }
}

impl Component {
    /// Reads a component in the binary or the text format, and validates it. Functions of its modules are compiled as the engine's configuration
    /// says.
    ///
    /// # Errors
    ///
    /// It is malformed or invalid, needs a feature that is off, or imports a component.
    pub fn new(engine: &Engine, bytes: impl AsRef<[u8]>) -> Result<Component> {
        let binary = transom_module::bytes_to_component(bytes.as_ref())?;
        Component::from_binary(engine, &binary)
    }

    /// Reads a component from a file; see [`new`](Self::new).
    ///
    /// # Errors
    ///
    /// The file cannot be read; and as [`new`](Self::new).
    pub fn from_file(engine: &Engine, file: impl AsRef<Path>) -> Result<Component> {
        let file = file.as_ref();
        let bytes = std::fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        Component::new(engine, bytes)
    }

    /// Reads a component in the binary format; see [`new`](Self::new).
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_binary(engine: &Engine, binary: &[u8]) -> Result<Component> {
        Component::with_gates(engine, binary, WasmFeatures::empty())
    }

    /// As [`from_binary`](Self::from_binary), with features that are not frozen: for tests of what is done with them so far.
    ///
    /// # Errors
    ///
    /// As [`from_binary`](Self::from_binary).
    #[doc(hidden)]
    pub fn with_gates(engine: &Engine, binary: &[u8], gates: WasmFeatures) -> Result<Component> {
        let features = engine.config().features | gates;
        let description = wiring::Component::new(binary, features).map_err(Error::new)?;
        let modules = description
            .modules
            .iter()
            .enumerate()
            .map(|(index, range)| {
                let module = Module::from_binary(engine, &binary[range.clone()]);
                module.with_context(|| format!("core module {index}, at offset {:#x}", range.start))
            })
            .collect::<Result<Vec<_>>>()?;
        let component = Arc::new(description);
        let address = Arc::as_ptr(&component) as usize;
        let resources = (0..component.resources.len() as u32).map(|position| KnownResource {
            ty: ResourceType::declared(address, position),
            key: u32::MAX,
            destructor: None,
        });
        let types = Arc::new(InstanceTypes {
            resources: resources.collect(),
            component,
        });
        Ok(Component(Arc::new(Inner {
            engine: engine.clone(),
            modules,
            exports: ExportTables::of(&types.component.exports),
            types,
        })))
    }

    /// The component's engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The core modules that it contains, those of components inside of it among them. Modules that it imports are not.
    ///
    /// ```
    /// # use transom::*;
    /// # use transom::component::Component;
    /// let component = Component::new(&Engine::default(), r#"(component (core module (func)) (core module))"#)?;
    /// assert_eq!(component.modules().len(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn modules(&self) -> impl ExactSizeIterator<Item = &Module> + '_ {
        self.0.modules.iter()
    }

    /// The imports and exports with their types.
    pub fn component_type(&self) -> items::Component {
        items::Component::new(self.0.types.clone())
    }

    /// An export, by its name: of the component, or of an instance that it exports.
    pub fn get_export(
        &self,
        instance: Option<&ComponentExportIndex>,
        name: &str,
    ) -> Option<(ComponentItem, ComponentExportIndex)> {
        let index = self.find(instance, name)?;
        let item = ComponentItem::of(&self.0.types, self.entity(index)?)?;
        Some((item, index))
    }

    /// The place of an export, by its name: of the component, or of an instance that it exports.
    ///
    /// ```
    /// # use transom::*;
    /// # use transom::component::Component;
    /// let engine = Engine::default();
    /// let component = Component::new(&engine, r#"(component
    ///     (core module $m (func (export "f")))
    ///     (core instance $i (instantiate $m))
    ///     (func $f (canon lift (core func $i "f")))
    ///     (instance (export "a:b/c") (export "f" (func $f))))"#)?;
    /// let instance = component.get_export_index(None, "a:b/c").expect("it is exported");
    /// assert!(component.get_export_index(Some(&instance), "f").is_some());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn get_export_index(
        &self,
        instance: Option<&ComponentExportIndex>,
        name: &str,
    ) -> Option<ComponentExportIndex> {
        self.find(instance, name)
    }

    fn find(&self, instance: Option<&ComponentExportIndex>, name: &str) -> Option<ComponentExportIndex> {
        let tables = &self.0.exports;
        let (exports, first) = match instance {
            None => (&tables.tables[0].0, 0),
            Some(&index) => match self.entity(index)? {
                Entity::Instance(exports) => (exports, tables.find(exports)?),
                _ => return None,
            },
        };
        let position = exports.get_index_of(name)?;
        Some(ComponentExportIndex {
            component: self.address(),
            index: first + position as u32,
        })
    }

    /// The export at a place, if that is one of this component.
    pub(crate) fn entity(&self, index: ComponentExportIndex) -> Option<&Entity> {
        (index.component == self.address()).then(|| self.0.exports.entity(index.index))
    }

    fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    pub(crate) fn description(&self) -> &Arc<wiring::Component> {
        &self.0.types.component
    }

    /// The types, with resources that are only declared.
    pub(crate) fn declared(&self) -> &Arc<InstanceTypes> {
        &self.0.types
    }

    pub(crate) fn module(&self, index: wiring::ModuleIdx) -> &Module {
        &self.0.modules[index.index()]
    }
}
