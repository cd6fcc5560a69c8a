//! What a component's binary defines: each component in it, with its items in order.
//!
//! The validator knows every type; items refer to its types by id. The ids of nested components remain valid when the whole has been read.

use crate::validate::Error;
use crate::wiring::{ModuleIdx, StringEncoding};
use std::ops::Range;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentCoreModuleTypeId, ComponentEntityType, ComponentFuncTypeId,
    ComponentInstanceTypeId, ResourceId,
};
use wasmparser::types::{Types, TypesRef};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind,
    ComponentType, ComponentTypeRef, Encoding, ExternalKind, Parser, Payload, ValType, Validator,
    WasmFeatures,
};

/// All components of a binary.
pub(crate) struct Definitions {
    /// The items of each component; the first is the outermost.
    pub components: Vec<Vec<Item>>,
    /// The core modules' places in the binary.
    pub modules: Vec<Range<usize>>,
    /// All types.
    pub types: Types,
}

/// Something that a component defines.
pub(crate) enum Item {
    Import(Box<str>, ComponentEntityType),
    Module(ModuleIdx),
    /// A component, by its position in [`Definitions::components`].
    Component(usize),
    CoreInstance(CoreInstanceItem),
    Instance(InstanceItem),
    /// An export of an instance.
    Alias(u32, Box<str>),
    /// An export of a core instance.
    CoreAlias(ExternalKind, u32, Box<str>),
    /// Something of a component around this one.
    Outer(ComponentOuterAliasKind, u32, u32),
    Lift {
        func: u32,
        ty: ComponentFuncTypeId,
        options: OptionsItem,
    },
    Lower {
        func: u32,
        options: OptionsItem,
    },
    ResourceNew(ResourceId),
    ResourceRep(ResourceId),
    ResourceDrop(ResourceId),
    /// Whether it writes, and the place.
    Context(bool, u32),
    /// What it adds.
    Backpressure(i32),
    /// A function of the asynchronous ABI, with its core type.
    Async(&'static str, Box<[ValType]>, Box<[ValType]>),
    Resource(ResourceId, Option<u32>),
    Export(Box<str>, Reference),
}

/// What an export or an argument refers to.
pub(crate) struct Reference {
    pub kind: ComponentExternalKind,
    pub index: u32,
    /// The type, if that is what it is.
    pub ty: Option<ComponentAnyTypeId>,
}

pub(crate) enum CoreInstanceItem {
    Instantiate(u32, Vec<(Box<str>, u32)>),
    Definitions(Vec<(Box<str>, ExternalKind, u32)>),
}

pub(crate) enum InstanceItem {
    Instantiate(u32, Vec<(Box<str>, Reference)>, ComponentInstanceTypeId),
    Definitions(Vec<(Box<str>, Reference)>),
}

#[derive(Default)]
pub(crate) struct OptionsItem {
    pub encoding: StringEncoding,
    pub memory: Option<u32>,
    pub realloc: Option<u32>,
    pub post_return: Option<u32>,
    pub callback: Option<u32>,
    pub is_async: bool,
}

/// Reads and validates a component. Bodies of functions in its modules are left to whoever compiles the modules.
///
/// # Errors
///
/// It is malformed or invalid, or needs a feature that is off.
pub(crate) fn read(binary: &[u8], features: WasmFeatures) -> Result<Definitions, Error> {
    let mut validator = Validator::new_with_features(features);
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut reader = Reader {
        components: Vec::new(),
        modules: Vec::new(),
        open: Vec::new(),
        instances: Vec::new(),
        functions: Vec::new(),
    };
    let mut types = None;
    for payload in parser.parse_all(binary) {
        let payload = payload?;
        if let Payload::End(offset) = payload {
            types = Some(validator.end(offset)?);
            reader.open.pop();
            reader.instances.pop();
            reader.functions.pop();
            continue;
        }
        // Bodies that are not asked for are not validated.
        validator.payload(&payload)?;
        if let Some(Some(_)) | None = reader.open.last() {
            reader.payload(&payload, validator.types(0))?;
        }
    }
    Ok(Definitions {
        components: reader.components,
        modules: reader.modules,
        types: types.expect("the parser ends with an end"),
    })
}

struct Reader {
    components: Vec<Vec<Item>>,
    modules: Vec<Range<usize>>,
    /// What is being read, from outside to inside: components, by position, and modules.
    open: Vec<Option<usize>>,
    /// How many instances each of them has so far.
    instances: Vec<u32>,
    /// How many core functions each of them has so far.
    functions: Vec<u32>,
}

type Read = Result<(), Error>;

impl Reader {
    fn add(&mut self, item: Item) {
        let open = self.open.last().copied().flatten();
        self.components[open.expect("items are in components")].push(item);
    }

