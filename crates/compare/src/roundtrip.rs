//! Whether a text means one thing: it is assembled, printed and assembled again, by every assembler and printer that is
//! there, and all that comes out is held against each other, and against a binary that is said to be it. The text of a binary is what
//! is printed of it.
//!
//! Assemblers differ: for instance in how they resolve an inline use of a type when one of the same shape that is not
//! final comes first. The specification's rule is Transom's own reading.

use crate::process::{Bounds, End, run};
use serde::Serialize;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use transom_inspect::difference::{Difference, differences};
use transom_inspect::{Error, Result, Source, print};

/// One comparison.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What was held against what.
    pub what: String,
    /// Where the two differ.
    pub differences: Vec<Difference>,
    /// Why there was nothing to compare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl Check {
    fn of(what: String, first: Result<Vec<u8>>, second: Result<Vec<u8>>) -> Self {
        let compared = first.and_then(|first| differences(&first, &second?));
        let (differences, failed) = match compared {
            Ok(differences) => (differences, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Check {
            what,
            differences,
            failed,
        }
    }

    /// Whether both were there, and mean the same.
    pub fn agrees(&self) -> bool {
        self.failed.is_none() && !self.differences.iter().any(Difference::matters)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match (&self.failed, self.agrees(), self.differences.is_empty()) {
            (Some(_), ..) => "failed",
            (None, true, true) => "identical",
            (None, true, false) => "the same except for encodings and custom sections",
            (None, false, _) => "DIFFERENT",
        };
        write!(f, "{}: {verdict}", self.what)?;
        if let Some(why) = &self.failed {
            write!(f, "\n  {}", why.replace('\n', "\n  "))?;
        }
        let differences = self.differences.iter().filter(|difference| difference.matters());
        for difference in differences {
            write!(f, "\n  {}", difference.to_string().replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

/// A program of others that turns text to binary or back.
struct Tool {
    name: &'static str,
    program: &'static str,
    args: &'static [&'static str],
}

const ASSEMBLERS: &[Tool] = &[
    Tool {
        name: "wabt",
        program: "wat2wasm",
        args: &["--enable-all", "--debug-names"],
    },
    Tool {
        name: "binaryen",
        program: "wasm-as",
        args: &["-all", "-g"],
    },
    Tool {
        name: "wasm-tools",
        program: "wasm-tools",
        args: &["parse"],
    },
];

const PRINTERS: &[Tool] = &[
    Tool {
        name: "wabt",
        program: "wasm2wat",
        args: &["--enable-all"],
    },
    Tool {
        name: "binaryen",
        program: "wasm-dis",
        args: &["-all"],
    },
    Tool {
        name: "wasm-tools",
        program: "wasm-tools",
        args: &["print"],
    },
];

/// Holds a module against what becomes of it, and against a binary if there is one. The text of a module that is a binary is
/// what is printed of it. `folder` is for files of other programs, which are looked for on the path of the system.
///
/// # Errors
///
/// The module is malformed.
pub fn roundtrip(module: &Source, binary: Option<&[u8]>, folder: &Path) -> Result<Vec<Check>> {
    let own = module.binary()?.into_owned();
    let printed = print::print(&own, &print::Print::default()).map(String::into_bytes);
    let (first, text, printed) = match module.is_binary() {
        true => {
            let text = printed?;
            ("binary", text.clone(), Ok(text))
        }
        false => ("assembled", module.bytes().to_vec(), printed),
    };
    let mut checks = Vec::new();
    let mut check = |second: &str, made| {
        let what = format!("{first} / {second}");
        checks.push(Check::of(what, Ok(own.clone()), made));
    };
    check(
        "printed and assembled again",
        printed.and_then(|text| assembled("printed", text)),
    );
    if let Some(binary) = binary {
        check("the given binary", Ok(binary.to_vec()));
    }
    check("by the crate wast", by_wast(&text));
    for tool in ASSEMBLERS.iter().filter(|tool| tool.path().is_some()) {
        let made = tool.convert(folder, ("text.wat", &text), "made.wasm");
        check(&format!("by {}", tool.name), made);
    }
    for tool in PRINTERS.iter().filter(|tool| tool.path().is_some()) {
        let printed = tool.convert(folder, ("binary.wasm", &own), "printed.wat");
        check(
            &format!("printed by {} and assembled again", tool.name),
            printed.and_then(|text| assembled(tool.name, text)),
        );
    }
    Ok(checks)
}

fn assembled(name: &str, text: Vec<u8>) -> Result<Vec<u8>> {
    Ok(Source::new(name, text).binary()?.into_owned())
}

/// The crate's own reading, without our rule for inline uses of types.
fn by_wast(text: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(text).map_err(|error| Error::new(error.to_string()))?;
    let encode = || -> std::result::Result<Vec<u8>, wast::Error> {
        let buffer = wast::parser::ParseBuffer::new(text)?;
        wast::parser::parse::<wast::Wat<'_>>(&buffer)?.encode()
    };
    encode().map_err(|error| Error::new(error.message()))
}

impl Tool {
    /// Where the program is, if it is there.
    fn path(&self) -> Option<PathBuf> {
        let folders = std::env::var_os("PATH")?;
        let files = std::env::split_paths(&folders).map(|folder| folder.join(self.program));
        files.into_iter().find(|file| file.is_file())
    }

    /// What the program makes of a file.
    fn convert(&self, folder: &Path, (name, bytes): (&str, &[u8]), made: &str) -> Result<Vec<u8>> {
        let failed = |error: std::io::Error| Error::new(format!("{}: {error}", self.program));
        let made = folder.join(format!("{}-{made}", self.name));
        std::fs::write(folder.join(name), bytes).map_err(failed)?;
        let mut command = Command::new(self.program);
        command
            .args(self.args)
            .arg(folder.join(name))
            .arg("-o")
            .arg(&made);
        let ended = run(&mut command, Bounds::default()).map_err(failed)?;
        match ended.end {
            End::Exit(0) => File::open(&made).and_then(transom::read_bounded).map_err(failed),
            end => {
                let said = crate::process::without_colours(&String::from_utf8_lossy(&ended.stderr));
                Err(Error::new(format!(
                    "{} ended with {end:?}\n{}",
                    self.program,
                    said.trim()
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(text: &str, binary: Option<&[u8]>) -> Vec<Check> {
        let folder = tempfile::tempdir().expect("a folder");
        roundtrip(&Source::new("test", text), binary, folder.path()).expect("a module")
    }

    fn check<'a>(checks: &'a [Check], what: &str) -> &'a Check {
        checks
            .iter()
            .find(|check| check.what.contains(what))
            .expect("it was made")
    }

    const TEXT: &str = "(module (func (export \"f\") (result i32) (i32.const 1)))";
    #[test]
    fn a_text_is_what_becomes_of_it() {
        let checks = checks(TEXT, None);
        assert!(check(&checks, "printed and assembled again").agrees());
        assert!(check(&checks, "crate wast").agrees());
    }

    #[test]
    fn a_binary_is_what_becomes_of_its_text() {
        let binary = Source::new("test", TEXT).binary().expect("a module").into_owned();
        let folder = tempfile::tempdir().expect("a folder");
        let module = Source::new("test.wasm", binary);
        let checks = roundtrip(&module, None, folder.path()).expect("a module");
        for what in [
            "binary / printed and assembled again",
            "binary / by the crate wast",
        ] {
            assert!(check(&checks, what).agrees(), "{checks:?}");
        }
    }

    #[test]
    fn a_binary_that_is_not_what_its_text_says_is_found() {
        let other = Source::new("test", TEXT.replace("const 1", "const 2"));
        let checks = checks(TEXT, Some(&other.binary().expect("a module")));
        let check = check(&checks, "given binary");
        assert!(!check.agrees());
        assert!(
            check
                .to_string()
                .contains("function 0 (f):\n    first:  i32.const 1"),
            "{check}"
        );
    }

    #[test]
    fn assemblers_that_resolve_types_in_other_ways_are_found() {
        let text = "(module (type $open (sub (func))) (func (export \"f\")))";
        let checks = checks(text, None);
        let differs = check(&checks, "crate wast");
        assert!(check(&checks, "printed and assembled again").agrees());
        assert!(!differs.agrees(), "{differs}");
    }
}
