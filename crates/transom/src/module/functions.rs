//! The functions that a module defines, with their places in its machine code.

use super::Module;
use transom_module::{DefinedFuncIdx, FuncIdx};

/// A function that a module defines; see [`Module::functions`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ModuleFunction {
    /// The index of the function in its module, where imported functions come first.
    pub index: FuncIdx,
    /// The name of the function, if it has one.
    pub name: Option<String>,
    /// Where the function's machine code begins in [`Module::text`], in bytes. 0 if it is not there.
    pub offset: usize,
    /// The bytes of machine code. 0 if the function is not in [`Module::text`]: its code is compiled when it is first called, in a place
    /// of its own.
    pub len: usize,
}

impl Module {
    /// The functions that the module defines, in their order, with their places in [`text`](Self::text).
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().compilation(Strategy::Optimized))?;
    /// let module = Module::new(&engine, r#"(module
    ///     (import "host" "log" (func $log))
    ///     (func $first (call $log))
    ///     (func $second))"#)?;
    /// let second = module.functions().last().expect("there are two");
    /// assert_eq!((second.index.as_u32(), second.name.as_deref()), (2, Some("second")));
    /// let code = &module.text()[second.offset..][..second.len];
    /// assert!(!code.is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn functions(&self) -> impl ExactSizeIterator<Item = ModuleFunction> + '_ {
        let (module, code) = (self.description(), self.compiled().code());
        (0..module.bodies.len()).map(move |position| {
            let index = module.func_index(DefinedFuncIdx::new(position));
            let place = code.map_or(0..0, |code| code.range(position));
            ModuleFunction {
                index,
                name: module.func_name(index).map(str::to_owned),
                offset: place.start,
                len: place.len(),
            }
        })
    }
}
