//! Statistics of a module or component: sections, function sizes, instruction counts.

use crate::Result;
use crate::names::Names;
use crate::nested::{self, Nested};
use crate::sections::{Section, offset, sections};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;
use transom::Escaped;
use wasmparser::{CanonicalFunction, Operator, Parser, Payload};

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
    /// The number of its module, if it is in a component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<u32>,
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
    let mut bodies = Bodies::default();
    bodies.add(binary, 0, None)?;
    Ok(Stats {
        size: binary.len(),
        sections: sections(binary)?,
        instructions: bodies.instructions(),
        functions: Functions::of(bodies.functions),
    })
}

/// The statistics of a component: those of its modules together, and what it is made of.
#[derive(Debug, Clone, Serialize)]
pub struct ComponentStats {
    /// Bytes of the binary.
    pub size: usize,
    /// Its sections, and those of the modules and components inside of it.
    pub sections: Vec<Nested>,
    /// What it is made of.
    pub parts: Parts,
    /// The functions of its modules.
    pub functions: Functions,
    /// Instructions by name, the most frequent first.
    pub instructions: Vec<Instruction>,
}

/// How many things of each kind a component is made of. Those of components inside of it are among them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Parts {
    /// Components inside of it.
    pub components: u32,
    /// Core modules.
    pub modules: u32,
    /// Instances of components, and bundles of items.
    pub instances: u32,
    /// Instances of core modules, and bundles of items.
    pub core_instances: u32,
    /// Imports.
    pub imports: u32,
    /// Exports.
    pub exports: u32,
    /// Functions of core modules that become functions of a component.
    pub lifts: u32,
    /// Functions of a component that become functions for core modules.
    pub lowers: u32,
    /// Functions for core modules that the engine provides, such as those for resources.
    pub builtins: u32,
}

/// Computes the statistics of a component.
///
/// # Errors
///
/// The binary is malformed.
pub fn component_stats(binary: &[u8]) -> Result<ComponentStats> {
    let sections = nested::sections(binary)?;
    let mut bodies = Bodies::default();
    let mut parts = Parts::default();
    for payload in Parser::new(0).parse_all(binary) {
        match payload? {
            Payload::ModuleSection {
                unchecked_range: range,
                ..
            } => {
                let range = offset(range.start)..offset(range.end);
                bodies.add(&binary[range.clone()], range.start, Some(parts.modules))?;
                parts.modules += 1;
            }
            Payload::ComponentSection { .. } => parts.components += 1,
            Payload::InstanceSection(reader) => parts.core_instances += reader.count(),
            Payload::ComponentInstanceSection(reader) => parts.instances += reader.count(),
            Payload::ComponentImportSection(reader) => parts.imports += reader.count(),
            Payload::ComponentExportSection(reader) => parts.exports += reader.count(),
            Payload::ComponentCanonicalSection(reader) => {
                for function in reader {
                    match function? {
                        CanonicalFunction::Lift { .. } => parts.lifts += 1,
                        CanonicalFunction::Lower { .. } => parts.lowers += 1,
                        _ => parts.builtins += 1,
                    }
                }
            }
            _ => {}
        }
    }
    Ok(ComponentStats {
        size: binary.len(),
        sections,
        parts,
        instructions: bodies.instructions(),
        functions: Functions::of(bodies.functions),
    })
}

/// The functions of modules, and the instructions of their bodies by the names of `wasmparser`'s methods.
#[derive(Default)]
struct Bodies {
    functions: Vec<Function>,
    counts: HashMap<&'static str, u64>,
}

impl Bodies {
    /// Adds those of a module, which begins at a place of the binary that offsets refer to.
    fn add(&mut self, binary: &[u8], start: usize, module: Option<u32>) -> Result<()> {
        let names = Names::read(binary)?;
        let mut index = names.imported;
        for payload in Parser::new(start as u64).parse_all(binary) {
            let Payload::CodeSectionEntry(body) = payload? else {
                continue;
            };
            let range = body.range();
            self.functions.push(Function {
                module,
                index,
                name: names.function(index).map(str::to_owned),
                size: offset(range.end - range.start),
                offset: offset(range.start),
            });
            index = index.saturating_add(1);
            for operator in body.get_operators_reader()? {
                *self.counts.entry(visitor_name(&operator?)).or_default() += 1;
            }
        }
        Ok(())
    }

