//! Statistics of a module: sections, function sizes, instruction counts.

use crate::Result;
use crate::names::Names;
use crate::sections::{Section, offset, sections};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;
use transom::Escaped;
use wasmparser::{Operator, Parser, Payload};

/// How many of the largest functions are told.
const LARGEST: usize = 20;

/// The statistics of a module.
#[derive(Debug, Clone, Serialize)]
pub struct Stats {
    /// Bytes of the binary.
    pub size: usize,
    /// Its sections.
    pub sections: Vec<Section>,
    /// Its functions.
    pub functions: Functions,
    /// Instructions by name, the most frequent first.
    pub instructions: Vec<Instruction>,
}

/// The functions that a module defines.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Functions {
    /// How many.
    pub count: usize,
    /// Bytes of the body in the middle, if they are sorted by size.
    pub median: usize,
    /// Bytes of a body that nine in ten don't exceed.
    pub percentile_90: usize,
    /// The largest.
    pub largest: Vec<Function>,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Function {
    /// Its number in the index space.
    pub index: u32,
    /// The name, if the module has one for it.
    pub name: Option<String>,
    /// Bytes of its body.
    pub size: usize,
    /// Where that begins.
    pub offset: usize,
}

/// An instruction, and how often a module has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instruction {
    /// Its name in the text format.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// Computes the statistics of a module.
///
/// # Errors
///
/// The binary is malformed.
pub fn stats(binary: &[u8]) -> Result<Stats> {
    let names = Names::read(binary)?;
    let mut functions = Vec::new();
    let mut counts = HashMap::<&'static str, u64>::new();
    for payload in Parser::new(0).parse_all(binary) {
        let Payload::CodeSectionEntry(body) = payload? else {
            continue;
        };
        let index = names.imported + u32::try_from(functions.len()).unwrap_or(u32::MAX);
        let range = body.range();
        functions.push(Function {
            index,
            name: names.function(index).map(str::to_owned),
            size: offset(range.end - range.start),
            offset: offset(range.start),
        });
        for operator in body.get_operators_reader()? {
            *counts.entry(visitor_name(&operator?)).or_default() += 1;
        }
    }
    let mut instructions = counts
        .into_iter()
        .map(|(name, count)| Instruction {
            name: text_name(name),
            count,
        })
        .collect::<Vec<_>>();
    instructions.sort_by(|a, b| b.count.cmp(&a.count).then(a.name.cmp(&b.name)));
    Ok(Stats {
        size: binary.len(),
        sections: sections(binary)?,
        functions: Functions::of(functions),
        instructions,
    })
}

impl Functions {
    fn of(mut functions: Vec<Function>) -> Self {
        functions.sort_by_key(|function| std::cmp::Reverse(function.size));
        let count = functions.len();
        let size = |at: usize| functions.get(at).map_or(0, |function| function.size);
        Functions {
            count,
            median: size(count / 2),
            percentile_90: size(count / 10),
            largest: functions.iter().take(LARGEST).cloned().collect(),
        }
    }
}

macro_rules! mnemonics {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($arity:tt)*))*) => {
        /// The name of an instruction, after that of its method in `wasmparser`.
        fn visitor_name(operator: &Operator<'_>) -> &'static str {
            match operator {
                $(Operator::$op { .. } => stringify!($visit),)*
                _ => "visit_unknown",
            }
        }
    };
}

wasmparser::for_each_operator!(mnemonics);

/// The name of an instruction in the text format.
pub(crate) fn instruction_name(operator: &Operator<'_>) -> String {
    text_name(visitor_name(operator))
}

/// What stands before the first dot of an instruction's name.
const BEFORE_DOT: &[&str] = &[
    "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2", "local",
    "global", "memory", "table", "elem", "data", "ref", "struct", "array", "i31", "any", "extern", "atomic",
    "cont",
];

/// The name of an instruction in the text format: `i32.atomic.rmw8.add_u` after the method `visit_i32_atomic_rmw8_add_u`.
fn text_name(visitor: &str) -> String {
    let name = visitor.strip_prefix("visit_").unwrap_or(visitor);
    let Some((first, rest)) = name
        .split_once('_')
        .filter(|(first, _)| BEFORE_DOT.contains(first))
    else {
        return name.to_owned();
    };
    let Some(atomic) = rest.strip_prefix("atomic_") else {
        return format!("{first}.{rest}");
    };
    let dots = usize::from(atomic.starts_with("rmw"));
    format!("{first}.atomic.{}", atomic.replacen('_', ".", dots))
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} bytes\n\nSections:", self.size)?;
        for section in &self.sections {
            writeln!(f, "  {section}")?;
        }
        let Functions {
            count,
            median,
            percentile_90,
            largest,
        } = &self.functions;
        writeln!(
            f,
            "\nFunctions: {count}, median size {median} bytes, 90th percentile {percentile_90}"
        )?;
        for function in largest {
            let name = Escaped(function.name.as_deref().unwrap_or(""));
            writeln!(f, "  {:>8} bytes  {:>6} {name}", function.size, function.index)?;
        }
        let total = self.instructions.iter().map(|row| row.count).sum::<u64>();
        writeln!(f, "\nInstructions: {total}")?;
        for Instruction { name, count } in &self.instructions {
            writeln!(
                f,
                "  {count:>10} {:>5.1} %  {name}",
                *count as f64 * 100.0 / total as f64
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn instructions_have_their_names_of_the_text_format() {
        for (visitor, name) in [
            ("visit_i32_atomic_rmw8_add_u", "i32.atomic.rmw8.add_u"),
            ("visit_memory_atomic_wait32", "memory.atomic.wait32"),
            ("visit_i32_atomic_load8_u", "i32.atomic.load8_u"),
            ("visit_br_on_cast_fail", "br_on_cast_fail"),
            (
                "visit_i32x4_extadd_pairwise_i16x8_s",
                "i32x4.extadd_pairwise_i16x8_s",
            ),
            ("visit_local_get", "local.get"),
            ("visit_return_call_ref", "return_call_ref"),
            ("visit_array_new_default", "array.new_default"),
        ] {
            assert_eq!(text_name(visitor), name);
        }
    }

    #[test]
    fn everything_is_counted() {
        let text = r#"(module
          (import "m" "f" (func))
          (func $small) (func $large (drop (i32.add (i32.const 1) (i32.const 2))) (drop (i32.const 3))))"#;
        let source = Source::new("test", text);
        let stats = stats(&source.binary().expect("a module")).expect("well-formed");
        let count = |name: &str| {
            stats
                .instructions
                .iter()
                .find(|row| row.name == name)
                .map(|row| row.count)
        };
        assert_eq!(
            (count("i32.const"), count("drop"), count("end"), count("nop")),
            (Some(3), Some(2), Some(2), None)
        );
        let largest = &stats.functions.largest[0];
        assert_eq!(
            (stats.functions.count, largest.index, largest.name.as_deref()),
            (2, 2, Some("large"))
        );
        let text = stats.to_string();
        assert!(
            text.contains("Instructions: 8") && text.contains("custom \"name\""),
            "{text}"
        );
        let json = serde_json::to_value(&stats).expect("plain data");
        assert_eq!(json["functions"]["largest"][0]["name"], "large");
    }
}
