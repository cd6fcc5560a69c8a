//! Components in scripts: the same directives as for modules, with values of the component model.
//!
//! Components share the store with the script's modules, but nothing else. What a component is named or registered as, other components can
//! import as an instance.

use crate::messages::{is_trap, one_line};
use crate::outcome::{Check, Verdict, fail, rejected, unexpected};
use std::collections::HashMap;
use transom::component::{Component, Instance, Linker, Val};
use transom::{Engine, Result, Store, WasmFeatures};
use wast::component::WastVal;
use wast::{QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

/// The components of a script.
pub(crate) struct Components {
    linker: Linker<()>,
    /// Features that are not frozen, and are on nevertheless.
    pub(crate) gates: WasmFeatures,
    /// The instance that a directive without a name means, if the last module was a component.
    current: Option<Instance>,
    instances: HashMap<String, Instance>,
    definition: Option<Component>,
    definitions: HashMap<String, Component>,
}

/// What a call came to.
type Results = Result<Option<Val>>;

impl Components {
    pub(crate) fn new(engine: &Engine) -> Components {
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        Components {
            linker,
            gates: WasmFeatures::empty(),
            current: None,
            instances: HashMap::new(),
            definition: None,
            definitions: HashMap::new(),
        }
    }

    /// Forgets the last component, so that directives without a name fail rather than mean an earlier one.
    pub(crate) fn forget(&mut self) {
        self.current = None;
        self.definition = None;
    }

    /// Whether a directive is about a component.
    pub(crate) fn are_meant(&self, directive: &WastDirective<'_>) -> bool {
        use WastDirective as D;
        match directive {
            D::Module(module)
            | D::ModuleDefinition(module)
            | D::AssertMalformed { module, .. }
            | D::AssertInvalid { module, .. }
            | D::AssertInvalidCustom { module, .. }
            | D::AssertMalformedCustom { module, .. } => is_component(module),
            D::AssertUnlinkable { module, .. } => matches!(module, Wat::Component(_)),
            D::AssertTrap { exec, .. }
            | D::AssertReturn { exec, .. }
            | D::AssertException { exec, .. }
            | D::AssertSuspension { exec, .. } => match exec {
                WastExecute::Wat(module) => matches!(module, Wat::Component(_)),
                WastExecute::Invoke(invoke) => self.have(invoke.module.map(|id| id.name())),
                WastExecute::Get { .. } => false,
            },
            D::Invoke(invoke) | D::AssertExhaustion { call: invoke, .. } => {
                self.have(invoke.module.map(|id| id.name()))
            }
            D::ModuleInstance { module, .. } => match module {
                Some(id) => self.definitions.contains_key(id.name()),
                None => self.definition.is_some(),
            },
            D::Register { module, .. } => self.have(module.map(|id| id.name())),
            D::Thread(_) | D::Wait { .. } => false,
        }
    }

    fn have(&self, name: Option<&str>) -> bool {
        match name {
            Some(name) => self.instances.contains_key(name),
            None => self.current.is_some(),
        }
    }

    /// Runs a directive that is about a component.
    pub(crate) fn directive(&mut self, store: &mut Store<()>, directive: WastDirective<'_>) -> Check {
        use WastDirective as D;
        match directive {
            D::Module(mut module) => {
                self.current = None;
                self.define(store.engine(), &mut module)?;
                self.instantiate(store, module.name().map(|id| id.name()), None)
            }
            D::ModuleDefinition(mut module) => self.define(store.engine(), &mut module),
            D::ModuleInstance { instance, module, .. } => {
                self.instantiate(store, instance.map(|id| id.name()), module.map(|id| id.name()))
            }
            D::Register { name, module, .. } => {
                let instance = self.instance(module.map(|id| id.name()))?;
                self.provide(store, name, &instance)
            }
            D::Invoke(invoke) => self.invoke(store, &invoke)?.map(drop).map_err(unexpected),
            D::AssertReturn { exec, results, .. } => {
                let actual = self.execute(store, exec)?.map_err(unexpected)?;
                check_result(actual.as_ref(), &results)
            }
            D::AssertTrap { exec, message, .. } => expect_trap(self.execute(store, exec)?, message),
            D::AssertExhaustion { call, message, .. } => expect_trap(self.invoke(store, &call)?, message),
            D::AssertUnlinkable { module, message, .. } => {
                let component = self
                    .compile(store.engine(), &mut QuoteWat::Wat(module))
                    .map_err(rejected)?;
                match self.linker.instantiate(store, &component) {
                    Ok(_) => Err(fail(
                        "accepted an unlinkable component",
                        format!("expected `{message}`"),
                    )),
                    Err(_) => Ok(()),
                }
            }
            D::AssertInvalid {
                mut module, message, ..
            }
            | D::AssertMalformed {
                mut module, message, ..
            }
            | D::AssertInvalidCustom {
                mut module, message, ..
            }
            | D::AssertMalformedCustom {
                mut module, message, ..
            } => match self.compile(store.engine(), &mut module) {
                Err(_) => Ok(()),
                Ok(_) => Err(fail(
                    "accepted a wrong component",
                    format!("expected `{message}`"),
                )),
            },
            D::AssertException { .. } | D::AssertSuspension { .. } | D::Thread(_) | D::Wait { .. } => {
                Err(crate::outcome::unsupported("this directive for components"))
            }
        }
    }

    fn compile(&self, engine: &Engine, module: &mut QuoteWat<'_>) -> Result<Component> {
        Component::with_gates(engine, &module.encode()?, self.gates)
    }

    fn define(&mut self, engine: &Engine, module: &mut QuoteWat<'_>) -> Check {
        self.definition = None;
        let name = module.name();
        let component = self.compile(engine, module).map_err(rejected)?;
        if let Some(name) = name {
            self.definitions.insert(name.name().to_owned(), component.clone());
        }
        self.definition = Some(component);
        Ok(())
    }

    fn instantiate(&mut self, store: &mut Store<()>, name: Option<&str>, definition: Option<&str>) -> Check {
        self.current = None;
        let found = match definition {
            Some(name) => self.definitions.get(name),
            None => self.definition.as_ref(),
        };
        let component = found
            .cloned()
            .ok_or_else(|| fail("no such component", "there is no definition, or it failed"))?;
        let instance = self
            .linker
            .instantiate(&mut *store, &component)
            .map_err(|error| fail("instantiation failed", one_line(&error)))?;
        if let Some(name) = name {
            self.instances.insert(name.to_owned(), instance);
            self.provide(store, name, &instance)?;
        }
        self.current = Some(instance);
        Ok(())
    }

    /// Lets other components import an instance by a name.
    fn provide(&mut self, store: &mut Store<()>, name: &str, instance: &Instance) -> Check {
        let mut place = self.linker.instance(name).map_err(unexpected)?;
        place.define_exports(store, instance).map_err(unexpected)
    }

    fn instance(&self, name: Option<&str>) -> std::result::Result<Instance, Verdict> {
        let found = match name {
            Some(name) => self.instances.get(name).copied(),
            None => self.current,
        };
        found.ok_or_else(|| fail("no such instance", "it is not defined, or it failed"))
    }

    fn execute(
        &mut self,
        store: &mut Store<()>,
        action: WastExecute<'_>,
    ) -> std::result::Result<Results, Verdict> {
        match action {
            WastExecute::Invoke(invoke) => self.invoke(store, &invoke),
            WastExecute::Get { .. } => Err(fail("no such export", "components export no globals")),
            WastExecute::Wat(module) => {
                let component = self
                    .compile(store.engine(), &mut QuoteWat::Wat(module))
                    .map_err(rejected)?;
                Ok(self.linker.instantiate(store, &component).map(|_| None))
            }
        }
    }

    fn invoke(
        &mut self,
        store: &mut Store<()>,
        invoke: &WastInvoke<'_>,
    ) -> std::result::Result<Results, Verdict> {
        let instance = self.instance(invoke.module.map(|id| id.name()))?;
        let func = instance
            .get_func(&mut *store, invoke.name)
            .ok_or_else(|| fail("no such export", format!("no function `{}`", invoke.name)))?;
        let arguments = invoke
            .args
            .iter()
            .map(|argument| match argument {
                WastArg::Component(value) => Ok(val(value)),
                _ => Err(fail("bad argument", "a core value for a component")),
            })
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let mut results = vec![Val::Bool(false); func.ty(&*store).results().len()];
        let outcome = func.call(store, &arguments, &mut results);
        Ok(outcome.map(|()| results.pop()))
    }
}

fn is_component(module: &QuoteWat<'_>) -> bool {
    matches!(
        module,
        QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..)
    )
}

