//! Messages for link errors.
//!
//! Each message contains both names of the import.

use crate::{ExternType, ImportType, Module};
use std::fmt;
use transom_error::Error;
use transom_types::{Escaped, TypeRegistry};
use transom_vm::LinkMismatch;

/// The error for an undefined import.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module (import "env" "time" (func (result i64))))"#)?;
/// let error = Linker::new(&engine).instantiate(&mut Store::new(&engine, ()), &module).unwrap_err();
/// let unknown = error.downcast_ref::<UnknownImportError>().expect("nobody defines it");
/// assert_eq!((unknown.module(), unknown.name()), ("env", "time"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct UnknownImportError {
    module: String,
    name: String,
    ty: ExternType,
}

impl UnknownImportError {
    /// The error for an undefined `module` and `name`.
    pub(crate) fn new(module: String, name: String, ty: ExternType) -> UnknownImportError {
        UnknownImportError { module, name, ty }
    }

    /// The error for an undefined import.
    pub(crate) fn of(import: &ImportType<'_>) -> UnknownImportError {
        let (module, name) = (import.module().to_owned(), import.name().to_owned());
        UnknownImportError::new(module, name, import.ty())
    }

    /// The module name of the import.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// The name of the import in that module.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type of the import.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}

impl fmt::Display for UnknownImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnknownImportError { module, name, ty } = self;
        let (module, name) = (Escaped(module), Escaped(name));
        write!(
            f,
            "unknown import: `{module}::{name}` has not been defined; the module expects {}",
            text(ty)
        )
    }
}

impl std::error::Error for UnknownImportError {}

/// The text form of a type.
fn text(ty: &ExternType) -> String {
    match ty {
        ExternType::Func(ty) => ty.to_string(),
        ExternType::Global(ty) => lowered_text(ty.content(), &transom_types::ExternType::Global(ty.lower())),
        ExternType::Table(ty) => {
            let element = crate::ValType::Ref(ty.element().clone());
            lowered_text(&element, &transom_types::ExternType::Table(ty.lower()))
        }
        ExternType::Memory(ty) => lowered_text(
            &crate::ValType::I32,
            &transom_types::ExternType::Memory(ty.lower()),
        ),
        ExternType::Tag(ty) => format!("(tag {})", ty.ty()),
    }
}

/// The text form of a type that mentions at most the types that `mentioned` does.
fn lowered_text(mentioned: &crate::ValType, ty: &transom_types::ExternType) -> String {
    let defined = mentioned
        .as_ref()
        .and_then(|ty| ty.heap_type().as_concrete_func());
    match defined {
        Some(defined) => defined.engine().registry().text().extern_type(ty),
        None => transom_types::TypeRegistry::new().text().extern_type(ty),
    }
}

/// An import that cannot be linked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkProblem {
    /// The module name of the import.
    pub module: String,
    /// The name of the import in that module.
    pub name: String,
    /// Both types and the place where they differ; none if the import is not defined.
    pub mismatch: Option<String>,
}

/// All link errors of a module.
#[derive(Debug)]
pub(crate) struct LinkReport(pub(crate) Vec<String>);

impl fmt::Display for LinkReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [problem] = &self.0[..] else {
            writeln!(f, "cannot link {} imports:", self.0.len())?;
            for problem in &self.0 {
                writeln!(f, "  {problem}")?;
            }
            return Ok(());
        };
        f.write_str(problem)
    }
}

impl std::error::Error for LinkReport {}

/// The two types of a mismatch and where they differ, in one line.
pub(crate) fn difference(registry: &TypeRegistry, mismatch: &LinkMismatch) -> String {
    let text = registry.text();
    format!(
        "expected {}, found {}: {}",
        text.extern_type(&mismatch.expected),
        text.extern_type(&mismatch.actual),
        mismatch.explanation
    )
}

/// The message for the mismatch of an import, in one line.
pub(crate) fn describe(module: &Module, mismatch: &LinkMismatch) -> String {
    let import = &module.description().imports[mismatch.import];
    format!(
        "incompatible import type for `{}::{}`: {}",
        Escaped(&*import.module),
        Escaped(&*import.name),
        difference(module.engine().registry(), mismatch)
    )
}

/// The error for imports of the wrong types.
pub(crate) fn mismatch_error(module: &Module, mismatches: &[LinkMismatch]) -> Error {
    Error::new(LinkReport(
        mismatches
            .iter()
            .map(|mismatch| describe(module, mismatch))
            .collect(),
    ))
}