    /// The instructions, the most frequent first.
    fn instructions(&self) -> Vec<Instruction> {
        let named = self.counts.iter().map(|(name, count)| Instruction {
            name: text_name(name),
            count: *count,
        });
        let mut instructions = named.collect::<Vec<_>>();
        instructions.sort_by(|a, b| b.count.cmp(&a.count).then(a.name.cmp(&b.name)));
        instructions
    }
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
        write!(f, "{}", self.functions)?;
        write_instructions(f, &self.instructions)
    }
}

impl fmt::Display for ComponentStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} bytes\n\nSections:", self.size)?;
        for section in &self.sections {
            writeln!(f, "  {section}")?;
        }
        write!(f, "{}{}", self.parts, self.functions)?;
        write_instructions(f, &self.instructions)
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nParts:")?;
        for (count, name) in [
            (self.components, "components"),
            (self.modules, "core modules"),
            (self.instances, "instances"),
            (self.core_instances, "core instances"),
            (self.imports, "imports"),
            (self.exports, "exports"),
            (self.lifts, "lifts"),
            (self.lowers, "lowers"),
            (self.builtins, "built-in functions"),
        ] {
            writeln!(f, "  {count:>8} {name}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Functions {
            count,
            median,
            percentile_90,
            largest,
        } = self;
        writeln!(
            f,
            "\nFunctions: {count}, median size {median} bytes, 90th percentile {percentile_90}"
        )?;
        for function in largest {
            let name = Escaped(function.name.as_deref().unwrap_or(""));
            let module = function.module.map(|module| format!(" in core module {module}"));
            let module = module.unwrap_or_default();
            writeln!(
                f,
                "  {:>8} bytes  {:>6} {name}{module}",
                function.size, function.index
            )?;
        }
        Ok(())
    }
}

fn write_instructions(f: &mut fmt::Formatter<'_>, instructions: &[Instruction]) -> fmt::Result {
    let total = instructions.iter().map(|row| row.count).sum::<u64>();
    writeln!(f, "\nInstructions: {total}")?;
    for Instruction { name, count } in instructions {
        writeln!(
            f,
            "  {count:>10} {:>5.1} %  {name}",
            *count as f64 * 100.0 / total as f64
        )?;
    }
    Ok(())
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
    fn parts_of_components_are_counted() {
        let text = r#"(component
          (import "log" (func $log))
          (core func $log (canon lower (func $log)))
          (type $r (resource (rep i32)))
          (core func $drop (canon resource.drop $r))
          (core module $m (import "" "log" (func $log)) (func $run (export "run") (call $log)))
          (core instance $i (instantiate $m (with "" (instance (export "log" (func $log))))))
          (component (core module (func $other (drop (i32.const 1)))))
          (func (export "run") (canon lift (core func $i "run"))))"#;
        let source = Source::new("test", text);
        let binary = source.component().expect("well-formed").expect("a component");
        let stats = component_stats(&binary).expect("well-formed");
        let expected = Parts {
            components: 1,
            modules: 2,
            instances: 0,
            core_instances: 2,
            imports: 1,
            exports: 1,
            lifts: 1,
            lowers: 1,
            builtins: 1,
        };
        assert_eq!(stats.parts, expected);
        let functions: Vec<_> = stats
            .functions
            .largest
            .iter()
            .map(|function| (function.module, function.index, function.name.as_deref()))
            .collect();
        assert_eq!(
            functions,
            [(Some(1), 0, Some("other")), (Some(0), 1, Some("run"))]
        );
        let code = stats.functions.largest[1].offset;
        assert_eq!(binary[code + 1], 0x10, "a call follows the number of locals");
        let text = stats.to_string();
        assert!(
            text.contains("       2 core modules\n") && text.contains("run in core module 0\n"),
            "{text}"
        );
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
