//! The modules of a script in one store, by their names: what directives define, import, call and read.
//!
//! A module has a name for the script (`$name`), and after `register` a name for imports. Imports find registered names
//! first. The specification has no other rule; Wasmtime's runner also finds modules by the script's names, and so does
//! this one, unless it is strict. For two modules of a name, the later one counts, with all its exports.
//!
//! A thread of a script has a session of its own. It holds nothing of the script's modules, except the shared memories of
//! the module that is named as shared.

use crate::components::Components;
use crate::outcome::{Check, Verdict, fail, rejected, unsupported};
use crate::{spectest, values};
use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use transom::{Engine, Extern, Func, Instance, Linker, Module, Result, SharedMemory, Store, Val};
use wast::{QuoteWat, WastArg, WastExecute, WastInvoke};

/// Turns a module of a script into bytes. An error means that the text is malformed.
pub type Encoder = fn(&mut QuoteWat<'_>) -> Result<Vec<u8>>;

/// What an action came to: values, or an error that may be what the script expects.
pub(crate) type Results = Result<Vec<Val>>;

/// Rules that hold for all threads of a script.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// How modules become bytes.
    pub(crate) encoder: Encoder,
    /// Whether imports find registered names only.
    pub(crate) strict_names: bool,
    /// How functions are called and modules are instantiated.
    pub(crate) calls: Calls,
}

/// How functions are called and modules are instantiated.
#[derive(Clone, Copy)]
pub(crate) enum Calls {
    Plain,
    /// Asynchronously; programs leave their stacks whenever they have used so much fuel, if it is counted.
    Asynchronous {
        interval: u64,
    },
}

/// Polls a future until it is done, and counts how often it was not. Nothing in it waits for anything: it is pending when a program lets
/// others run.
fn run<F: Future>(pending: &mut u64, future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => *pending += 1,
        }
    }
}

/// The modules of a script, or of one of its threads.
pub(crate) struct Session {
    pub(crate) store: Store<()>,
    pub(crate) rules: Rules,
    host: Linker<()>,
    pub(crate) components: Components,
    /// The instance that a directive without a name means, if the last module was instantiated.
    pub(crate) current: Option<Instance>,
    instances: HashMap<String, Provider>,
    registry: HashMap<String, Provider>,
    definition: Option<Module>,
    definitions: HashMap<String, Module>,
    /// How often programs have left their stacks.
    pub(crate) suspensions: u64,
}

/// Something that has exports.
#[derive(Clone)]
enum Provider {
    Instance(Instance),
    /// A module of another thread: its shared memories are all that this thread can use.
    Shared(Arc<HashMap<String, SharedMemory>>),
}

impl Session {
    /// A session that has the modules of the host, and none of the script.
    ///
    /// # Errors
    ///
    /// If the engine can't run the module that provides `spectest`.
    pub(crate) fn new(engine: &Engine, rules: Rules) -> Result<Self> {
        let mut store = Store::new(engine, ());
        let mut host = Linker::new(engine);
        host.allow_shadowing(true);
        spectest::define(&mut host, &mut store)?;
        let mut session = Session {
            store,
            rules,
            host,
            components: Components::new(engine),
            current: None,
            instances: HashMap::new(),
            registry: HashMap::new(),
            definition: None,
            definitions: HashMap::new(),
            suspensions: 0,
        };
        session.prepare()?;
        Ok(session)
    }

    /// Prepares the store for the calls that the rules ask for.
    ///
    /// # Errors
    ///
    /// The interval of asynchronous calls is 0.
    pub(crate) fn prepare(&mut self) -> Result<()> {
        if let Calls::Asynchronous { interval } = self.rules.calls
            && self.store.get_fuel().is_ok()
        {
            self.store.set_fuel(u64::MAX)?;
            self.store.fuel_async_yield_interval(Some(interval))?;
        }
        Ok(())
    }

