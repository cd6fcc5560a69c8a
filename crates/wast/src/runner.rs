//! The interpreter of scripts: what each directive does, and what it means for it to pass.

use crate::expect::mismatch;
use crate::messages::{is_exception, is_trap, one_line, says};
use crate::outcome::{Outcome, ScriptError, Verdict};
use crate::{spectest, values};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use transom::{Engine, Error, Escaped, Extern, Instance, Linker, Module, Result, Store, Trap, Val};
use wast::core::WastRetCore;
use wast::parser::ParseBuffer;
use wast::token::Id;
use wast::{QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

/// Turns a module of a script into bytes. An error means that the text is malformed.
pub type Encoder = fn(&mut QuoteWat<'_>) -> Result<Vec<u8>>;

/// Runs scripts; what one script registers, the next one can import.
pub struct Runner {
    store: Store<()>,
    linker: Linker<()>,
    encoder: Encoder,
    /// The instance that a directive without a name means, if the last module came to life.
    current: Option<Instance>,
    instances: HashMap<String, Instance>,
    definition: Option<Module>,
    definitions: HashMap<String, Module>,
}

/// Why a directive failed, or the pass that needs no reason.
type Check = std::result::Result<(), Verdict>;

impl Runner {
    /// A runner with the imports of `spectest` in place.
    ///
    /// # Errors
    ///
    /// If the engine can't run the module that provides them.
    pub fn new(engine: &Engine) -> Result<Self> {
        let mut store = Store::new(engine, ());
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        spectest::define(&mut linker, &mut store)?;
        Ok(Runner {
            store,
            linker,
            encoder: |module| Ok(transom::encode_quote_wat(module)?),
            current: None,
            instances: HashMap::new(),
            definition: None,
            definitions: HashMap::new(),
        })
    }

    /// Replaces the encoder of text modules, which is [`transom::encode_quote_wat`] otherwise.
    #[must_use]
    pub fn encoder(mut self, encoder: Encoder) -> Self {
        self.encoder = encoder;
        self
    }

    /// Runs a script to its end.
    ///
    /// # Errors
    ///
    /// If the text is no script. What a script asks for and doesn't get is no error, but an outcome.
    pub fn run(&mut self, source: &str) -> std::result::Result<Vec<Outcome>, ScriptError> {
        let mut lexer = wast::lexer::Lexer::new(source);
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer).map_err(|error| ScriptError::new(&error, source))?;
        let script =
            wast::parser::parse::<Wast<'_>>(&buffer).map_err(|error| ScriptError::new(&error, source))?;
        Ok(script
            .directives
            .into_iter()
            .map(|directive| self.outcome(directive, source))
            .collect())
    }

    fn outcome(&mut self, directive: WastDirective<'_>, source: &str) -> Outcome {
        let (line, column) = directive.span().linecol_in(source);
        let kind = kind(&directive);
        let verdict = match catch_unwind(AssertUnwindSafe(|| self.directive(directive))) {
            Ok(Ok(())) => Verdict::Pass,
            Ok(Err(verdict)) => verdict,
            Err(panic) => {
                self.current = None;
                fail("panic", panic_message(&*panic))
            }
        };
        Outcome {
            line: line + 1,
            column: column + 1,
            kind,
            verdict,
        }
    }

    fn directive(&mut self, directive: WastDirective<'_>) -> Check {
        match directive {
            WastDirective::Module(module) => self.module(module),
            WastDirective::ModuleDefinition(module) => self.module_definition(module),
            WastDirective::ModuleInstance { instance, module, .. } => self.module_instance(instance, module),
            WastDirective::Register { name, module, .. } => self.register(name, module),
            WastDirective::Invoke(invoke) => self.invoke(invoke)?.map(drop).map_err(unexpected),
            WastDirective::AssertReturn { exec, results, .. } => self.assert_return(exec, &results),
            WastDirective::AssertTrap { exec, message, .. } => self.assert_trap(exec, message),
            WastDirective::AssertExhaustion { call, message, .. } => {
                self.assert_trap(WastExecute::Invoke(call), message)
            }
            WastDirective::AssertException { exec, .. } => self.assert_exception(exec),
            WastDirective::AssertUnlinkable { module, message, .. } => {
                self.assert_unlinkable(module, message)
            }
            WastDirective::AssertInvalid { module, message, .. } => self.assert_invalid(module, message),
            WastDirective::AssertMalformed { module, message, .. } => self.assert_malformed(module, message),
            // Custom sections never make a module invalid, so the text is all that there is to refuse.
            WastDirective::AssertInvalidCustom { module, message, .. }
            | WastDirective::AssertMalformedCustom { module, message, .. } => {
                self.assert_malformed(module, message)
            }
            WastDirective::AssertSuspension { .. } => Err(unsupported("suspensions")),
            WastDirective::Thread(_) | WastDirective::Wait { .. } => Err(unsupported("threads in scripts")),
        }
    }

    /// Modules: `module`, `module definition`, `module instance`, `register`.
    fn module(&mut self, mut module: QuoteWat<'_>) -> Check {
        self.current = None;
        let name = module.name();
        let module = self
            .compile(&mut module)
            .map_err(|error| fail("module rejected", one_line(&error)))?;
        self.instantiate(name, &module)
    }

    fn module_definition(&mut self, mut module: QuoteWat<'_>) -> Check {
        self.definition = None;
        let name = module.name();
        let module = self
            .compile(&mut module)
            .map_err(|error| fail("module rejected", one_line(&error)))?;
        if let Some(name) = name {
            self.definitions.insert(name.name().to_owned(), module.clone());
        }
        self.definition = Some(module);
        Ok(())
    }

    fn module_instance(&mut self, instance: Option<Id<'_>>, module: Option<Id<'_>>) -> Check {
        self.current = None;
        let found = match module {
            Some(name) => self.definitions.get(name.name()),
            None => self.definition.as_ref(),
        };
        let module = found
            .cloned()
            .ok_or_else(|| fail("no such module", "the definition of the module failed"))?;
        self.instantiate(instance, &module)
    }

    fn instantiate(&mut self, name: Option<Id<'_>>, module: &Module) -> Check {
        let instance = self
            .linker
            .instantiate(&mut self.store, module)
            .map_err(|error| fail("instantiation failed", one_line(&error)))?;
        if let Some(name) = name {
            self.instances.insert(name.name().to_owned(), instance);
        }
        self.current = Some(instance);
        Ok(())
    }

    fn register(&mut self, name: &str, module: Option<Id<'_>>) -> Check {
        let instance = self.instance(module)?;
        let defined = self.linker.instance(&mut self.store, name, instance);
        defined
            .map(drop)
            .map_err(|error| fail("register failed", one_line(&error)))
    }

    fn instance(&self, name: Option<Id<'_>>) -> std::result::Result<Instance, Verdict> {
        let found = match name {
            Some(name) => self.instances.get(name.name()),
            None => self.current.as_ref(),
        };
        found
            .copied()
            .ok_or_else(|| fail("no such instance", "the module before it failed"))
    }

    fn compile(&mut self, module: &mut QuoteWat<'_>) -> Result<Module> {
        let bytes = (self.encoder)(module)?;
        Module::new(self.store.engine(), bytes)
    }

    /// Actions: `invoke`, `get`, a module that is instantiated to see what happens. The outer result is about
    /// the script, the inner one is what the action came to.
    fn execute(&mut self, action: WastExecute<'_>) -> std::result::Result<Result<Vec<Val>>, Verdict> {
        match action {
            WastExecute::Invoke(invoke) => self.invoke(invoke),
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module)?;
                match instance.get_export(&mut self.store, global) {
                    Some(Extern::Global(global)) => Ok(Ok(vec![global.get(&mut self.store)])),
                    _ => Err(fail("no such export", format!("no global `{global}`"))),
                }
            }
            WastExecute::Wat(module) => {
                let module = self.compile(&mut QuoteWat::Wat(module));
                let module = module.map_err(|error| fail("module rejected", one_line(&error)))?;
                Ok(self
                    .linker
                    .instantiate(&mut self.store, &module)
                    .map(|_| Vec::new()))
            }
        }
    }

    fn invoke(&mut self, invoke: WastInvoke<'_>) -> std::result::Result<Result<Vec<Val>>, Verdict> {
        let instance = self.instance(invoke.module)?;
        let Some(func) = instance.get_func(&mut self.store, invoke.name) else {
            return Err(fail("no such export", format!("no function `{}`", invoke.name)));
        };
        let ty = func.ty(&self.store);
        let mut arguments = Vec::with_capacity(invoke.args.len());
        for (argument, ty) in invoke.args.iter().zip(ty.params()) {
            let WastArg::Core(argument) = argument else {
                return Err(unsupported("component arguments"));
            };
            let value = values::argument(&mut self.store, argument, &ty);
            arguments.push(value.map_err(|error| fail("bad argument", one_line(&error)))?);
        }
        let mut results = vec![Val::I32(0); ty.results().len()];
        Ok(func
            .call(&mut self.store, &arguments, &mut results)
            .map(|()| results))
    }

    /// Assertions about actions.
    fn assert_return(&mut self, action: WastExecute<'_>, expected: &[WastRet<'_>]) -> Check {
        let actual = self.execute(action)?.map_err(unexpected)?;
        if actual.len() != expected.len() {
            let actual = values::display_all(&self.store, &actual);
            return Err(fail(
                "wrong result",
                format!("expected {} values, got {actual}", expected.len()),
            ));
        }
        for (actual, expected) in actual.iter().zip(expected) {
            let WastRet::Core(expected) = expected else {
                return Err(unsupported("component results"));
            };
            if matches!(expected, WastRetCore::RefI31Shared) {
                return Err(unsupported("shared references"));
            }
            if let Some(what) = mismatch(&mut self.store, actual, expected) {
                return Err(fail("wrong result", what));
            }
        }
        Ok(())
    }

    fn assert_trap(&mut self, action: WastExecute<'_>, expected: &str) -> Check {
        match self.execute(action)? {
            Err(error) if is_trap(&error, expected) => Ok(()),
            Err(error) => Err(fail(
                "wrong trap",
                format!("expected `{expected}`, got `{}`", one_line(&error)),
            )),
            Ok(values) => Err(self.no_trap(expected, &values)),
        }
    }

    fn assert_exception(&mut self, action: WastExecute<'_>) -> Check {
        match self.execute(action)? {
            Err(error) if is_exception(&error) => Ok(()),
            Err(error) => Err(unexpected(error)),
            Ok(values) => Err(self.no_trap("an exception", &values)),
        }
    }

    fn no_trap(&self, expected: &str, values: &[Val]) -> Verdict {
        let values = values::display_all(&self.store, values);
        fail("no trap", format!("expected `{expected}`, got {values}"))
    }

    /// Assertions about modules.
    fn assert_unlinkable(&mut self, module: Wat<'_>, expected: &str) -> Check {
        let module = self.compile(&mut QuoteWat::Wat(module));
        let module = module.map_err(|error| fail("module rejected", one_line(&error)))?;
        match self.linker.instantiate(&mut self.store, &module) {
            Ok(_) => Err(fail(
                "accepted an unlinkable module",
                format!("expected `{expected}`"),
            )),
            Err(error) if error.downcast_ref::<Trap>().is_none() && says(&error, expected) => Ok(()),
            Err(error) => {
                let what = format!("expected `{expected}`, got `{}`", one_line(&error));
                Err(fail("wrong link error", what))
            }
        }
    }

    fn assert_invalid(&mut self, mut module: QuoteWat<'_>, expected: &str) -> Check {
        match self.compile(&mut module) {
            Err(_) => Ok(()),
            Ok(_) => Err(fail(
                "accepted an invalid module",
                format!("expected `{expected}`"),
            )),
        }
    }

    fn assert_malformed(&mut self, mut module: QuoteWat<'_>, expected: &str) -> Check {
        match self.compile(&mut module) {
            Err(_) => Ok(()),
            Ok(_) => Err(fail(
                "accepted a malformed module",
                format!("expected `{expected}`"),
            )),
        }
    }
}

