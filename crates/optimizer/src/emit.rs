//! Files that show people what a function was compiled to.
//!
//! A function has four files: its IR before and after Cranelift optimises it, a listing, and the bytes. Their names begin with
//! the function's index and end with its name, as far as that consists of harmless characters, so a module has no way
//! to name a file outside of the folder. A file is made anew, so a link that lies in the folder is not followed.

use std::fmt::{self, Write as _};
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use transom_code::{CompileError, CompiledFunction, INLINED, inlined_position, label};
use transom_module::{FuncIdx, Module};
use transom_types::Escaped;

/// The most characters of a function's name in a file's name.
const MAX_NAME: usize = 60;

/// Whether a function is emitted, by its index and name.
type Filter = dyn Fn(u32, Option<&str>) -> bool + Send + Sync;

/// Which functions are emitted.
#[derive(Clone)]
pub struct EmitFilter(Arc<Filter>);

impl EmitFilter {
    /// Those for which a function returns true, called from all threads that compile.
    pub fn new(filter: impl Fn(u32, Option<&str>) -> bool + Send + Sync + 'static) -> EmitFilter {
        EmitFilter(Arc::new(filter))
    }
}

impl fmt::Debug for EmitFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmitFilter")
    }
}

/// Where functions are emitted, and which.
#[derive(Clone, Debug)]
pub struct Emit {
    /// An existing folder.
    pub folder: PathBuf,
    /// All functions if there is none.
    pub filter: Option<EmitFilter>,
}

/// A function as its compilation went on.
pub struct Emitted<'a> {
    /// Its module.
    pub module: &'a Module,
    /// Its index there.
    pub function: FuncIdx,
    /// Whether the code generator optimised it.
    pub optimized: bool,
    /// Its IR as it was translated.
    pub translated: String,
    /// Its IR as machine code was made of it.
    pub lowered: String,
    /// Its machine instructions as text.
    pub disassembly: String,
    /// Its machine code.
    pub compiled: &'a CompiledFunction,
}

impl Emit {
    /// Whether a function is emitted.
    pub fn wants(&self, module: &Module, function: FuncIdx) -> bool {
        let chosen =
            |filter: &EmitFilter| (filter.0)(function.as_u32(), module.func_or_export_name(function));
        self.filter.as_ref().is_none_or(chosen)
    }

    /// Writes the files of a function.
    ///
    /// # Errors
    ///
    /// [`CompileError::Emit`] if one of them can't be written.
    pub fn write(&self, emitted: &Emitted<'_>) -> Result<(), CompileError> {
        let stem = file_stem(
            emitted.function,
            emitted.module.func_or_export_name(emitted.function),
        );
        let (listing, legend) = (listing(emitted), legend(emitted));
        let translated = format!("{}{legend}", emitted.translated);
        let lowered = format!("{}{legend}", emitted.lowered);
        let files = [
            ("clif", translated.as_bytes()),
            ("opt.clif", lowered.as_bytes()),
            ("asm", listing.as_bytes()),
            ("bin", &emitted.compiled.code),
        ];
        for (kind, bytes) in files {
            let path = self.folder.join(format!("{stem}.{kind}"));
            write_anew(&path, bytes).map_err(|error| CompileError::Emit {
                function: emitted.function.as_u32(),
                message: format!("`{}`: {error}", Escaped(path.display())),
            })?;
        }
        Ok(())
    }
}

/// Replaces a file. Whatever has its name is removed, not opened.
fn write_anew(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::File::options().write(true).create_new(true).open(path)?;
    file.write_all(bytes)
}

/// What the names of a function's files begin with.
fn file_stem(function: FuncIdx, name: Option<&str>) -> String {
    let harmless = |c: char| {
        if c.is_ascii_alphanumeric() || "_-.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let mut stem = format!("wasm-{}", function.as_u32());
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        stem.push('-');
        stem.extend(name.chars().take(MAX_NAME).map(harmless));
    }
    stem
}

/// The machine instructions after what is known of their offsets.
fn listing(emitted: &Emitted<'_>) -> String {
    let Emitted { module, compiled, .. } = emitted;
    let mut text = String::new();
    let effort = match emitted.optimized {
        true => "optimised",
        false => "not optimised",
    };
    let (name, size) = (label(module, emitted.function), compiled.code.len());
    // Writing to a string can't fail.
    let _ = writeln!(text, "; {name}: {size:#x} bytes of code, {effort}");
    section(&mut text, "traps, by the offset of the instruction in the code");
    for site in &compiled.traps {
        let _ = writeln!(text, ";   {:#06x}  {}", site.offset, site.trap.message());
    }
    section(&mut text, "calls of functions of the module");
    for relocation in &compiled.relocations {
        let target = label(module, relocation.target);
        let _ = writeln!(text, ";   {:#06x}  {target}", relocation.offset);
    }
    section(
        &mut text,
        "offset in the code, and in the module of the instruction that it belongs to",
    );
    for location in &compiled.locations {
        let origin = origin(emitted, location.wasm_offset);
        let _ = writeln!(text, ";   {:#06x}  {origin}", location.code_offset);
    }
    text.push('\n');
    text.push_str(&emitted.disassembly);
    text
}

/// The origins of instructions whose locations in the IR are no offsets in the module.
fn legend(emitted: &Emitted<'_>) -> String {
    let locations = (INLINED..).take(emitted.compiled.inlined.positions.len());
    let lines = locations.map(|location| format!("; @{location:x}: {}\n", origin(emitted, location)));
    lines.collect()
}

fn section(text: &mut String, title: &str) {
    let _ = writeln!(text, ";\n; {title}:");
}

/// The offset in the module that a location stands for.
fn origin(emitted: &Emitted<'_>, location: u32) -> String {
    if location == u32::MAX {
        return "none".to_owned();
    }
    let inlined = inlined_position(location);
    let position = inlined.and_then(|position| emitted.compiled.inlined.positions.get(position));
    match position {
        Some(position) => {
            let function = label(emitted.module, position.function);
            format!("{:#x} of {function}, inlined", position.wasm_offset)
        }
        None => format!("{location:#x}"),
    }
}

#[cfg(test)]
mod tests;
