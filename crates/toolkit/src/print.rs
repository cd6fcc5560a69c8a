//! The text of a module.

use crate::fold::check_foldable;
use crate::readable::readable;
use crate::sections::sections;
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
/// The binary is malformed. [`print_to`] keeps what was printed until then.
pub fn print(binary: &[u8], how: &Print) -> Result<String> {
    let mut text = String::new();
    print_to(&mut text, binary, how)?;
    Ok(text)
}

/// Appends the text of a binary, which need not be valid.
///
/// # Errors
///
/// The binary is malformed; everything before the broken place was appended.
pub fn print_to(text: &mut String, binary: &[u8], how: &Print) -> Result<()> {
    let whole = readable(binary);
    if how.folded {
        check_foldable(&whole)?;
    }
    let mut config = Config::new();
    config
        .print_skeleton(how.skeleton)
        .print_offsets(how.offsets)
        .fold_instructions(how.folded)
        .name_unnamed(how.names);
    let printed = config
        .print(&whole, &mut PrintFmtWrite(&mut *text))
        .map_err(malformed);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    first_error(binary, &whole, printed)
}

/// The error of what was read of a binary, or else what kept the rest from being read.
pub(crate) fn first_error(binary: &[u8], whole: &[u8], read: Result<()>) -> Result<()> {
    match whole == binary {
        true => read,
        false => sections(binary).map(drop).and(read),
    }
}

/// Why the printer could not read a binary.
pub(crate) fn malformed(error: transom::Error) -> Error {
    match error.downcast_ref::<wasmparser::Error>() {
        Some(malformed) => malformed.clone().into(),
        None => Error::new(format!("{error:#}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, Source};

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

    #[test]
    fn what_comes_before_the_broken_place_is_printed() {
        let source = Source::new(
            "test",
            "(module (memory 1) (func (drop (i32.const 7)) (drop (i32.const 8))))",
        );
        let binary = source.binary().expect("a module");
        let mut text = String::new();
        // The last bytes are a constant of two, `drop` and `end`.
        let cut = &binary[..binary.len() - 2];
        let error = print_to(&mut text, cut, &Print::default()).expect_err("it is cut off");
        assert!(
            text.contains("(memory (;0;) 1)") && text.contains("i32.const 8\n"),
            "{text}"
        );
        assert!(error.place.is_some(), "{error}");
        // An unknown instruction in place of the second constant.
        let mut bad = binary.into_owned();
        let at = bad.len() - 4;
        bad[at] = 0xff;
        text.clear();
        let error = print_to(&mut text, &bad, &Print::default()).expect_err("it is malformed");
        assert!(
            text.contains("i32.const 7\n") && !text.contains("const 8"),
            "{text}"
        );
        assert_eq!(error.place, Some(Place::Offset { offset: at as u64 }));
    }
}
