//! The text of a module.

use crate::{Error, Result};
use wasmprinter::{Config, PrintFmtWrite};

/// How to print.
#[derive(Debug, Clone, Default)]
pub struct Print {
    /// Leave out the bodies of functions and the contents of segments.
    pub skeleton: bool,
    /// Say at the end of each line where in the binary it comes from.
    pub offsets: bool,
    /// Write instructions with their operands in parentheses.
    pub folded: bool,
    /// Give a name to whatever has none.
    pub names: bool,
}

/// The text of a binary, which need not be valid.
///
/// # Errors
///
/// The binary is malformed. What was printed until then is lost.
pub fn print(binary: &[u8], how: &Print) -> Result<String> {
    let mut text = String::new();
    let mut config = Config::new();
    config
        .print_skeleton(how.skeleton)
        .print_offsets(how.offsets)
        .fold_instructions(how.folded)
        .name_unnamed(how.names);
    config
        .print(binary, &mut PrintFmtWrite(&mut text))
        .map_err(|error| match error.downcast_ref::<wasmparser::Error>() {
            Some(malformed) => malformed.clone().into(),
            None => Error::new(format!("{error:#}")),
        })?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn each_way_to_print_is_one() {
        let text = "(module (func (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))";
        let source = Source::new("test", text);
        let binary = source.binary().expect("a module");
        let print = |how: Print| print(&binary, &how).expect("well-formed");
        assert!(print(Print::default()).contains("    i32.add\n"));
        let folded = Print {
            folded: true,
            ..Print::default()
        };
        assert!(print(folded).contains("(i32.add\n"));
        let skeleton = Print {
            skeleton: true,
            ..Print::default()
        };
        assert!(print(skeleton).contains("..."));
        let offsets = Print {
            offsets: true,
            ..Print::default()
        };
        assert!(print(offsets).contains("(;@"));
        let names = Print {
            names: true,
            ..Print::default()
        };
        assert!(print(names).contains("$#func0"));
        assert!(super::print(b"\0asm\x01\0\0\0\x01\x05", &Print::default()).is_err());
    }
}