    fn payload(&mut self, payload: &Payload<'_>, types: Option<TypesRef<'_>>) -> Read {
        match payload {
            Payload::Version { encoding, .. } => {
                // A module's beginning comes after its section, which has opened it.
                if self.open.is_empty() {
                    if *encoding == Encoding::Module {
                        return Err(Error {
                            message: "a core module is not a component".to_owned(),
                            offset: 0,
                            gate: None,
                            missing: None,
                        });
                    }
                    self.open(true);
                }
                return Ok(());
            }
            Payload::ModuleSection { unchecked_range, .. } => {
                let index = ModuleIdx::of(self.modules.len());
                self.modules
                    .push(unchecked_range.start as usize..unchecked_range.end as usize);
                self.add(Item::Module(index));
                self.open(false);
                return Ok(());
            }
            Payload::ComponentSection { .. } => {
                let index = self.components.len();
                self.add(Item::Component(index));
                self.open(true);
                return Ok(());
            }
            _ => {}
        }
        match types {
            Some(types) => self.section(payload, types),
            None => Ok(()),
        }
    }

    fn open(&mut self, component: bool) {
        self.open.push(component.then_some(self.components.len()));
        self.instances.push(0);
        self.functions.push(0);
        if component {
            self.components.push(Vec::new());
        }
    }

    fn section(&mut self, payload: &Payload<'_>, types: TypesRef<'_>) -> Read {
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    let import = import?;
                    let item = types.component_item_for_import(import.name.name);
                    let ty = item.expect("a valid import has a type").ty;
                    if let ComponentTypeRef::Instance(_) = import.ty {
                        self.count_instance();
                    }
                    self.add(Item::Import(import.name.name.into(), ty));
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Instance {
                        self.count_instance();
                    }
                    let reference = reference(types, export.kind, export.index);
                    self.add(Item::Export(export.name.name.into(), reference));
                }
            }
            Payload::ComponentTypeSection(section) => self.resources(section.clone(), types)?,
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    self.alias(&alias?);
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    let instance = core_instance(instance?);
                    self.add(Item::CoreInstance(instance));
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    self.instance(instance?, types);
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section.clone() {
                    self.canonical(function?, types);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn resources(
        &mut self,
        section: wasmparser::ComponentTypeSectionReader<'_>,
        types: TypesRef<'_>,
    ) -> Read {
        // Types that are aliased, imported or exported lie between, so the section's own are counted from its end.
        let first = types.component_type_count() - section.count();
        for (index, ty) in section.into_iter().enumerate() {
            if let ComponentType::Resource { dtor, .. } = ty? {
                let id = types.component_any_type_at(first + index as u32);
                self.add(Item::Resource(resource_of(id), dtor));
            }
        }
        Ok(())
    }

    fn count_instance(&mut self) {
        *self.instances.last_mut().expect("a component is open") += 1;
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) {
        let item = match *alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                name,
            } => {
                if kind == ComponentExternalKind::Instance {
                    self.count_instance();
                }
                Item::Alias(instance_index, name.into())
            }
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index,
                name,
            } => {
                if kind == ExternalKind::Func {
                    self.count_function();
                }
                Item::CoreAlias(kind, instance_index, name.into())
            }
            ComponentAlias::Outer { kind, count, index } => Item::Outer(kind, count, index),
        };
        self.add(item);
    }

    fn count_function(&mut self) -> u32 {
        let count = self.functions.last_mut().expect("a component is open");
        *count += 1;
        *count - 1
    }

    fn instance(&mut self, instance: wasmparser::ComponentInstance<'_>, types: TypesRef<'_>) {
        let index = *self.instances.last().expect("a component is open");
        self.count_instance();
        let item = match instance {
            wasmparser::ComponentInstance::Instantiate {
                component_index,
                args,
            } => {
                let arguments = args.iter().map(|argument| {
                    (
                        argument.name.into(),
                        reference(types, argument.kind, argument.index),
                    )
                });
                let ty = types.component_instance_at(index);
                InstanceItem::Instantiate(component_index, arguments.collect(), ty)
            }
            wasmparser::ComponentInstance::FromExports(exports) => {
                let exports = exports.iter().map(|export| {
                    (
                        export.name.name.into(),
                        reference(types, export.kind, export.index),
                    )
                });
                InstanceItem::Definitions(exports.collect())
            }
        };
        self.add(Item::Instance(item));
    }

    fn canonical(&mut self, function: CanonicalFunction, types: TypesRef<'_>) {
        let resource = |index| resource_of(types.component_any_type_at(index));
        let item = match function {
            CanonicalFunction::Lift {
                core_func_index,
                type_index,
                options: list,
            } => {
                let ComponentAnyTypeId::Func(ty) = types.component_any_type_at(type_index) else {
                    unreachable!("the type of a lifted function is that of a function")
                };
                self.add(Item::Lift {
                    func: core_func_index,
                    ty,
                    options: options(&list),
                });
                return;
            }
            CanonicalFunction::Lower {
                func_index,
                options: list,
            } => Item::Lower {
                func: func_index,
                options: options(&list),
            },
            CanonicalFunction::ResourceNew { resource: index } => Item::ResourceNew(resource(index)),
            CanonicalFunction::ResourceRep { resource: index } => Item::ResourceRep(resource(index)),
            CanonicalFunction::ResourceDrop { resource: index } => Item::ResourceDrop(resource(index)),
            CanonicalFunction::ContextGet {
                ty: ValType::I32,
                slot,
            } => Item::Context(false, slot),
            CanonicalFunction::ContextSet {
                ty: ValType::I32,
                slot,
            } => Item::Context(true, slot),
            CanonicalFunction::BackpressureInc => Item::Backpressure(1),
            CanonicalFunction::BackpressureDec => Item::Backpressure(-1),
            other => {
                let index = self.count_function();
                let ty = &types[types.core_function_at(index)];
                let ty = ty.unwrap_func();
                self.add(Item::Async(
                    name_of(&other),
                    ty.params().into(),
                    ty.results().into(),
                ));
                return;
            }
        };
        self.count_function();
        self.add(item);
    }
}

