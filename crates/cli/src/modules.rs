//! The commands that read one module and write what it is, or what becomes of it.

use crate::args::{Conversion, Parse, Print, Stats, Strip};
use crate::input;
use crate::report::{Failure, say};
use std::io::{IsTerminal, Write};
use std::path::Path;
use transom_toolkit::{print, stats, strip};

/// `transom parse`
pub fn parse(args: &Parse) -> Result<u8, Failure> {
    let source = input::read(&args.conversion.file)?;
    let binary = source.binary().map_err(|error| input::wrong(&source, &error))?;
    write_binary(&args.conversion, &binary)
}

/// `transom print`
pub fn print(args: &Print) -> Result<u8, Failure> {
    let how = print::Print {
        skeleton: args.skeleton,
        offsets: args.offsets,
        folded: args.folded,
        names: args.names,
    };
    let text = ask(&args.conversion.file, |binary| print::print(binary, &how))?;
    write(&args.conversion, text.as_bytes())
}

/// `transom stats`
pub fn stats(args: &Stats) -> Result<u8, Failure> {
    let stats = ask(&args.file, stats::stats)?;
    match args.json {
        true => say(json(&stats)),
        false => say(stats),
    }
    Ok(0)
}

/// `transom strip`
pub fn strip(args: &Strip) -> Result<u8, Failure> {
    let what = strip::Strip {
        only: args.only.clone(),
        keep: args.keep.clone(),
    };
    let stripped = ask(&args.conversion.file, |binary| strip::strip(binary, &what))?;
    write_binary(&args.conversion, &stripped)
}

/// What is known of a file's module.
fn ask<R>(file: &Path, question: impl FnOnce(&[u8]) -> transom_toolkit::Result<R>) -> Result<R, Failure> {
    let source = input::read(file)?;
    let wrong = |error| input::wrong(&source, &error);
    let binary = source.binary().map_err(wrong)?;
    question(&binary).map_err(|error| wrong(source.locate(&binary, error)))
}

/// The JSON text of plain data, with an end of line.
pub fn json(data: &impl serde::Serialize) -> String {
    let text = serde_json::to_string_pretty(data).expect("plain data can be written");
    text + "\n"
}

/// Writes a binary, but not to a terminal.
fn write_binary(conversion: &Conversion, binary: &[u8]) -> Result<u8, Failure> {
    if conversion.output.is_none() && std::io::stdout().is_terminal() {
        let failure = Failure::new("a binary module is nothing for a terminal");
        return Err(failure.hint("name a file: -o FILE"));
    }
    write(conversion, binary)
}

fn write(conversion: &Conversion, bytes: &[u8]) -> Result<u8, Failure> {
    let written = match &conversion.output {
        Some(path) => std::fs::write(path, bytes),
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
    };
    match written {
        // A reader that has gone away has read enough.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            let place = conversion
                .output
                .as_ref()
                .map_or("standard output".into(), |path| path.display().to_string());
            Err(Failure::new(format!("can't write `{place}`: {error}")))
        }
        _ => Ok(0),
    }
}
