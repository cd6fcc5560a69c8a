//! Scripts of the specification (`.wast`) as JSON with modules in files of their own, so that a runner needs no parser of the
//! text format.
//!
//! The format is that of `wast2json` of wabt and `json-from-wast` of wasm-tools. Where these differ, numbers are unsigned as
//! in wabt, and whatever wabt does not know (threads, definitions, garbage collection) is as in wasm-tools.

mod commands;
mod values;

pub use commands::{Action, Command, Content, ModuleFile};
pub use values::Value;

use crate::{Error, Place, Result};
use serde::Serialize;
use wast::lexer::Lexer;
use wast::parser::ParseBuffer;
use wast::token::{Id, Span};
use wast::{QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, WastRet, WastThread, Wat};

/// A script, and the files that it refers to.
#[derive(Debug, Serialize)]
pub struct Script {
    /// The name of the script.
    pub source_filename: String,
    /// Its directives, in their order.
    pub commands: Vec<Command>,
    /// The modules. These are files beside the JSON.
    #[serde(skip)]
    pub files: Vec<File>,
}

/// A file that a script refers to.
#[derive(Debug)]
pub struct File {
    /// Its name, without a folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Converts a script. `name` is its name in the JSON; names of files start with `stem`.
///
/// # Errors
///
/// The text is not a script, one of its modules cannot be encoded, or it contains a component. The error has the place.
pub fn convert(text: &str, name: &str, stem: &str) -> Result<Script> {
    let in_text = |error: wast::Error| Error::in_text(text, &error);
    let mut lexer = Lexer::new(text);
    // The format allows any text in strings and comments, however it looks.
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).map_err(in_text)?;
    let script = wast::parser::parse::<Wast<'_>>(&buffer).map_err(in_text)?;
    let mut converter = Converter {
        text,
        stem,
        line_ends: text.match_indices('\n').map(|(offset, _)| offset).collect(),
        modules: 0,
        files: Vec::new(),
    };
    let commands = converter.commands(script.directives)?;
    Ok(Script {
        source_filename: name.to_owned(),
        commands,
        files: converter.files,
    })
}

struct Converter<'t> {
    text: &'t str,
    stem: &'t str,
    /// The offsets of the ends of lines: a search in the text for each directive would take quadratic time.
    line_ends: Vec<usize>,
    /// The number of modules so far.
    modules: usize,
    files: Vec<File>,
}

/// Where a module of a script may be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// A text that cannot be parsed.
    Malformed,
    /// Any other module.
    WellFormed,
}