    /// The session of a thread: it has the definitions of this one, and the shared memories of one module.
    pub(crate) fn thread(&self, shared: Option<&str>) -> std::result::Result<Session, Verdict> {
        let shared = match shared {
            Some(name) => Some((name.to_owned(), self.shared(name)?)),
            None => None,
        };
        let session = Session::new(self.store.engine(), self.rules);
        let mut session = session.map_err(|error| fail("no thread", format!("{error:#}")))?;
        session.instances.extend(shared);
        session.definitions = self.definitions.clone();
        session.definition = self.definition.clone();
        Ok(session)
    }

    /// What another thread sees of a module.
    fn shared(&self, name: &str) -> std::result::Result<Provider, Verdict> {
        let instance = match self.named(name) {
            Some(Provider::Instance(instance)) => instance,
            Some(shared) => return Ok(shared.clone()),
            None => return Err(no_instance(Some(name))),
        };
        let module = instance.module(&self.store);
        let memories = module.exports().filter_map(|export| {
            let memory = instance.get_shared_memory(&self.store, export.name())?;
            Some((export.name().to_owned(), memory))
        });
        Ok(Provider::Shared(Arc::new(memories.collect())))
    }

    /// Forgets the last module, so that directives without a name fail rather than mean an earlier one.
    pub(crate) fn forget(&mut self) {
        self.current = None;
        self.definition = None;
        self.components.forget();
    }

    /// `module`
    pub(crate) fn module(&mut self, module: &mut QuoteWat<'_>) -> Check {
        self.current = None;
        self.define(module)?;
        self.instantiate(module.name().map(|name| name.name()), None)
    }

    /// `module definition`
    pub(crate) fn define(&mut self, module: &mut QuoteWat<'_>) -> Check {
        self.definition = None;
        let name = module.name();
        let module = self.compile(module).map_err(rejected)?;
        if let Some(name) = name {
            self.definitions.insert(name.name().to_owned(), module.clone());
        }
        self.definition = Some(module);
        Ok(())
    }

    /// `module instance`: of the named definition, or of the last one.
    pub(crate) fn instantiate(&mut self, name: Option<&str>, definition: Option<&str>) -> Check {
        self.current = None;
        let found = match definition {
            Some(name) => self.definitions.get(name),
            None => self.definition.as_ref(),
        };
        let module = found
            .cloned()
            .ok_or_else(|| fail("no such module", "there is no definition, or it failed"))?;
        let instance = self
            .link(&module)
            .map_err(|error| fail("instantiation failed", crate::messages::one_line(&error)))?;
        if let Some(name) = name {
            self.instances
                .insert(name.to_owned(), Provider::Instance(instance));
        }
        self.current = Some(instance);
        Ok(())
    }

    /// `register`
    pub(crate) fn register(&mut self, name: &str, module: Option<&str>) -> Check {
        let provider = match module {
            Some(name) => self.named(name).cloned(),
            None => self.current.map(Provider::Instance),
        };
        let provider = provider.ok_or_else(|| no_instance(module))?;
        self.registry.insert(name.to_owned(), provider);
        Ok(())
    }

    /// The module of a text or binary.
    pub(crate) fn compile(&self, module: &mut QuoteWat<'_>) -> Result<Module> {
        let bytes = (self.rules.encoder)(module)?;
        Module::new(self.store.engine(), bytes)
    }

    /// Instantiates a module with what the script and the host provide.
    pub(crate) fn link(&mut self, module: &Module) -> Result<Instance> {
        let mut linker = self.host.clone();
        for import in module.imports() {
            if let Some(item) = self.export(import.module(), import.name()) {
                linker.define(&self.store, import.module(), import.name(), item)?;
            }
        }
        match self.rules.calls {
            Calls::Plain => linker.instantiate(&mut self.store, module),
            Calls::Asynchronous { .. } => run(
                &mut self.suspensions,
                linker.instantiate_async(&mut self.store, module),
            ),
        }
    }

