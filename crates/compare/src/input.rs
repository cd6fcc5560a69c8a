//! Builds the input of engines from a file and the user's wish.

use crate::engine::Task;
use crate::subjects::{Subject, Wish, of_module};
use crate::{component, script};
use transom_inspect::{Result, Source};

/// The subject for a file. A file whose name ends in `.wast` is a script, regardless of the wish.
///
/// # Errors
///
/// The text is malformed, the module or the component lacks the requested export, or arguments do not fit.
pub fn subject(source: &Source, wish: &Wish) -> Result<Subject> {
    if source.name().ends_with(".wast") {
        let text = String::from_utf8_lossy(source.bytes());
        let script = script::assembled(&text)?.into_bytes();
        return Ok(Subject::new("case.wast", script, Task::Script));
    }
    match source.component()? {
        Some(binary) => component::of_component(&binary, source.name(), wish),
        None => of_module(source, wish),
    }
}
