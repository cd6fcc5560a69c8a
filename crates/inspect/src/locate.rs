//! From an offset in a binary module to the function and the instruction there, and back to the line of the text that the binary
//! was made of.
//!
//! The text's parser keeps the place of every instruction, and the binary has the same functions and instructions in
//! the same order; so the place is found by counting.

use crate::Place;
use crate::names::Names;
use crate::stats::instruction_name;
use transom::Escaped;
use wasmparser::{FunctionBody, Parser, Payload};
use wast::core::{FuncKind, ModuleField, ModuleKind};
use wast::parser::ParseBuffer;

/// The function and the instruction at an offset, for a message.
pub fn function(binary: &[u8], offset: u64) -> Option<String> {
    let (position, count) = instruction_at(binary, offset)?;
    let names = Names::known(binary);
    let index = names.imported + u32::try_from(position).ok()?;
    let mut text = format!("function {index}");
    if let Some(name) = names.function(index) {
        text += &format!(" `{}`", Escaped(name));
    }
    let mut operators = bodies(binary).nth(position)?.get_operators_reader().ok()?;
    let skipped = (0..count).all(|_| operators.read().is_ok());
    if let Some(operator) = skipped.then(|| operators.read().ok()).flatten() {
        text += &format!(", instruction `{}`", instruction_name(&operator));
    }
    Some(text)
}

/// The place of the instruction at `offset` of `binary`, which was made of `text`.
pub fn position(text: &str, binary: &[u8], offset: u64) -> Option<Place> {
    let (function, instruction) = instruction_at(binary, offset)?;
    let mut buffer = ParseBuffer::new(text).ok()?;
    buffer.track_instr_spans(true);
    let wast::Wat::Module(module) = wast::parser::parse::<wast::Wat<'_>>(&buffer).ok()? else {
        return None;
    };
    let ModuleKind::Text(fields) = &module.kind else {
        return None;
    };
    let bodies = fields.iter().filter_map(|field| match field {
        ModuleField::Func(func) => match &func.kind {
            FuncKind::Inline { expression, .. } => Some((func.span, expression)),
            FuncKind::Import(..) => None,
        },
        _ => None,
    });
    let (function, expression) = bodies.into_iter().nth(function)?;
    let spans = expression.instr_spans.as_ref()?;
    // Past the last instruction there is the `end` that a function doesn't write.
    let span = spans.get(instruction).or(spans.last()).unwrap_or(&function);
    Some(Place::in_text(text, *span))
}

/// The bodies of functions, as far as the binary can be read.
fn bodies(binary: &[u8]) -> impl Iterator<Item = FunctionBody<'_>> {
    let payloads = Parser::new(0).parse_all(binary).map_while(Result::ok);
    payloads.filter_map(|payload| match payload {
        Payload::CodeSectionEntry(body) => Some(body),
        _ => None,
    })
}

/// Which function of the code section, and which of its instructions, lies at an offset.
fn instruction_at(binary: &[u8], offset: u64) -> Option<(usize, usize)> {
    for (index, body) in bodies(binary).enumerate() {
        if body.range().end <= offset {
            continue;
        }
        if offset < body.range().start {
            return None;
        }
        let mut operators = body.get_operators_reader().ok()?;
        let mut count = 0usize;
        while !operators.eof() && operators.original_position() < offset {
            // The error may be that the instruction can't be read.
            if operators.read().is_err() {
                break;
            }
            count += 1;
        }
        let started = operators.original_position() <= offset;
        return Some((index, if started { count } else { count.saturating_sub(1) }));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_counted() {
        let text = "(module\n  (func)\n  (func (result i32)\n    i64.const 1\n    i32.eqz))";
        let buffer = ParseBuffer::new(text).expect("well-formed");
        let binary = wast::parser::parse::<wast::Wat<'_>>(&buffer)
            .expect("well-formed")
            .encode()
            .expect("well-formed");
        let code = binary
            .windows(2)
            .position(|bytes| bytes == [0x42, 1])
            .expect("well-formed");
        let line = |line| Some(Place::Line { line, column: 5 });
        assert_eq!(position(text, &binary, code as u64), line(4));
        assert_eq!(position(text, &binary, code as u64 + 2), line(5));
        assert_eq!(position(text, &binary, code as u64 + 3), line(5));
        let at = |offset| function(&binary, code as u64 + offset).expect("in a function");
        assert_eq!(at(0), "function 1, instruction `i64.const`");
        assert_eq!(at(3), "function 1, instruction `end`");
        assert_eq!(function(&binary, 10), None);
        assert_eq!(position(text, &binary, 10), None);
    }
}