    /// The script's definition for an import.
    fn export(&self, module: &str, name: &str) -> Option<Extern> {
        let named = || self.instances.get(module).filter(|_| !self.rules.strict_names);
        match self.registry.get(module).or_else(named)? {
            Provider::Instance(instance) => instance.get_export(&self.store, name),
            Provider::Shared(memories) => Some(memories.get(name)?.clone().into()),
        }
    }

    /// The module with a name. Wasmtime's runner finds registered names, too.
    fn named(&self, name: &str) -> Option<&Provider> {
        let registered = || self.registry.get(name).filter(|_| !self.rules.strict_names);
        self.instances.get(name).or_else(registered)
    }

    fn instance(&self, name: Option<&str>) -> std::result::Result<Instance, Verdict> {
        let Some(name) = name else {
            return self.current.ok_or_else(|| no_instance(None));
        };
        match self.named(name) {
            Some(Provider::Instance(instance)) => Ok(*instance),
            Some(Provider::Shared(_)) => {
                let what =
                    format!("${name} belongs to another thread, and only its shared memories are shared");
                Err(fail("no such instance", what))
            }
            None => Err(no_instance(Some(name))),
        }
    }

    /// Executes an action: `invoke`, `get`, or a module that is instantiated to see what happens. The outer result is
    /// about the script, the inner one is what the action came to.
    pub(crate) fn execute(&mut self, action: WastExecute<'_>) -> std::result::Result<Results, Verdict> {
        match action {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module.map(|name| name.name()))?;
                match instance.get_export(&self.store, global) {
                    Some(Extern::Global(global)) => Ok(Ok(vec![global.get(&mut self.store)])),
                    _ => Err(fail("no such export", format!("no global `{global}`"))),
                }
            }
            WastExecute::Wat(module) => {
                let module = self.compile(&mut QuoteWat::Wat(module)).map_err(rejected)?;
                Ok(self.link(&module).map(|_| Vec::new()))
            }
        }
    }

    /// Calls an exported function.
    pub(crate) fn invoke(&mut self, invoke: &WastInvoke<'_>) -> std::result::Result<Results, Verdict> {
        let instance = self.instance(invoke.module.map(|name| name.name()))?;
        let Some(func) = instance.get_func(&self.store, invoke.name) else {
            return Err(fail("no such export", format!("no function `{}`", invoke.name)));
        };
        let arguments = self.arguments(func, invoke)?;
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        let outcome = match self.rules.calls {
            Calls::Plain => func.call(&mut self.store, &arguments, &mut results),
            Calls::Asynchronous { .. } => {
                let call = func.call_async(&mut self.store, &arguments, &mut results);
                run(&mut self.suspensions, call)
            }
        };
        Ok(outcome.map(|()| results))
    }

    fn arguments(&mut self, func: Func, invoke: &WastInvoke<'_>) -> std::result::Result<Vec<Val>, Verdict> {
        let ty = func.ty(&self.store);
        let (expected, given) = (ty.params().len(), invoke.args.len());
        if expected != given {
            let what = format!(
                "`{}` has {expected} parameters, got {given} arguments",
                invoke.name
            );
            return Err(fail("bad argument", what));
        }
        let arguments = invoke.args.iter().zip(ty.params()).map(|(argument, ty)| {
            let WastArg::Core(argument) = argument else {
                return Err(unsupported("arguments of components"));
            };
            let value = values::argument(&mut self.store, argument, &ty);
            value.map_err(|error| fail("bad argument", crate::messages::one_line(&error)))
        });
        arguments.collect()
    }
}

fn no_instance(name: Option<&str>) -> Verdict {
    match name {
        Some(name) => fail(
            "no such instance",
            format!("${name} is not defined, or it failed"),
        ),
        None => fail("no such instance", "the module before it failed"),
    }
}
