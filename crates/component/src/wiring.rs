//! A component as it is instantiated: its tree of components and instances is flattened.
//!
//! Which definition an import of a nested component or module refers to is known statically, but for the imports of the component itself.
//! So nested components and instances do not exist any more at run time: what is left are core modules to instantiate, functions to
//! create between them, and where an import of the component is reached.

use crate::types::definitions::index;
use crate::types::{FlatType, FuncTypeIdx, ResourceIdx, Types, ValType};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

index! {
    /// A core module in the component's binary.
    ModuleIdx
}
index! {
    /// A core instance, in the order of their creation.
    CoreInstanceIdx
}
index! {
    /// An instance of a component in the component. Each has a table of handles.
    InstanceIdx
}
index! {
    /// A definition that must be imported.
    ImportIdx
}
index! {
    /// A core function that calls or implements something of the component model.
    TrampolineIdx
}
index! {
    /// A function that is lifted from a core function.
    LiftIdx
}

/// A valid component, ready to be instantiated.
#[derive(Debug, Default)]
pub struct Component {
    /// The types, with the component's resources.
    pub types: Types,
    /// The core modules' places in the binary.
    pub modules: Vec<Range<usize>>,
    /// The resource types.
    pub resources: Vec<Resource>,
    /// What must be imported, one by one.
    pub leaves: Vec<Leaf>,
    /// The imports, by name.
    pub imports: Exports,
    /// The exports, by name.
    pub exports: Exports,
    /// What happens at the instantiation, in this order.
    pub steps: Vec<Step>,
    /// Core functions that modules import or that are lifted, made by nobody's module.
    pub trampolines: Vec<Trampoline>,
    /// Lifted functions.
    pub lifts: Vec<Lift>,
    /// The instances whose calls have numbers for themselves.
    pub with_context: BTreeSet<InstanceIdx>,
    /// The number of component instances.
    pub instances: usize,
    /// The number of core instances.
    pub core_instances: usize,
}

/// A resource type of a component.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    /// The name that it was first imported or exported with.
    pub name: Option<Box<str>>,
    /// Where it comes from.
    pub origin: ResourceOrigin,
}

/// Where a resource type comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ResourceOrigin {
    /// It is imported.
    Import(ImportIdx),
    /// An instance defines it.
    Defined {
        /// The instance.
        instance: InstanceIdx,
        /// Who is called with the representation when an owned handle is dropped.
        destructor: Option<CoreDef>,
    },
    /// It stands for a resource in the type of a component that is not instantiated here.
    Abstract,
}

/// A definition that must be imported.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The name of the import; then the names of the exports of instances that lead to the definition.
    pub path: Vec<Box<str>>,
    /// What is expected.
    pub kind: LeafKind,
}

/// What is expected of an import.
#[derive(Clone, Debug)]
pub enum LeafKind {
    /// A function.
    Func(FuncTypeIdx),
    /// A core module.
    Module(Arc<ModuleType>),
    /// A resource type.
    Resource(ResourceIdx),
}

/// The type of a core module that is imported.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct ModuleType {
    /// What it may import: by two names.
    pub imports: Vec<(Box<str>, Box<str>, CoreType)>,
    /// What it must export.
    pub exports: Vec<(Box<str>, CoreType)>,
}

/// The type of a core definition. Types of values are in words.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "core types")]
pub enum CoreType {
    Func {
        params: Vec<String>,
        results: Vec<String>,
    },
    Table {
        element: String,
        limits: Limits,
    },
    Memory {
        is_64: bool,
        is_shared: bool,
        limits: Limits,
    },
    Global {
        content: String,
        is_mutable: bool,
    },
    Tag {
        params: Vec<String>,
    },
}

/// The size of a table or memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "as in core modules")]
pub struct Limits {
    pub minimum: u64,
    pub maximum: Option<u64>,
}

impl Limits {
    /// Whether something with these limits can stand for what has others.
    pub fn fits(self, expected: Limits) -> bool {
        self.minimum >= expected.minimum
            && expected
                .maximum
                .is_none_or(|most| self.maximum.is_some_and(|maximum| maximum <= most))
    }
}

/// What is imported or exported.
#[derive(Clone, Debug)]
pub enum Entity {
    /// A function.
    Func(FuncDef),
    /// An instance.
    Instance(Arc<Exports>),
    /// A core module.
    Module(ModuleDef),
    /// A component, which no other is made of here.
    Component,
    /// A resource type.
    Resource(ResourceIdx),
    /// The type of values.
    Type(ValType),
    /// The type of something else.
    OtherType,
}

