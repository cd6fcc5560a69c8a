//! Hands each instruction to the method that translates it. An instruction of a supported proposal that has no
//! method doesn't compile; those of other proposals are rejected here, and only here.

use super::state::{Result, Translator};
use transom_code::CompileError;
use transom_module::wasmparser::{self, OperatorsReader, VisitOperator, VisitSimdOperator};

/// One instruction's visit.
pub struct Visitor<'v, 'a> {
    pub translator: &'v mut Translator<'a>,
    /// Offset of the instruction in the module's bytes.
    pub offset: u64,
}

impl<'a> Visitor<'_, 'a> {
    /// Translates the next instruction.
    pub fn visit(&mut self, operators: &mut OperatorsReader<'a>) -> wasmparser::Result<Result> {
        if !self.translator.counts_fuel() {
            return operators.visit_operator(self);
        }
        let operator = operators.read()?;
        self.translator.charge(&operator);
        Ok(self.visit_operator(&operator))
    }

    fn reject(&self, instruction: &'static str, proposal: &'static str) -> Result {
        let offset = self.offset;
        Err(CompileError::Unsupported {
            instruction,
            offset,
            proposal,
            tier: "the optimizer",
        })
    }
}

macro_rules! visit {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(visit!(one @$proposal $op ($($($arg: $argty),*)?) $visit);)*
    };
    (one @mvp $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @sign_extension $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @saturating_float_to_int $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @bulk_memory $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @reference_types $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @tail_call $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @function_references $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @exceptions $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @legacy_exceptions $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @gc $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @wide_arithmetic $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @threads $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @simd $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @relaxed_simd $($rest:tt)*) => { visit!(translate $($rest)*); };
    (one @$proposal:ident $op:ident ($($arg:ident: $argty:ty),*) $visit:ident) => {
        fn $visit(&mut self, $($arg: $argty),*) -> Self::Output {
            $(let _ = $arg;)*
            self.reject(stringify!($visit), stringify!($proposal))
        }
    };
    (translate $op:ident ($($arg:ident: $argty:ty),*) $visit:ident) => {
        fn $visit(&mut self, $($arg: $argty),*) -> Self::Output {
            self.translator.$visit($($arg),*);
            Ok(())
        }
    };
}

impl<'a> VisitOperator<'a> for Visitor<'_, '_> {
    type Output = Result;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Result>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(visit);
}

impl<'a> VisitSimdOperator<'a> for Visitor<'_, '_> {
    wasmparser::for_each_visit_simd_operator!(visit);
}
