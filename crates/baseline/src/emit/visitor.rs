//! Hands each instruction to the method that emits it. An instruction of a supported proposal that has no method does not compile;
//! those of other proposals are rejected here, and only here.
//!
//! The most frequent instructions are read here, too: more than half of all bytes are theirs. That is several times as quick as the
//! general reader, which checks what validation has checked.

use crate::emitter::Emitter;
use transom_code::CompileError;
use transom_module::wasmparser::{
    self, BinaryReader, FrameKind, FrameStack, MemArg, MemArgTarget, VisitOperator, VisitSimdOperator,
};

/// How the emission of an instruction ends.
pub type Result<T = ()> = std::result::Result<T, CompileError>;

/// One instruction's visit.
pub struct Visitor<'v, 'a> {
    pub emitter: &'v mut Emitter<'a>,
    /// Its first byte.
    opcode: u8,
}

impl<'v, 'a> Visitor<'v, 'a> {
    /// Emits the next instruction.
    #[inline]
    pub fn visit(emitter: &'v mut Emitter<'a>, reader: &mut BinaryReader<'a>) -> wasmparser::Result<()> {
        let opcode = emitter.unit.module.bytes()[emitter.body.offset as usize];
        let mut visitor = Visitor { emitter, opcode };
        if visitor.emitter.counts_fuel() && visitor.emitter.flow.reachable {
            let operator = reader.peek_operator(&visitor)?;
            visitor.emitter.charge(&operator);
        }
        visitor.read(reader)
    }

    /// Reads how memory is accessed.
    #[inline]
    fn access(reader: &mut BinaryReader<'a>) -> wasmparser::Result<MemArg> {
        /// The flag behind which the index of a memory follows.
        const HAS_INDEX: u32 = 1 << 6;
        let flags = reader.read_var_u32()?;
        let memory = match flags & HAS_INDEX {
            0 => 0,
            _ => reader.read_var_u32()?,
        };
        Ok(MemArg {
            // It means nothing for the code.
            align: 0,
            max_align: 0,
            offset: reader.read_var_u64()?,
            target: MemArgTarget::Memory(memory),
            ordering: None,
        })
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

macro_rules! frequent {
    (
        $($opcode:literal $visit:ident;)*
        indices: $($of_index:literal $visit_index:ident;)*
        accesses: $($of_access:literal $visit_access:ident;)*
    ) => {
        impl<'a> Visitor<'_, 'a> {
            /// Reads and emits the next instruction.
            fn read(&mut self, reader: &mut BinaryReader<'a>) -> wasmparser::Result<()> {
                match self.opcode {
                    $($opcode => {
                        reader.read_u8()?;
                        self.emitter.$visit();
                    })*
                    $($of_index => {
                        reader.read_u8()?;
                        let index = reader.read_var_u32()?;
                        self.emitter.$visit_index(index);
                    })*
                    $($of_access => {
                        reader.read_u8()?;
                        let access = Self::access(reader)?;
                        self.emitter.$visit_access(access);
                    })*
                    0x41 => {
                        reader.read_u8()?;
                        let number = reader.read_var_i32()?;
                        self.emitter.visit_i32_const(number);
                    }
                    _ => return reader.visit_operator(self),
                }
                Ok(())
            }
        }
    };
}

frequent! {
    0x0b visit_end; 0x1a visit_drop; 0x1b visit_select;
    0x45 visit_i32_eqz; 0x46 visit_i32_eq; 0x47 visit_i32_ne;
    0x48 visit_i32_lt_s; 0x49 visit_i32_lt_u; 0x4a visit_i32_gt_s; 0x4b visit_i32_gt_u;
    0x4c visit_i32_le_s; 0x4d visit_i32_le_u; 0x4e visit_i32_ge_s; 0x4f visit_i32_ge_u;
    0x6a visit_i32_add; 0x6b visit_i32_sub; 0x6c visit_i32_mul;
    0x71 visit_i32_and; 0x72 visit_i32_or; 0x73 visit_i32_xor;
    0x74 visit_i32_shl; 0x75 visit_i32_shr_s; 0x76 visit_i32_shr_u;
    0x7c visit_i64_add; 0x7d visit_i64_sub; 0xa7 visit_i32_wrap_i64;
    0xac visit_i64_extend_i32_s; 0xad visit_i64_extend_i32_u;
    indices:
    0x0c visit_br; 0x0d visit_br_if; 0x10 visit_call;
    0x20 visit_local_get; 0x21 visit_local_set; 0x22 visit_local_tee;
    0x23 visit_global_get; 0x24 visit_global_set;
    accesses:
    0x28 visit_i32_load; 0x29 visit_i64_load; 0x2a visit_f32_load; 0x2b visit_f64_load;
    0x2c visit_i32_load8_s; 0x2d visit_i32_load8_u; 0x2e visit_i32_load16_s; 0x2f visit_i32_load16_u;
    0x30 visit_i64_load8_s; 0x31 visit_i64_load8_u; 0x32 visit_i64_load16_s; 0x33 visit_i64_load16_u;
    0x34 visit_i64_load32_s; 0x35 visit_i64_load32_u;
    0x36 visit_i32_store; 0x37 visit_i64_store; 0x38 visit_f32_store; 0x39 visit_f64_store;
    0x3a visit_i32_store8; 0x3b visit_i32_store16;
    0x3c visit_i64_store8; 0x3d visit_i64_store16; 0x3e visit_i64_store32;
}

/// The reader compares the block around an instruction with those in which it may be. Validation has done that, so it is the one that
/// the instruction needs.
impl FrameStack for Visitor<'_, '_> {
    #[inline]
    fn current_frame(&self) -> Option<FrameKind> {
        Some(match self.opcode {
            // `else`; then `catch`, `delegate` and `catch_all`.
            0x05 => FrameKind::If,
            0x07 | 0x18 | 0x19 => FrameKind::LegacyTry,
            _ => FrameKind::Block,
        })
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
