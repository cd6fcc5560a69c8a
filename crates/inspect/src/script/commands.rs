//! The commands of a script, as they stand in JSON.

use crate::script::values::Value;
use serde::Serialize;

/// A directive of a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// Its kind, such as `assert_return`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its line in the script, from 1: that of its module or action, if it has one.
    pub line: usize,
    /// What belongs to this kind.
    #[serde(flatten)]
    pub content: Content,
}

/// What belongs to a kind of commands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// Of `module` and `module_definition`.
    Module {
        /// The name of the module in the script.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The module.
        #[serde(flatten)]
        file: ModuleFile,
    },
    /// Of `module_instance`.
    Instance {
        /// The name of the instance.
        #[serde(skip_serializing_if = "Option::is_none")]
        instance: Option<String>,
        /// The name of the definition; the last one if absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        module: Option<String>,
    },
    /// Of `register`.
    Register {
        /// The name of the module in the script; the last one if absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The name for imports.
        #[serde(rename = "as")]
        to: String,
    },
    /// Of `assert_return`.
    Return {
        /// What is executed.
        action: Action,
        /// What the results must match.
        expected: Vec<Value>,
    },
    /// Of `action`, and of assertions that an action fails.
    Action {
        /// What is executed.
        action: Action,
        /// The expected message.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Of assertions that a module is rejected.
    Rejected {
        /// The module.
        #[serde(flatten)]
        file: ModuleFile,
        /// The expected message.
        text: String,
    },
    /// Of `thread`.
    Thread {
        /// The name of the thread.
        name: String,
        /// The module whose memories the thread can use.
        #[serde(skip_serializing_if = "Option::is_none")]
        shared_module: Option<String>,
        /// What the thread runs.
        commands: Vec<Command>,
    },
    /// Of `wait`.
    Wait {
        /// The name of the thread.
        thread: String,
    },
}

/// The files of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleFile {
    /// The name of the file.
    pub filename: String,
    /// `binary` or `text`.
    pub module_type: &'static str,
    /// The name of the binary file of a text that can be assembled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary_filename: Option<String>,
}

/// What a script executes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// A call of an exported function.
    Invoke {
        /// The name of the module in the script; the last one if absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        module: Option<String>,
        /// The name of the export.
        field: String,
        /// The arguments.
        args: Vec<Value>,
    },
    /// The value of an exported global.
    Get {
        /// The name of the module in the script; the last one if absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        module: Option<String>,
        /// The name of the export.
        field: String,
    },
}
