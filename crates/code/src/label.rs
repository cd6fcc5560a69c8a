//! How functions are called in texts.

use transom_module::{FuncIdx, Module};
use transom_types::Escaped;

/// A function in a text: its index, and its name if it has one.
pub fn label(module: &Module, function: FuncIdx) -> String {
    match module.func_or_export_name(function) {
        Some(name) => format!("function {} `{}`", function.as_u32(), Escaped(name)),
        None => format!("function {}", function.as_u32()),
    }
}
