//! The runner of scripts, and its options.

use crate::outcome::{Outcome, ScriptError};
use crate::script;
use crate::session::{Calls, Encoder, Rules, Session};
use transom::{Engine, Result, WasmFeatures};
use wast::Wast;
use wast::parser::ParseBuffer;

/// Runs scripts; what one script registers, the next one can import.
pub struct Runner(Session);

impl Runner {
    /// A runner whose scripts can import `spectest`, and `wasmtime` with its function `gc`, which collects garbage.
    ///
    /// # Errors
    ///
    /// If the engine can't run the module that provides them.
    pub fn new(engine: &Engine) -> Result<Self> {
        let rules = Rules {
            encoder: |module| Ok(transom::encode_quote_wat(module)?),
            strict_names: false,
            calls: Calls::Plain,
        };
        Session::new(engine, rules).map(Runner)
    }

    /// Replaces the encoder of text modules, which is [`transom::encode_quote_wat`] otherwise.
    #[must_use]
    pub fn encoder(mut self, encoder: Encoder) -> Self {
        self.0.rules.encoder = encoder;
        self
    }

    /// Whether modules can be imported by registered names only, which is the rule of the specification. By default, the
    /// name in `(module $name …)` will do, as in Wasmtime's runner; a registered name has priority.
    #[must_use]
    pub fn strict_names(mut self, strict: bool) -> Self {
        self.0.rules.strict_names = strict;
        self
    }

    /// Accepts components that need these features of the component model, though they are not frozen. Most of them are validated only.
    #[must_use]
    pub fn component_gates(mut self, gates: WasmFeatures) -> Self {
        self.0.components.gates = gates;
        self
    }

    /// Instantiates modules and calls functions asynchronously, from now on. If the engine counts fuel, a program leaves its stack whenever
    /// it has used `interval` units, and is resumed at once.
    ///
    /// # Errors
    ///
    /// The interval is 0.
    pub fn asynchronous(mut self, interval: u64) -> Result<Self> {
        self.0.rules.calls = Calls::Asynchronous { interval };
        self.0.prepare()?;
        Ok(self)
    }

    /// How often the programs of scripts, but for those of their threads, have left their stacks in [asynchronous](Self::asynchronous) calls.
    pub fn suspensions(&self) -> u64 {
        self.0.suspensions
    }

    /// Runs a script to its end, and waits for its threads.
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
        Ok(script::run(&mut self.0, script, source))
    }
}
