//! Hands each instruction to the method that emits it. An instruction of a supported proposal that has no method does not compile;
//! those of other proposals are rejected here, and only here.

use crate::emitter::Emitter;
use transom_code::CompileError;
use transom_module::wasmparser::{self, OperatorsReader, VisitOperator, VisitSimdOperator};

/// How the emission of an instruction ends.
pub type Result<T = ()> = std::result::Result<T, CompileError>;

/// One instruction's visit.
pub struct Visitor<'v, 'a> {
    pub emitter: &'v mut Emitter<'a>,
}

impl<'a> Visitor<'_, 'a> {
    /// Emits the next instruction.
    #[inline]
    pub fn visit(&mut self, operators: &mut OperatorsReader<'a>) -> wasmparser::Result<()> {
        if !self.emitter.counts_fuel() {
            return operators.visit_operator(self);
        }
        let operator = operators.read()?;
        self.emitter.charge(&operator);
        self.visit_operator(&operator);
        Ok(())
    }

    #[cold]
    fn reject(&mut self, instruction: &'static str, proposal: &'static str) {
        let offset = u64::from(self.emitter.body.offset);
        self.emitter.outcome.failed = Some(CompileError::Unsupported {
            instruction,
            offset,
            proposal,
            tier: "the baseline compiler",
        });
    }
}

macro_rules! visit {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(visit!(one @$proposal $op ($($($arg: $argty),*)?) $visit);)*
    };
    (one @mvp $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @sign_extension $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @saturating_float_to_int $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @bulk_memory $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @reference_types $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @tail_call $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @function_references $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @exceptions $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @legacy_exceptions $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @gc $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @wide_arithmetic $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @threads $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @simd $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @relaxed_simd $($rest:tt)*) => { visit!(emit $($rest)*); };
    (one @$proposal:ident $op:ident ($($arg:ident: $argty:ty),*) $visit:ident) => {
        fn $visit(&mut self, $($arg: $argty),*) -> Self::Output {
            $(let _ = $arg;)*
            self.reject(stringify!($visit), stringify!($proposal))
        }
    };
    (emit $op:ident ($($arg:ident: $argty:ty),*) $visit:ident) => {
        fn $visit(&mut self, $($arg: $argty),*) -> Self::Output {
            self.emitter.$visit($($arg),*);
        }
    };
}

impl<'a> VisitOperator<'a> for Visitor<'_, '_> {
    type Output = ();

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = ()>> {
        Some(self)
    }

    wasmparser::for_each_visit_operator!(visit);
}

impl<'a> VisitSimdOperator<'a> for Visitor<'_, '_> {
    wasmparser::for_each_visit_simd_operator!(visit);
}
