//! How large a module is, as the search sees it: what every accepted candidate makes less of.
//!
//! The order is lexicographic, so a step may add as much as it likes of what is counted later. Operations count for what
//! they do: what an edit puts in place of something (drops, zeros, nulls, traps) weighs nothing, a reference that has
//! to be made for a default weighs half of any other instruction. So an instruction that gives way to its defaults
//! always makes the module smaller, and none can come back. All components are natural numbers: the search ends.

use transom_inspect::Result;
use wasmparser::{
    CompositeInnerType, ConstExpr, ElementItems, ElementKind, FunctionBody, Operator, Parser, Payload,
    SubType, TableInit, TypeRef,
};

/// The measure, its components in the order in which they matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Measure {
    /// The weights of all instructions, those of constant expressions included.
    operations: u64,
    /// Items of index spaces and their parts: imports, parameters, fields, locals, limits.
    items: u64,
    /// Instructions of functions; `else` and `end` belong to their blocks.
    pub instructions: usize,
    /// Digits of constants, offsets and limits, bytes of segments, labels of tables.
    magnitude: u64,
    /// The binary's length.
    bytes: usize,
}

/// Measures a valid module.
///
/// # Errors
///
/// The binary is malformed.
pub(crate) fn measure(binary: &[u8]) -> Result<Measure> {
    let mut measure = Measure {
        bytes: binary.len(),
        ..Measure::default()
    };
    for payload in Parser::new(0).parse_all(binary) {
        measure.section(payload?)?;
    }
    Ok(measure)
}

impl Measure {
    fn section(&mut self, payload: Payload<'_>) -> Result<()> {
        match payload {
            Payload::TypeSection(groups) => {
                for group in groups {
                    group?.types().for_each(|ty| self.ty(ty));
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.items += 2;
                    self.entity(import?.ty);
                }
            }
            Payload::FunctionSection(functions) => self.items += 2 * u64::from(functions.count()),
            Payload::MemorySection(memories) => {
                for memory in memories {
                    self.entity(TypeRef::Memory(memory?));
                }
            }
            Payload::TagSection(tags) => self.items += 2 * u64::from(tags.count()),
            Payload::ExportSection(exports) => self.items += 2 * u64::from(exports.count()),
            Payload::StartSection { .. } | Payload::CustomSection(_) => self.items += 2,
            Payload::CodeSectionEntry(body) => self.body(&body)?,
            other => return self.initialized(other),
        }
        Ok(())
    }

    /// What constant expressions initialize.
    fn initialized(&mut self, payload: Payload<'_>) -> Result<()> {
        match payload {
            Payload::TableSection(tables) => {
                for table in tables {
                    let table = table?;
                    self.entity(TypeRef::Table(table.ty));
                    if let TableInit::Expr(init) = table.init {
                        self.expr(&init)?;
                    }
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let global = global?;
                    self.entity(TypeRef::Global(global.ty));
                    self.expr(&global.init_expr)?;
                }
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element?;
                    self.element(&element)?;
                }
            }
            Payload::DataSection(segments) => {
                for segment in segments {
                    let segment = segment?;
                    self.items += 2;
                    let nonzero = segment.data.iter().filter(|byte| **byte != 0).count();
                    self.magnitude += (segment.data.len() + nonzero) as u64;
                    if let wasmparser::DataKind::Active { offset_expr, .. } = &segment.kind {
                        self.expr(offset_expr)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn ty(&mut self, ty: &SubType) {
        let parts = match &ty.composite_type.inner {
            CompositeInnerType::Func(func) => func.params().len() + func.results().len(),
            CompositeInnerType::Struct(fields) => fields.fields.len(),
            _ => 1,
        };
        self.items += 2 + (parts + ty.supertype_idxs.len()) as u64;
    }

    fn entity(&mut self, ty: TypeRef) {
        let (initial, maximum) = match ty {
            TypeRef::Table(table) => (table.initial, table.maximum),
            TypeRef::Memory(memory) => (memory.initial, memory.maximum),
            _ => (0, None),
        };
        self.items += 2 + u64::from(maximum.is_some());
        self.magnitude += digits(initial) + maximum.map_or(0, digits);
    }

    /// A declared segment weighs next to nothing: one is added when something that declared a function goes.
    fn element(&mut self, element: &wasmparser::Element<'_>) -> Result<()> {
        let declared = matches!(element.kind, ElementKind::Declared);
        let weight = if declared { 0 } else { 2 };
        self.items += 1 + weight / 2;
        if let ElementKind::Active { offset_expr, .. } = &element.kind {
            self.expr(offset_expr)?;
        }
        match &element.items {
            ElementItems::Functions(functions) => self.items += weight * u64::from(functions.count()),
            ElementItems::Expressions(_, exprs) => {
                for expr in exprs.clone() {
                    self.items += weight;
                    self.expr(&expr?)?;
                }
            }
        }
        Ok(())
    }

    fn expr(&mut self, expr: &ConstExpr<'_>) -> Result<()> {
        let mut reader = expr.get_operators_reader();
        while !reader.is_end_then_eof() {
            self.operator(reader.read()?);
        }
        Ok(())
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<()> {
        for locals in body.get_locals_reader()? {
            self.items += u64::from(locals?.0);
        }
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let operator = reader.read()?;
            self.instructions += usize::from(!matches!(operator, Operator::End | Operator::Else));
            self.operator(operator);
        }
        Ok(())
    }

    fn operator(&mut self, mut operator: Operator<'_>) {
        self.operations += weight(&operator);
        self.magnitude += match &mut operator {
            Operator::I32Const { value } => signed_digits((*value).into()),
            Operator::I64Const { value } => signed_digits(*value),
            Operator::F32Const { value } => float_digits(value.bits().into(), 1f32.to_bits().into()),
            Operator::F64Const { value } => float_digits(value.bits(), 1f64.to_bits()),
            Operator::BrTable { targets } => targets.len().into(),
            Operator::TryTable { try_table } => try_table.catches.len() as u64,
            operator => crate::immediates::memarg(operator).map_or(0, |memarg| digits(memarg.offset)),
        };
    }
}

/// What an instruction counts for.
fn weight(operator: &Operator<'_>) -> u64 {
    match operator {
        Operator::Drop
        | Operator::Nop
        | Operator::Unreachable
        | Operator::Else
        | Operator::End
        | Operator::RefNull { .. } => 0,
        Operator::I32Const { value } => (*value != 0).into(),
        Operator::I64Const { value } => (*value != 0).into(),
        Operator::F32Const { value } => (value.bits() != 0).into(),
        Operator::F64Const { value } => (value.bits() != 0).into(),
        Operator::V128Const { value } => (value.i128() != 0).into(),
        Operator::RefFunc { .. }
        | Operator::RefI31
        | Operator::ExternConvertAny
        | Operator::StructNewDefault { .. }
        | Operator::ArrayNewDefault { .. } => 1,
        _ => 2,
    }
}

/// How many binary digits a number has.
fn digits(number: u64) -> u64 {
    (u64::BITS - number.leading_zeros()).into()
}

/// Negative numbers have one digit more than positive ones.
fn signed_digits(number: i64) -> u64 {
    digits(number.unsigned_abs()) + u64::from(number < 0)
}

/// Zero is simpler than one, and one than everything else.
fn float_digits(bits: u64, one: u64) -> u64 {
    match bits {
        0 => 0,
        _ if bits == one => 1,
        _ => 2,
    }
}
