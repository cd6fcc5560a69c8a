//! From addresses in a module to functions and lines of the source.

use crate::{Error, Result};
use serde::Serialize;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use transom::{Demangled, Engine, Escaped, FrameSymbol, ParsedModule};
use wasmparser::{Parser, Payload};

/// From where addresses count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// From the beginning of the module, as in backtraces.
    Module,
    /// From the beginning of the code section's content, as in DWARF.
    CodeSection,
}

/// What is at an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The address.
    pub address: u64,
    /// The function; `None` if the address is outside of functions.
    pub function: Option<Function>,
    /// The lines of the source, of inlined functions first. Empty if there is no debug information.
    pub lines: Vec<Line>,
}

/// A function of the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Function {
    /// Its index.
    pub index: u32,
    /// Its name as in the source, if it has one.
    pub name: Option<String>,
}

/// A line of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The function as in the source. Of the last line, it is the function of the module.
    pub function: Option<String>,
    /// The file.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
}

/// Finds what is at each address.
///
/// # Errors
///
/// The module is not valid with all features that the engine has, or has no code section that addresses are relative to.
pub fn locate(engine: &Engine, binary: &[u8], addresses: &[u64], base: Base) -> Result<Vec<Location>> {
    let module = ParsedModule::from_binary(engine, Arc::new(binary.to_vec()));
    let module = module.map_err(|error| Error::from(&error))?;
    let code = Code::read(binary)?;
    let start = match (base, code.start) {
        (Base::Module, _) => 0,
        (Base::CodeSection, Some(start)) => start,
        (Base::CodeSection, None) => {
            return Err(Error::new("the module has no code section")
                .remedy("addresses from the beginning of the file: omit --code-section-relative"));
        }
    };
    let locations = addresses.iter().map(|&address| {
        let offset = address.checked_add(start);
        let body = offset.and_then(|offset| Some((code.body(offset)?, offset)));
        match body {
            Some((body, offset)) => location(&module, (address, offset), body),
            None => Location {
                address,
                function: None,
                lines: Vec::new(),
            },
        }
    });
    Ok(locations.collect())
}

fn location(module: &ParsedModule, (address, offset): (u64, u64), body: u32) -> Location {
    let index = module.functions().start + body;
    let symbols = module.symbols(crate::sections::offset(offset));
    let name = module.function_name(index);
    let name = name.or_else(|| symbols.last()?.name());
    Location {
        address,
        function: Some(Function {
            index,
            name: name.map(|name| Demangled(name).to_string()),
        }),
        lines: symbols.iter().map(Line::of).collect(),
    }
}

impl Line {
    fn of(symbol: &FrameSymbol) -> Line {
        Line {
            function: symbol.name().map(|name| Demangled(name).to_string()),
            file: symbol.file().map(str::to_owned),
            line: symbol.line(),
            column: symbol.line().and(symbol.column()),
        }
    }
}

/// Where the code of a module is.
#[derive(Debug, Default)]
struct Code {
    /// The offset of the code section's content.
    start: Option<u64>,
    /// The bodies of functions, in ascending order.
    bodies: Vec<Range<u64>>,
}

impl Code {
    fn read(binary: &[u8]) -> Result<Code> {
        let mut code = Code::default();
        for payload in Parser::new(0).parse_all(binary) {
            match payload? {
                Payload::CodeSectionStart { unchecked_range, .. } => code.start = Some(unchecked_range.start),
                Payload::CodeSectionEntry(body) => code.bodies.push(body.range()),
                _ => {}
            }
        }
        Ok(code)
    }

    /// The number of the body at an offset.
    fn body(&self, offset: u64) -> Option<u32> {
        let number = self.bodies.partition_point(|body| body.end <= offset);
        let body = self.bodies.get(number)?;
        body.contains(&offset)
            .then(|| u32::try_from(number).expect("a section has fewer items"))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}: ", self.address)?;
        let Some(function) = &self.function else {
            return f.write_str("not in a function");
        };
        write!(f, "function {}", function.index)?;
        if let Some(name) = &function.name {
            write!(f, " `{}`", Escaped(name))?;
        }
        for (index, line) in self.lines.iter().enumerate() {
            let inlined = index + 1 < self.lines.len();
            write!(
                f,
                "\n    {}",
                Escaped(line.file.as_deref().unwrap_or("unknown file"))
            )?;
            for number in [line.line, line.column].into_iter().flatten() {
                write!(f, ":{number}")?;
            }
            match &line.function {
                Some(name) if inlined => write!(f, ", in `{}` (inlined)", Escaped(name))?,
                None if inlined => f.write_str(", in an inlined function")?,
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
