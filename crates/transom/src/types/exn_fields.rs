//! Types of exceptions: their fields and their tags.

use super::defined::FuncType;
use super::entity::{Mutability, TagType};
use super::exn::ExnType;
use super::object::{FieldType, StorageType};
use super::value::ValType;
use crate::Engine;
use transom_error::{Result, ensure};

impl ExnType {
    /// Creates the type of exceptions whose tags have the parameters `fields`.
    ///
    /// # Errors
    ///
    /// The type of a field belongs to another engine.
    pub fn new(engine: &Engine, fields: impl IntoIterator<Item = ValType>) -> Result<ExnType> {
        let func = FuncType::try_new(engine, fields, [])?;
        Ok(ExnType::of(func))
    }

    /// The type of the exceptions of a tag.
    ///
    /// # Errors
    ///
    /// The function type of the tag has results.
    pub fn from_tag_type(tag: &TagType) -> Result<ExnType> {
        let func = tag.ty().clone();
        let results = func.results().len();
        ensure!(
            results == 0,
            "an exception has no results, but the tag's type has {results}: {func}"
        );
        Ok(ExnType::of(func))
    }

    /// The type of the tags.
    pub fn tag_type(&self) -> TagType {
        TagType::new(self.func().clone())
    }

    /// The type of the field at `index`, or `None` if there is no such field. Fields of exceptions are immutable.
    pub fn field(&self, index: usize) -> Option<FieldType> {
        self.fields().nth(index)
    }

    /// The types of the fields.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = FieldType> + '_ {
        let field = |ty| FieldType::new(Mutability::Const, StorageType::ValType(ty));
        self.func().params().map(field)
    }
}
