//! The text of a module.

use crate::fold::is_foldable;
use crate::readable::readable;
use crate::sections::sections;
use crate::{Error, Result};
use std::borrow::Cow;
use std::fmt;
use transom::component::is_component;
use wasmprinter::{Config, PrintFmtWrite};

/// How to print.
#[derive(Debug, Clone, Default)]
pub struct Print {
    /// Leave out the bodies of functions and the contents of segments.
    pub skeleton: bool,
    /// Append the offset in the binary to each line.
    pub offsets: bool,
    /// Write instructions with their operands in parentheses.
    pub folded: bool,
    /// Generate names for items without a name.
    pub names: bool,
}

/// The most bytes of a binary's text: names and types are written out wherever they are used, so a text may be thousands of
/// times as long as its binary.
pub(crate) fn most_text(binary: &[u8]) -> usize {
    const LEAST: usize = 64 << 20;
    const FOR_A_BYTE: usize = 256;
    LEAST + FOR_A_BYTE * binary.len()
}

/// A text that has become too long.
pub(crate) fn too_long(most: usize) -> Error {
    let what = format!("the text has more than {most} bytes: it repeats long names or large types");
    Error::new(what).remedy("remove the names: `transom strip --only name`")
}

/// A text with a bound.
struct Bounded<'t> {
    text: &'t mut String,
    most: usize,
    full: bool,
}

impl fmt::Write for Bounded<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        self.full |= self.text.len() + more.len() > self.most;
        if self.full {
            return Err(fmt::Error);
        }
        self.text.push_str(more);
        Ok(())
    }
}

/// The text of a binary, which need not be valid.
///
/// # Errors
///
/// The binary is malformed, or its text is too long. [`print_to`] keeps the text printed before the error.
pub fn print(binary: &[u8], how: &Print) -> Result<String> {
    let mut text = String::new();
    print_to(&mut text, binary, how)?;
    Ok(text)
}

/// Appends the text of a binary, which need not be valid.
///
/// # Errors
///
/// The binary is malformed, or its text longer than 64 MiB and 256 bytes for each byte of the binary; everything before that
/// place was appended.
pub fn print_to(text: &mut String, binary: &[u8], how: &Print) -> Result<()> {
    let whole = match is_component(binary) {
        true => Cow::Borrowed(binary),
        false => readable(binary),
    };
    let folded = how.folded && is_foldable(&whole)?;
    if how.folded && !folded {
        text.push_str(";; Instructions are not folded: legacy exceptions have no folded form.\n");
    }
    let mut config = Config::new();
    config
        .print_skeleton(how.skeleton)
        .print_offsets(how.offsets)
        .fold_instructions(folded)
        .name_unnamed(how.names);
    let mut bounded = Bounded {
        most: text.len() + most_text(&whole),
        text,
        full: false,
    };
    let printed = config.print(&whole, &mut PrintFmtWrite(&mut bounded));
    let printed = match bounded.full {
        true => Err(too_long(bounded.most)),
        false => printed.map_err(malformed),
    };
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
pub(crate) fn malformed(error: anyhow::Error) -> Error {
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
        assert!(print(folded.clone()).contains("(i32.add\n"));
        let legacy = Source::new("test", "(module (func try nop catch_all end))");
        let printed = super::print(&legacy.binary().expect("a module"), &folded).expect("well-formed");
        assert!(
            printed.starts_with(";; Instructions are not folded") && printed.contains("catch_all"),
            "{printed}"
        );
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

    /// A module of 300 KB that calls a function with a name of 100 KB 50,000 times.
    #[test]
    fn texts_are_bounded() {
        use wasm_encoder as encoder;
        let mut function = encoder::Function::new([]);
        for _ in 0..50_000 {
            function.instruction(&encoder::Instruction::Call(0));
        }
        function.instruction(&encoder::Instruction::End);
        let mut module = encoder::Module::new();
        let mut types = encoder::TypeSection::new();
        types.ty().function([], []);
        let mut functions = encoder::FunctionSection::new();
        functions.function(0);
        let mut code = encoder::CodeSection::new();
        code.function(&function);
        let (mut names, mut map) = (encoder::NameSection::new(), encoder::NameMap::new());
        map.append(0, &"n".repeat(100_000));
        names.functions(&map);
        module
            .section(&types)
            .section(&functions)
            .section(&code)
            .section(&names);
        let binary = module.finish();
        let mut text = String::new();
        let error = print_to(&mut text, &binary, &Print::default()).expect_err("it is too long");
        assert!(error.message.contains("the text has more than"), "{error}");
        assert!(error.remedy.is_some() && text.len() <= most_text(&binary) + 1);
        let what = crate::objdump::Objdump {
            disassemble: true,
            ..Default::default()
        };
        let dumped = crate::objdump::objdump(&mut String::new(), &binary, &what);
        assert!(
            dumped
                .expect_err("it is too long")
                .message
                .contains("the text has more than")
        );
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