fn resource_of(id: ComponentAnyTypeId) -> ResourceId {
    match id {
        ComponentAnyTypeId::Resource(id) => id.resource(),
        _ => unreachable!("the validator has checked that it is a resource"),
    }
}

fn reference(types: TypesRef<'_>, kind: ComponentExternalKind, index: u32) -> Reference {
    let is_type = kind == ComponentExternalKind::Type;
    Reference {
        kind,
        index,
        ty: is_type.then(|| types.component_any_type_at(index)),
    }
}

fn core_instance(instance: wasmparser::Instance<'_>) -> CoreInstanceItem {
    match instance {
        wasmparser::Instance::Instantiate { module_index, args } => {
            let arguments = args.iter().map(|argument| (argument.name.into(), argument.index));
            CoreInstanceItem::Instantiate(module_index, arguments.collect())
        }
        wasmparser::Instance::FromExports(exports) => {
            let exports = exports
                .iter()
                .map(|export| (export.name.into(), export.kind, export.index));
            CoreInstanceItem::Definitions(exports.collect())
        }
    }
}

fn options(list: &[CanonicalOption]) -> OptionsItem {
    let mut options = OptionsItem::default();
    for &option in list {
        match option {
            CanonicalOption::UTF8 => options.encoding = StringEncoding::Utf8,
            CanonicalOption::UTF16 => options.encoding = StringEncoding::Utf16,
            CanonicalOption::CompactUTF16 => options.encoding = StringEncoding::CompactUtf16,
            CanonicalOption::Memory(index) => options.memory = Some(index),
            CanonicalOption::Realloc(index) => options.realloc = Some(index),
            CanonicalOption::PostReturn(index) => options.post_return = Some(index),
            CanonicalOption::Callback(index) => options.callback = Some(index),
            CanonicalOption::Async => options.is_async = true,
            // Both belong to a feature behind a gate.
            CanonicalOption::CoreType(_) | CanonicalOption::Gc => {}
        }
    }
    options
}