impl Converter<'_> {
    fn commands(&mut self, directives: Vec<WastDirective<'_>>) -> Result<Vec<Command>> {
        let commands = directives.into_iter();
        commands.map(|directive| self.command(directive)).collect()
    }

    fn command(&mut self, directive: WastDirective<'_>) -> Result<Command> {
        use Expected::{Malformed, WellFormed};
        use WastDirective as D;
        let span = directive.span();
        match directive {
            D::Module(module) => self.module("module", module),
            D::ModuleDefinition(module) => self.module("module_definition", module),
            D::ModuleInstance { instance, module, .. } => {
                let (instance, module) = (text_of(instance), text_of(module));
                Ok(self.at(span, "module_instance", Content::Instance { instance, module }))
            }
            D::Register { name, module, .. } => {
                let (name, module) = (name.to_owned(), text_of(module));
                Ok(self.at(
                    span,
                    "register",
                    Content::Register {
                        name: module,
                        to: name,
                    },
                ))
            }
            D::Invoke(invoke) => self.action("action", WastExecute::Invoke(invoke), None),
            D::AssertReturn { exec, results, .. } => self.returns(exec, results),
            D::AssertTrap {
                exec: WastExecute::Wat(module),
                message,
                ..
            } => self.rejected(
                "assert_uninstantiable",
                (QuoteWat::Wat(module), message),
                WellFormed,
            ),
            D::AssertTrap { exec, message, .. } => self.action("assert_trap", exec, Some(message)),
            D::AssertExhaustion { call, message, .. } => {
                self.action("assert_exhaustion", WastExecute::Invoke(call), Some(message))
            }
            D::AssertException { exec, .. } => self.action("assert_exception", exec, None),
            D::AssertSuspension { exec, message, .. } => {
                self.action("assert_suspension", exec, Some(message))
            }
            D::AssertUnlinkable { module, message, .. } => {
                self.rejected("assert_unlinkable", (QuoteWat::Wat(module), message), WellFormed)
            }
            D::AssertInvalid { module, message, .. } => {
                self.rejected("assert_invalid", (module, message), WellFormed)
            }
            D::AssertMalformed { module, message, .. } => {
                self.rejected("assert_malformed", (module, message), Malformed)
            }
            D::AssertInvalidCustom { module, message, .. } => {
                self.rejected("assert_invalid_custom", (module, message), WellFormed)
            }
            D::AssertMalformedCustom { module, message, .. } => {
                self.rejected("assert_malformed_custom", (module, message), Malformed)
            }
            D::Thread(thread) => self.thread(thread),
            D::Wait { thread, .. } => {
                let thread = thread.name().to_owned();
                Ok(self.at(span, "wait", Content::Wait { thread }))
            }
        }
    }

    /// A command at a place.
    fn at(&self, span: Span, kind: &'static str, content: Content) -> Command {
        let line = self.line_ends.partition_point(|end| *end < span.offset()) + 1;
        Command { kind, line, content }
    }

    /// The result of something at a place, or what it contains that has no form in JSON.
    fn at_place<T>(&self, span: Span, result: Result<T, &'static str>) -> Result<T> {
        result.map_err(|message| Error::new(message).at(Place::in_text(self.text, span)))
    }

    fn module(&mut self, kind: &'static str, module: QuoteWat<'_>) -> Result<Command> {
        let (span, name) = (module.span(), text_of(module.name()));
        let file = self.file(module, Expected::WellFormed)?;
        Ok(self.at(span, kind, Content::Module { name, file }))
    }

    /// An assertion that a module is rejected, with the reason.
    fn rejected(
        &mut self,
        kind: &'static str,
        (module, message): (QuoteWat<'_>, &str),
        expected: Expected,
    ) -> Result<Command> {
        let span = module.span();
        let (file, text) = (self.file(module, expected)?, message.to_owned());
        Ok(self.at(span, kind, Content::Rejected { file, text }))
    }

    fn action(&mut self, kind: &'static str, exec: WastExecute<'_>, text: Option<&str>) -> Result<Command> {
        let (span, text) = (exec.span(), text.map(str::to_owned));
        let action = self.execute(exec)?;
        Ok(self.at(span, kind, Content::Action { action, text }))
    }

    fn returns(&mut self, exec: WastExecute<'_>, results: Vec<WastRet<'_>>) -> Result<Command> {
        let span = exec.span();
        let expected = results
            .into_iter()
            .map(|result| self.at_place(span, values::result(result)));
        let expected = expected.collect::<Result<_>>()?;
        let action = self.execute(exec)?;
        Ok(self.at(span, "assert_return", Content::Return { action, expected }))
    }

    fn thread(&mut self, thread: WastThread<'_>) -> Result<Command> {
        let content = Content::Thread {
            name: thread.name.name().to_owned(),
            shared_module: text_of(thread.shared_module),
            commands: self.commands(thread.directives)?,
        };
        Ok(self.at(thread.span, "thread", content))
    }

    fn execute(&self, exec: WastExecute<'_>) -> Result<Action> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(invoke),
            WastExecute::Get { module, global, .. } => Ok(Action::Get {
                module: text_of(module),
                field: global.to_owned(),
            }),
            WastExecute::Wat(module) => self.at_place(
                module.span(),
                Err("an assertion about the instantiation of a module has no form in JSON, except `assert_trap`"),
            ),
        }
    }

    fn invoke(&self, invoke: WastInvoke<'_>) -> Result<Action> {
        let span = invoke.span;
        let args = invoke.args.into_iter();
        let args = args.map(|argument| self.at_place(span, values::argument(argument)));
        Ok(Action::Invoke {
            module: text_of(invoke.module),
            field: invoke.name.to_owned(),
            args: args.collect::<Result<_>>()?,
        })
    }

    /// Adds the files of a module: text if it is quoted, and binary.
    fn file(&mut self, mut module: QuoteWat<'_>, expected: Expected) -> Result<ModuleFile> {
        let span = module.span();
        let number = self.modules;
        self.modules += 1;
        let (text_name, name) = (
            format!("{}.{number}.wat", self.stem),
            format!("{}.{number}.wasm", self.stem),
        );
        let quoted = match &module {
            QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..) => {
                return self.at_place(span, Err(values::COMPONENTS));
            }
            QuoteWat::QuoteModule(_, parts) => Some(joined(parts)),
            QuoteWat::Wat(Wat::Module(_)) => None,
        };
        // A malformed text that can be encoded is an error of the encoder, which a runner would take for one of its own.
        let encoded = match (&quoted, expected) {
            (Some(_), Expected::Malformed) => None,
            (Some(_), Expected::WellFormed) => transom::encode_quote_wat(&mut module).ok(),
            (None, _) => {
                let encoded = transom::encode_quote_wat(&mut module);
                Some(encoded.map_err(|error| Error::in_text(self.text, &error))?)
            }
        };
        let file = ModuleFile {
            module_type: if quoted.is_some() { "text" } else { "binary" },
            filename: if quoted.is_some() {
                text_name.clone()
            } else {
                name.clone()
            },
            binary_filename: (quoted.is_some() && encoded.is_some()).then(|| name.clone()),
        };
        let text = quoted.map(|bytes| File {
            name: text_name,
            bytes,
        });
        let binary = encoded.map(|bytes| File { name, bytes });
        self.files.extend(text.into_iter().chain(binary));
        Ok(file)
    }
}

/// The text of a quoted module, which need not be UTF-8.
fn joined(parts: &[(Span, &[u8])]) -> Vec<u8> {
    let mut text = Vec::new();
    for (_, part) in parts {
        text.extend_from_slice(part);
        text.push(b' ');
    }
    text
}

fn text_of(name: Option<Id<'_>>) -> Option<String> {
    name.map(|name| name.name().to_owned())
}

#[cfg(test)]
mod tests;