fn fail(category: &str, what: impl std::fmt::Display) -> Verdict {
    Verdict::Fail(format!("{category}: {}", Escaped(what)))
}

fn unsupported(what: &str) -> Verdict {
    Verdict::Unsupported(what.to_owned())
}

fn unexpected(error: Error) -> Verdict {
    fail("unexpected error", one_line(&error))
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

/// The keyword of a directive.
fn kind(directive: &WastDirective<'_>) -> &'static str {
    match directive {
        WastDirective::Module(_) => "module",
        WastDirective::ModuleDefinition(_) => "module definition",
        WastDirective::ModuleInstance { .. } => "module instance",
        WastDirective::AssertMalformed { .. } => "assert_malformed",
        WastDirective::AssertInvalid { .. } => "assert_invalid",
        WastDirective::AssertInvalidCustom { .. } => "assert_invalid_custom",
        WastDirective::AssertMalformedCustom { .. } => "assert_malformed_custom",
        WastDirective::Register { .. } => "register",
        WastDirective::Invoke(_) => "invoke",
        WastDirective::AssertTrap { .. } => "assert_trap",
        WastDirective::AssertReturn { .. } => "assert_return",
        WastDirective::AssertExhaustion { .. } => "assert_exhaustion",
        WastDirective::AssertUnlinkable { .. } => "assert_unlinkable",
        WastDirective::AssertException { .. } => "assert_exception",
        WastDirective::AssertSuspension { .. } => "assert_suspension",
        WastDirective::Thread(_) => "thread",
        WastDirective::Wait { .. } => "wait",
    }
}