/// What an instance exports, or a component imports or exports, in order.
pub type Exports = IndexMap<Box<str>, Entity>;

/// A function of the component model.
#[derive(Clone, Copy, Debug)]
pub enum FuncDef {
    /// It is imported.
    Import(ImportIdx, FuncTypeIdx),
    /// It is lifted from a core function.
    Lift(LiftIdx, FuncTypeIdx),
}

impl FuncDef {
    /// The function's type.
    pub fn ty(self) -> FuncTypeIdx {
        match self {
            FuncDef::Import(_, ty) | FuncDef::Lift(_, ty) => ty,
        }
    }
}

/// A core module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModuleDef {
    /// One in the component's binary.
    Static(ModuleIdx),
    /// An imported one.
    Import(ImportIdx),
}

/// A core definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CoreDef {
    /// The export of an instance.
    Export(CoreInstanceIdx, Arc<str>),
    /// A function that no module defines.
    Trampoline(TrampolineIdx),
}

/// Where a module's imports with one module name come from.
#[derive(Clone, Debug)]
pub enum CoreInstance {
    /// An instance of a module.
    Instantiated(CoreInstanceIdx),
    /// A list of definitions.
    Definitions(Arc<BTreeMap<Box<str>, CoreDef>>),
}

impl CoreInstance {
    /// The definition of a name. An instance of a module may turn out not to have it.
    pub fn get(&self, name: &str) -> Option<CoreDef> {
        match self {
            CoreInstance::Instantiated(instance) => Some(CoreDef::Export(*instance, name.into())),
            CoreInstance::Definitions(definitions) => definitions.get(name).cloned(),
        }
    }
}

/// A step of the instantiation.
#[derive(Clone, Debug)]
pub enum Step {
    /// Instantiates a module. The core instance's index is the number of such steps before.
    Instantiate {
        /// The module.
        module: ModuleDef,
        /// Where its imports come from, by their module names.
        arguments: BTreeMap<Box<str>, CoreInstance>,
    },
    /// Creates a resource type.
    Resource(ResourceIdx),
    /// Creates a core function. What it refers to is there.
    Trampoline(TrampolineIdx),
}

/// How the strings of a component are encoded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum StringEncoding {
    /// Bytes of UTF-8.
    #[default]
    Utf8,
    /// Units of 16 bits.
    Utf16,
    /// Bytes of Latin-1, or units of 16 bits if the length's highest bit is set.
    CompactUtf16,
}

/// The options of a lifted or lowered function.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// How strings are encoded.
    pub encoding: StringEncoding,
    /// The memory of pointers.
    pub memory: Option<CoreDef>,
    /// Who allocates in that memory.
    pub realloc: Option<CoreDef>,
    /// Who is called after the results have been read.
    pub post_return: Option<CoreDef>,
    /// Who continues an asynchronous call.
    pub callback: Option<CoreDef>,
    /// Whether calls return before they are done.
    pub is_async: bool,
}

/// A function that is lifted from a core function.
#[derive(Clone, Debug)]
pub struct Lift {
    /// The core function.
    pub func: CoreDef,
    /// The type of the lifted function.
    pub ty: FuncTypeIdx,
    /// The instance that it belongs to.
    pub instance: InstanceIdx,
    /// Its options.
    pub options: Options,
}

/// A core function that no module defines.
#[derive(Clone, Debug)]
pub enum Trampoline {
    /// Calls a function of the component model.
    Lower {
        /// The function.
        func: FuncDef,
        /// The instance that calls.
        instance: InstanceIdx,
        /// Its options.
        options: Options,
    },
    /// Makes an owned handle of a representation.
    ResourceNew(InstanceIdx, ResourceIdx),
    /// The representation of a handle.
    ResourceRep(InstanceIdx, ResourceIdx),
    /// Gives up a handle.
    ResourceDrop(InstanceIdx, ResourceIdx),
    /// Reads a number that each call of the instance has for itself: at this place of two.
    ContextGet(InstanceIdx, u32),
    /// Writes such a number.
    ContextSet(InstanceIdx, u32),
    /// Adds to the number of reasons why asynchronous calls must wait, or takes one away.
    Backpressure(InstanceIdx, i32),
    /// A function of the asynchronous ABI.
    Async {
        /// The instance that calls.
        instance: InstanceIdx,
        /// Its name in the text format.
        name: &'static str,
        /// Its core type.
        params: Box<[FlatType]>,
        /// Its core type.
        results: Box<[FlatType]>,
    },
}
