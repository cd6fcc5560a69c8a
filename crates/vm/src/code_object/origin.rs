//! What code was made of, and what people call it.

use std::sync::Arc;
use transom_code::{AdapterKind, Shape};
use transom_module::{DefinedFuncIdx, Demangled, Module};
use transom_types::Escaped;

/// What code was made of.
#[derive(Debug)]
pub(crate) enum Origin {
    /// All functions of a module.
    Module(Arc<Module>),
    /// No module: an adapter for a shape.
    Adapter(AdapterKind, Shape),
}

impl Origin {
    /// How many functions of the module have their code elsewhere.
    pub fn imported_functions(&self) -> u32 {
        match self {
            Origin::Module(module) => module.imported.functions,
            Origin::Adapter(..) => 0,
        }
    }

    /// What people call a function, by its position in the code: its name as it stood in the source if the module gives
    /// one, else `wasm[MODULE]::function[INDEX]`, or `wasm::function[INDEX]` if the module has no name either. An adapter is
    /// `transom::enter(i32) -> (i32)`, say.
    pub fn name(&self, position: usize) -> String {
        let module = match self {
            Origin::Module(module) => module,
            Origin::Adapter(AdapterKind::Enter, shape) => return format!("transom::enter{shape}"),
            Origin::Adapter(AdapterKind::Leave, shape) => return format!("transom::leave{shape}"),
        };
        let function = module.func_index(DefinedFuncIdx::new(position));
        match module.func_name(function).filter(|name| !name.is_empty()) {
            Some(name) => Demangled(name).to_string(),
            None => match module.names().module() {
                Some(module) => format!("wasm[{}]::function[{}]", Escaped(module), function.as_u32()),
                None => format!("wasm::function[{}]", function.as_u32()),
            },
        }
    }
}
