//! Definitions for imports that nobody defines.

use super::Linker;
use crate::link_error::UnknownImportError;
use crate::{AsContextMut, ExternType, FuncType, Module, Val, ValType};
use transom_error::{Context, Result, bail};
use transom_types::Escaped;

impl<T: 'static> Linker<T> {
    /// Defines each undefined function import of a module as a function that fails when it is called.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (import "env" "rare" (func $rare))
    ///     (func (export "usual") (result i32) (i32.const 1)) (export "rare" (func $rare)))"#)?;
    /// let mut linker = Linker::new(&engine);
    /// linker.define_unknown_imports_as_traps(&module)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// assert_eq!(instance.get_typed_func::<(), i32>(&mut store, "usual")?.call(&mut store, ())?, 1);
    /// let error = instance.get_typed_func::<(), ()>(&mut store, "rare")?.call(&mut store, ()).unwrap_err();
    /// assert!(error.is::<UnknownImportError>());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The module has an undefined import that is not a function.
    pub fn define_unknown_imports_as_traps(&mut self, module: &Module) -> Result<()> {
        for import in module.imports() {
            if self.definition(import.module(), import.name()).is_some() {
                continue;
            }
            let error = UnknownImportError::of(&import);
            let ExternType::Func(ty) = import.ty() else {
                bail!(error)
            };
            self.func_new(import.module(), import.name(), ty, move |_, _, _| {
                bail!(error.clone())
            })?;
        }
        Ok(())
    }

    /// Defines each undefined import of a module with the default value of its type: a function that returns zeros and
    /// nulls, a global of such a value, a memory or table of the minimum size, a new tag.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (import "env" "f" (func $f (result i64)))
    ///     (import "env" "m" (memory 3)) (export "f" (func $f)) (export "m" (memory 0)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let mut linker = Linker::new(&engine);
    /// linker.define_unknown_imports_as_default_values(&mut store, &module)?;
    /// let instance = linker.instantiate(&mut store, &module)?;
    /// assert_eq!(instance.get_typed_func::<(), i64>(&mut store, "f")?.call(&mut store, ())?, 0);
    /// assert_eq!(instance.get_memory(&mut store, "m").expect("exported").size(&store), 3);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A global or table holds references that must not be null, or there is no room for a memory or table. A function
    /// whose results must not be null fails when it is called.
    pub fn define_unknown_imports_as_default_values(
        &mut self,
        mut store: impl AsContextMut<Data = T>,
        module: &Module,
    ) -> Result<()> {
        for import in module.imports() {
            let (module, name) = (import.module(), import.name());
            if self.definition(module, name).is_some() {
                continue;
            }
            if let ExternType::Func(ty) = import.ty() {
                self.define_default_function(module, name, ty)?;
                continue;
            }
            let external = import.ty().default_value(&mut store);
            let external = external.with_context(|| {
                format!(
                    "import `{}` of `{}` has no default value",
                    Escaped(name),
                    Escaped(module)
                )
            })?;
            self.define(&mut store, module, name, external)?;
        }
        Ok(())
    }

    fn define_default_function(&mut self, module: &str, name: &str, ty: FuncType) -> Result<()> {
        let types: Vec<ValType> = ty.results().collect();
        self.func_new(module, name, ty, move |_, _, results| {
            for (result, ty) in results.iter_mut().zip(&types) {
                *result = default_of(ty)?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

fn default_of(ty: &ValType) -> Result<Val> {
    Val::default_for_ty(ty).with_context(|| format!("type {ty} has no default value"))
}
