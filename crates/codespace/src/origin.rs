//! What code was made of, and what people call it.

use std::ops::Range;
use std::sync::Arc;
use transom_code::{AdapterKind, Shape};
use transom_module::{DefinedFuncIdx, Demangled, Module};
use transom_types::Escaped;

/// What code was made of.
#[derive(Debug)]
pub enum Origin {
    /// Consecutive functions of a module, by their positions among those that it defines.
    Module(Arc<Module>, Range<u32>),
    /// A function of a module, as a part of an adapter that calls it from another component.
    Callee(Arc<Module>, u32),
    /// No module: an adapter for a shape.
    Adapter(AdapterKind, Shape),
    /// No function: the stubs of a module's functions.
    Stubs(Arc<Module>),
}

impl Origin {
    /// The index of the first function, in its module's index space.
    pub(crate) fn first_function(&self) -> u32 {
        self.functions().map_or(0, |(module, functions)| {
            module.imported.functions + functions.start
        })
    }

    /// The functions of a module, by their positions among those that it defines; `None` if the code is not of functions of a module.
    pub(crate) fn functions(&self) -> Option<(&Arc<Module>, Range<u32>)> {
        match self {
            Origin::Module(module, functions) => Some((module, functions.clone())),
            Origin::Callee(module, function) => Some((module, *function..*function + 1)),
            Origin::Adapter(..) | Origin::Stubs(_) => None,
        }
    }

    /// Whether the code calls from one component to another.
    pub(crate) fn is_between(&self) -> bool {
        matches!(
            self,
            Origin::Adapter(AdapterKind::Between, _) | Origin::Callee(..)
        )
    }

    /// What linkers call a function, by its position in the code, and else what people call it.
    pub(crate) fn symbol(&self, position: usize) -> String {
        let name = self.functions().and_then(|(module, functions)| {
            let function = DefinedFuncIdx::new(functions.start as usize + position);
            module.func_name(module.func_index(function))
        });
        let plain = |name: &&str| !name.is_empty() && !name.contains(char::is_control);
        match name.filter(plain) {
            Some(name) => name.to_owned(),
            None => Escaped(&self.name(position)).to_string(),
        }
    }

    /// What people call a function, by its position in the code: its name as it stood in the source if the module gives
    /// one, else `wasm[MODULE]::function[INDEX]`, or `wasm::function[INDEX]` if the module has no name either. An adapter is
    /// `transom::enter(i32) -> (i32)`, say.
    pub(crate) fn name(&self, position: usize) -> String {
        let (module, first) = match self {
            Origin::Module(module, functions) => (module, functions.start as usize),
            Origin::Callee(module, function) => (module, *function as usize),
            Origin::Adapter(AdapterKind::Enter, shape) => return format!("transom::enter{shape}"),
            Origin::Adapter(AdapterKind::Leave, shape) => return format!("transom::leave{shape}"),
            Origin::Adapter(AdapterKind::Between, shape) => return format!("transom::between{shape}"),
            Origin::Stubs(_) => return "transom::stubs".to_owned(),
        };
        let function = module.func_index(DefinedFuncIdx::new(first + position));
        match module.func_name(function).filter(|name| !name.is_empty()) {
            Some(name) => Demangled(name).to_string(),
            None => match module.names().module() {
                Some(module) => format!("wasm[{}]::function[{}]", Escaped(module), function.as_u32()),
                None => format!("wasm::function[{}]", function.as_u32()),
            },
        }
    }
}