fn expect_trap(outcome: Results, expected: &str) -> Check {
    match outcome {
        Err(error) if is_trap(&error, expected) => Ok(()),
        Err(error) => {
            let what = format!("expected `{expected}`, got `{}`", one_line(&error));
            Err(fail("wrong trap", what))
        }
        Ok(value) => Err(fail("no trap", format!("expected `{expected}`, got {value:?}"))),
    }
}

fn check_result(actual: Option<&Val>, expected: &[WastRet<'_>]) -> Check {
    match (actual, expected) {
        (None, []) => Ok(()),
        (Some(actual), [WastRet::Component(expected)]) if *actual == val(expected) => Ok(()),
        _ => Err(fail(
            "wrong result",
            format!("expected {expected:?}, got {actual:?}"),
        )),
    }
}

/// The value that a script has written.
fn val(value: &WastVal<'_>) -> Val {
    let boxed = |value: &Option<Box<WastVal<'_>>>| value.as_deref().map(val).map(Box::new);
    match value {
        WastVal::Bool(value) => Val::Bool(*value),
        WastVal::U8(value) => Val::U8(*value),
        WastVal::S8(value) => Val::S8(*value),
        WastVal::U16(value) => Val::U16(*value),
        WastVal::S16(value) => Val::S16(*value),
        WastVal::U32(value) => Val::U32(*value),
        WastVal::S32(value) => Val::S32(*value),
        WastVal::U64(value) => Val::U64(*value),
        WastVal::S64(value) => Val::S64(*value),
        WastVal::F32(value) => Val::Float32(f32::from_bits(value.bits)),
        WastVal::F64(value) => Val::Float64(f64::from_bits(value.bits)),
        WastVal::Char(value) => Val::Char(*value),
        WastVal::String(value) => Val::String((*value).to_owned()),
        WastVal::List(values) => Val::List(values.iter().map(val).collect()),
        WastVal::Map(pairs) => Val::Map(pairs.iter().map(|(key, value)| (val(key), val(value))).collect()),
        WastVal::Record(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), val(value)));
            Val::Record(fields.collect())
        }
        WastVal::Tuple(values) => Val::Tuple(values.iter().map(val).collect()),
        WastVal::Variant(name, payload) => Val::Variant((*name).to_owned(), boxed(payload)),
        WastVal::Enum(name) => Val::Enum((*name).to_owned()),
        WastVal::Option(payload) => Val::Option(boxed(payload)),
        WastVal::Result(payload) => Val::Result(match payload {
            Ok(payload) => Ok(boxed(payload)),
            Err(payload) => Err(boxed(payload)),
        }),
        WastVal::Flags(names) => Val::Flags(names.iter().map(|name| (*name).to_owned()).collect()),
    }
}
