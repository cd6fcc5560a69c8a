//! From an offset in a binary module back to the line of the text that it was made of.
//!
//! The text's parser keeps the place of every instruction, and the binary has the same functions and instructions in
//! the same order; so the place is found by counting.

use wasmparser::{Parser, Payload};
use wast::core::{FuncKind, ModuleField, ModuleKind};
use wast::parser::ParseBuffer;

/// The line and column, from 1, of the instruction at `offset` of `binary`, which was made of `text`.
pub fn position(text: &str, binary: &[u8], offset: u64) -> Option<(usize, usize)> {
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
    let (line, column) = span.linecol_in(text);
    Some((line + 1, column + 1))
}

/// Which function of the code section, and which of its instructions, lies at an offset.
fn instruction_at(binary: &[u8], offset: u64) -> Option<(usize, usize)> {
    let bodies = Parser::new(0)
        .parse_all(binary)
        .filter_map(|payload| match payload {
            Ok(Payload::CodeSectionEntry(body)) => Some(body),
            _ => None,
        });
    for (index, body) in bodies.enumerate() {
        if body.range().end <= offset {
            continue;
        }
        if offset < body.range().start {
            return None;
        }
        let mut operators = body.get_operators_reader().ok()?;
        let mut count = 0usize;
        while !operators.eof() && operators.original_position() < offset {
            operators.read().ok()?;
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
        assert_eq!(position(text, &binary, code as u64), Some((4, 5)));
        assert_eq!(position(text, &binary, code as u64 + 2), Some((5, 5)));
        assert_eq!(position(text, &binary, code as u64 + 3), Some((5, 5)));
        assert_eq!(position(text, &binary, 10), None);
    }
}