/// The name of a function of the asynchronous ABI in the text format.
fn name_of(function: &CanonicalFunction) -> &'static str {
    use CanonicalFunction as F;
    match function {
        F::Lift { .. } | F::Lower { .. } => "a lifted or lowered function",
        F::ResourceNew { .. } | F::ResourceRep { .. } | F::ResourceDrop { .. } => "a function of a resource",
        F::ThreadSpawnRef { .. } => "thread.spawn-ref",
        F::ThreadSpawnIndirect { .. } => "thread.spawn-indirect",
        F::ThreadAvailableParallelism => "thread.available-parallelism",
        F::BackpressureInc => "backpressure.inc",
        F::BackpressureDec => "backpressure.dec",
        F::TaskReturn { .. } => "task.return",
        F::TaskCancel => "task.cancel",
        F::ContextGet { .. } => "context.get",
        F::ContextSet { .. } => "context.set",
        F::ThreadYield => "thread.yield",
        F::SubtaskDrop => "subtask.drop",
        F::SubtaskCancel { .. } => "subtask.cancel",
        F::StreamNew { .. } => "stream.new",
        F::StreamRead { .. } => "stream.read",
        F::StreamWrite { .. } => "stream.write",
        F::StreamForward { .. } => "stream.forward",
        F::StreamCancelRead { .. } => "stream.cancel-read",
        F::StreamCancelWrite { .. } => "stream.cancel-write",
        F::StreamDropReadable { .. } => "stream.drop-readable",
        F::StreamDropWritable { .. } => "stream.drop-writable",
        F::FutureNew { .. } => "future.new",
        F::FutureRead { .. } => "future.read",
        F::FutureWrite { .. } => "future.write",
        F::FutureForward { .. } => "future.forward",
        F::FutureCancelRead { .. } => "future.cancel-read",
        F::FutureCancelWrite { .. } => "future.cancel-write",
        F::FutureDropReadable { .. } => "future.drop-readable",
        F::FutureDropWritable { .. } => "future.drop-writable",
        F::ErrorContextNew { .. } => "error-context.new",
        F::ErrorContextDebugMessage { .. } => "error-context.debug-message",
        F::ErrorContextDrop => "error-context.drop",
        F::WaitableSetNew => "waitable-set.new",
        F::WaitableSetWait { .. } => "waitable-set.wait",
        F::WaitableSetPoll { .. } => "waitable-set.poll",
        F::WaitableSetDrop => "waitable-set.drop",
        F::WaitableJoin => "waitable.join",
        F::ThreadIndex => "thread.index",
        F::ThreadNewIndirect { .. } => "thread.new-indirect",
        F::ThreadResumeLater => "thread.resume-later",
        F::ThreadSuspend => "thread.suspend",
        F::ThreadSuspendThenResume => "thread.suspend-then-resume",
        F::ThreadYieldThenResume => "thread.yield-then-resume",
        F::ThreadSuspendThenPromote => "thread.suspend-then-promote",
        F::ThreadYieldThenPromote => "thread.yield-then-promote",
    }
}

/// The core module type of an imported module.
pub(crate) fn module_type(
    types: &Types,
    id: ComponentCoreModuleTypeId,
) -> Result<crate::wiring::ModuleType, Error> {
    let ty = &types[id];
    let imports = ty.imports.iter().map(|((module, name), ty)| {
        let ty = core_type(types, *ty)?;
        Ok((module.as_str().into(), name.as_str().into(), ty))
    });
    let exports = ty
        .exports
        .iter()
        .map(|(name, ty)| Ok((name.as_str().into(), core_type(types, *ty)?)));
    Ok(crate::wiring::ModuleType {
        imports: imports.collect::<Result<_, Error>>()?,
        exports: exports.collect::<Result<_, Error>>()?,
    })
}

fn core_type(types: &Types, ty: wasmparser::types::EntityType) -> Result<crate::wiring::CoreType, Error> {
    use crate::wiring::{CoreType as C, Limits};
    use wasmparser::types::EntityType as E;
    let texts = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>();
    Ok(match ty {
        E::Func(id) | E::FuncExact(id) => C::Func {
            params: texts(types[id].unwrap_func().params()),
            results: texts(types[id].unwrap_func().results()),
        },
        E::Table(ty) => C::Table {
            element: ty.element_type.to_string(),
            limits: Limits {
                minimum: ty.initial,
                maximum: ty.maximum,
            },
        },
        E::Memory(ty) => C::Memory {
            is_64: ty.memory64,
            is_shared: ty.shared,
            limits: Limits {
                minimum: ty.initial,
                maximum: ty.maximum,
            },
        },
        E::Global(ty) => C::Global {
            content: ty.content_type.to_string(),
            is_mutable: ty.mutable,
        },
        E::Tag(id) => C::Tag {
            params: texts(types[id].unwrap_func().params()),
        },
    })
}
