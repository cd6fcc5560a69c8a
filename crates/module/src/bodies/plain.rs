//! A second validator, for bodies that use numbers only: several times as quick as the general one.
//!
//! Most functions of C, C++ and Rust are such bodies. This walk says that a body is valid, with the facts that the general walk
//! gives, or it says nothing. Whatever it does not know, finds wrong, or finds written in an unusual way goes to the general
//! validator, which decides and words all errors. So only one thing matters here: nothing invalid is accepted. In debug builds,
//! what is accepted is validated by the general validator, too, and the facts are compared.
//!
//! The algorithm is that of the specification's appendix. It is quick because types are single bytes, blocks have one result at
//! most, and all instructions that only compute share one table.

use super::facts::{FunctionFacts, MAX_LOCALS, MAX_OPERANDS, Uses, Weights};
use crate::{Function, Global, Table};
use transom_ops::instruction::row;
use transom_types::{FuncType, HeapType, MemoryType, RegisteredType, ValType};
use wasmparser::{BinaryReader, WasmFeatures};

/// A type, as its byte in the binary format.
type Code = u8;

const I32: Code = 0x7f;
const I64: Code = 0x7e;
const F32: Code = 0x7d;
const F64: Code = 0x7c;
/// No value, as in the types of blocks.
const NONE: Code = 0x40;
/// Any type: what an operand has that is taken where nothing is, in code that cannot be reached.
const UNKNOWN: Code = 0;

fn code(ty: &ValType) -> Option<Code> {
    match ty {
        ValType::I32 => Some(I32),
        ValType::I64 => Some(I64),
        ValType::F32 => Some(F32),
        ValType::F64 => Some(F64),
        ValType::V128 | ValType::Ref(_) => None,
    }
}

/// Features with which the instructions that plain bodies are made of mean what they mean here. A list of its own, although it is that of
/// [`SUPPORTED_FEATURES`](crate::SUPPORTED_FEATURES) today: with a feature that is added there, no body is plain until somebody has
/// looked at what it changes.
const KNOWN_FEATURES: WasmFeatures = WasmFeatures::WASM3
    .union(WasmFeatures::THREADS)
    .union(WasmFeatures::RELAXED_SIMD)
    .union(WasmFeatures::WIDE_ARITHMETIC)
    .union(WasmFeatures::CUSTOM_PAGE_SIZES)
    .union(WasmFeatures::LEGACY_EXCEPTIONS)
    .union(WasmFeatures::COMPACT_IMPORTS);

/// What a module declares that bodies may refer to, by index.
pub(crate) struct Declared<'m> {
    pub(crate) types: &'m [RegisteredType],
    pub(crate) functions: &'m [Function],
    pub(crate) tables: &'m [Table],
    pub(crate) memories: &'m [MemoryType],
    pub(crate) globals: &'m [Global],
}

/// The same, as far as plain bodies refer to it.
pub(super) struct Plain {
    /// Function types by type index, if they are of numbers only.
    types: Vec<Option<Signature>>,
    /// Type indices by function index.
    functions: Vec<u32>,
    /// The types of globals that hold numbers, and whether these can be assigned to.
    globals: Vec<Option<(Code, bool)>>,
    /// For each table, whether it holds functions of any type and has 32-bit indices.
    tables: Vec<bool>,
    /// Whether there is a memory, and the first one has 32-bit indices.
    memory: bool,
}

/// A function type.
struct Signature {
    params: Box<[Code]>,
    results: Box<[Code]>,
}

impl Signature {
    fn of(ty: &FuncType) -> Option<Signature> {
        Some(Signature {
            params: ty.params.iter().map(code).collect::<Option<_>>()?,
            results: ty.results.iter().map(code).collect::<Option<_>>()?,
        })
    }
}

impl Plain {
    /// `None` if, with these features, bytes might have another meaning than here.
    pub(super) fn of(declared: &Declared<'_>, features: WasmFeatures) -> Option<Plain> {
        if !features.contains(WasmFeatures::WASM3) || !KNOWN_FEATURES.contains(features) {
            return None;
        }
        let types = declared.types.iter().map(|ty| Signature::of(ty.as_func()?));
        let functions = declared.functions.iter().map(|function| function.ty.as_u32());
        let global = |ty: &Global| Some((code(&ty.ty.value)?, ty.ty.mutable));
        let table = |table: &Table| table.ty.element.heap == HeapType::Func && !table.ty.index64;
        Some(Plain {
            types: types.collect(),
            functions: functions.collect(),
            globals: declared.globals.iter().map(global).collect(),
            tables: declared.tables.iter().map(table).collect(),
            memory: declared.memories.first().is_some_and(|memory| !memory.index64),
        })
    }

    fn signature(&self, ty: u32) -> Option<&Signature> {
        self.types.get(ty as usize)?.as_ref()
    }

    fn signature_of(&self, function: u32) -> Option<&Signature> {
        self.signature(*self.functions.get(function as usize)?)
    }

    /// The facts about a body of a function by its index, if it is plain and valid.
    pub(super) fn validate(
        &self,
        function: u32,
        body: &wasmparser::FunctionBody<'_>,
        (stacks, weights): (&mut Stacks, &mut Weights),
    ) -> Option<(FunctionFacts, Uses)> {
        let signature = self.signature_of(function)?;
        let result = match *signature.results {
            [] => NONE,
            [result] => result,
            _ => return None,
        };
        stacks.operands.clear();
        stacks.blocks.clear();
        stacks.locals.clear();
        stacks.locals.extend_from_slice(&signature.params);
        weights.begin();
        let mut walk = Walk {
            plain: self,
            reader: body.get_binary_reader(),
            facts: FunctionFacts::default(),
            stacks,
            weights,
            height: 0,
            unreachable: false,
        };
        let valid = walk.body(result);
        let facts = walk.facts;
        // The weights are taken in any case, so that none is left for the next walk.
        let uses = weights.end();
        valid.map(|()| (facts, uses))
    }
}

/// What one walk leaves for the next: only memory.
#[derive(Default)]
pub(super) struct Stacks {
    operands: Vec<Code>,
    blocks: Vec<Block>,
    locals: Vec<Code>,
}

/// An open block.
#[derive(Clone, Copy)]
struct Block {
    kind: Kind,
    result: Code,
    /// The height of the operand stack below the block around it, and whether that cannot be reached.
    outer: (usize, bool),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    If,
}

/// A walk over a body. Each step gives `None` where it goes no further.
struct Walk<'w, 'a> {
    plain: &'w Plain,
    reader: BinaryReader<'a>,
    facts: FunctionFacts,
    stacks: &'w mut Stacks,
    weights: &'w mut Weights,
    /// The height of the operand stack below the innermost block.
    height: usize,
    /// Whether the next instruction cannot be reached.
    unreachable: bool,
}

macro_rules! mark {
    ($walk:ident, $row:ident) => {
        $walk.facts.note(row::$row);
        $walk.weights.note(row::$row);
    };
}

impl Walk<'_, '_> {
    fn body(&mut self, result: Code) -> Option<()> {
        self.locals()?;
        self.open(Kind::Block, result);
        while !self.reader.eof() {
            // Nothing follows the end of the outermost block.
            if self.stacks.blocks.is_empty() || self.stacks.operands.len() > MAX_OPERANDS as usize {
                return None;
            }
            let opcode = self.reader.read_u8().ok()?;
            self.instruction(opcode)?;
        }
        self.stacks.blocks.is_empty().then_some(())
    }

    fn locals(&mut self) -> Option<()> {
        for _ in 0..self.reader.read_var_u32().ok()? {
            let count = self.reader.read_var_u32().ok()? as usize;
            let ty = self.reader.read_u8().ok()?;
            let locals = &mut self.stacks.locals;
            if !(F64..=I32).contains(&ty) || count > MAX_LOCALS - locals.len() {
                return None;
            }
            locals.resize(locals.len() + count, ty);
        }
        self.facts.num_locals = self.stacks.locals.len() as u32;
        Some(())
    }

    #[inline]
    fn instruction(&mut self, opcode: u8) -> Option<()> {
        match opcode {
            0x20..=0x22 => self.local(opcode),
            0x45..=0xc4 => self.numeric(&NUMERIC[opcode as usize]),
            0x28..=0x35 => self.load(ACCESSES[opcode as usize - 0x28]),
            0x36..=0x3e => self.store(ACCESSES[opcode as usize - 0x28]),
            0x41..=0x44 => self.constant(opcode),
            0x00..=0x05 | 0x0b..=0x0f => self.control(opcode),
            0x10 => {
                let function = self.reader.read_var_u32().ok()?;
                mark!(self, Call);
                self.call(self.plain.signature_of(function)?)
            }
            0x11 => self.call_indirect(),
            0x1a => {
                mark!(self, Drop);
                self.pop_any().map(drop)
            }
            0x1b => self.select(),
            0x23 | 0x24 => self.global(opcode),
            0x3f | 0x40 => self.memory(opcode),
            0xfc => self.prefixed(),
            _ => None,
        }
    }

    #[inline]
    fn push(&mut self, ty: Code) {
        self.stacks.operands.push(ty);
    }

    #[inline]
    fn pop(&mut self, expected: Code) -> Option<()> {
        let operands = &mut self.stacks.operands;
        if operands.len() > self.height && operands.last() == Some(&expected) {
            operands.pop();
            return Some(());
        }
        self.pop_unknown()
    }

    /// Pops an operand that fits all types.
    #[cold]
    fn pop_unknown(&mut self) -> Option<()> {
        (self.pop_any()? == UNKNOWN).then_some(())
    }

    fn pop_any(&mut self) -> Option<Code> {
        match self.stacks.operands.len() == self.height {
            true => self.unreachable.then_some(UNKNOWN),
            false => self.stacks.operands.pop(),
        }
    }

    /// Pops the value of a block, if it has one.
    fn pop_value(&mut self, ty: Code) -> Option<()> {
        match ty {
            NONE => Some(()),
            _ => self.pop(ty),
        }
    }

    fn push_value(&mut self, ty: Code) {
        if ty != NONE {
            self.push(ty);
        }
    }

    #[inline]
    fn local(&mut self, opcode: u8) -> Option<()> {
        let index = self.reader.read_var_u32().ok()?;
        let ty = *self.stacks.locals.get(index as usize)?;
        match opcode {
            0x20 => {
                mark!(self, LocalGet);
                self.push(ty);
            }
            0x21 => {
                mark!(self, LocalSet);
                self.pop(ty)?;
            }
            _ => {
                mark!(self, LocalTee);
                self.pop(ty)?;
                self.push(ty);
            }
        }
        self.weights.touch(index);
        Some(())
    }

    fn global(&mut self, opcode: u8) -> Option<()> {
        let index = self.reader.read_var_u32().ok()?;
        let (ty, mutable) = (*self.plain.globals.get(index as usize)?)?;
        if opcode == 0x23 {
            mark!(self, GlobalGet);
            self.push(ty);
            return Some(());
        }
        mark!(self, GlobalSet);
        self.pop(ty)?;
        mutable.then_some(())
    }

    #[inline]
    fn numeric(&mut self, instruction: &Numeric) -> Option<()> {
        mark!(self, I32Add);
        if instruction.second != NONE {
            self.pop(instruction.second)?;
        }
        self.pop(instruction.first)?;
        self.push(instruction.result);
        Some(())
    }

    fn constant(&mut self, opcode: u8) -> Option<()> {
        mark!(self, I32Const);
        let ty = match opcode {
            0x41 => self.reader.read_var_i32().map(|_| I32),
            0x42 => self.reader.read_var_i64().map(|_| I64),
            0x43 => self.reader.read_f32().map(|_| F32),
            _ => self.reader.read_f64().map(|_| F64),
        };
        self.push(ty.ok()?);
        Some(())
    }

    #[inline]
    fn load(&mut self, access: Access) -> Option<()> {
        mark!(self, I32Load);
        self.place(access)?;
        self.pop(I32)?;
        self.push(access.ty);
        Some(())
    }

    #[inline]
    fn store(&mut self, access: Access) -> Option<()> {
        mark!(self, I32Store);
        self.place(access)?;
        self.pop(access.ty)?;
        self.pop(I32)
    }

    /// The immediates of an access. A larger alignment may say that more immediates follow.
    #[inline]
    fn place(&mut self, access: Access) -> Option<()> {
        let align = self.reader.read_var_u32().ok()?;
        let offset = self.reader.read_var_u64().ok()?;
        (align <= access.align && offset <= u64::from(u32::MAX) && self.plain.memory).then_some(())
    }

    fn memory(&mut self, opcode: u8) -> Option<()> {
        self.zeros(1)?;
        if opcode == 0x3f {
            mark!(self, MemorySize);
        } else {
            mark!(self, MemoryGrow);
            self.pop(I32)?;
        }
        self.push(I32);
        Some(())
    }

    /// Reads the index of the first memory so many times.
    fn zeros(&mut self, count: u32) -> Option<()> {
        for _ in 0..count {
            let index = self.reader.read_u8().ok()?;
            (index == 0 && self.plain.memory).then_some(())?;
        }
        Some(())
    }

    /// Saturating conversions, `memory.copy` and `memory.fill`.
    fn prefixed(&mut self) -> Option<()> {
        match self.reader.read_var_u32().ok()? {
            sub @ 0..=7 => {
                // In the order of the conversions that trap.
                const FROM: [Code; 4] = [F32, F32, F64, F64];
                let result = if sub < 4 { I32 } else { I64 };
                return self.numeric(&Numeric::unary(FROM[sub as usize % 4], result));
            }
            10 => {
                mark!(self, MemoryCopy);
                self.zeros(2)?;
            }
            11 => {
                mark!(self, MemoryFill);
                self.zeros(1)?;
            }
            _ => return None,
        }
        self.pop(I32)?;
        self.pop(I32)?;
        self.pop(I32)
    }

    fn call(&mut self, signature: &Signature) -> Option<()> {
        for &ty in signature.params.iter().rev() {
            self.pop(ty)?;
        }
        self.stacks.operands.extend_from_slice(&signature.results);
        Some(())
    }

    fn call_indirect(&mut self) -> Option<()> {
        let ty = self.reader.read_var_u32().ok()?;
        let table = self.reader.read_var_u32().ok()?;
        mark!(self, CallIndirect);
        (*self.plain.tables.get(table as usize)?).then_some(())?;
        self.pop(I32)?;
        self.call(self.plain.signature(ty)?)
    }

    fn select(&mut self) -> Option<()> {
        mark!(self, Select);
        self.pop(I32)?;
        let (second, first) = (self.pop_any()?, self.pop_any()?);
        let ty = match (first, second) {
            (UNKNOWN, ty) | (ty, UNKNOWN) => ty,
            (first, second) => (first == second).then_some(first)?,
        };
        self.push(ty);
        Some(())
    }

    fn control(&mut self, opcode: u8) -> Option<()> {
        match opcode {
            0x00 => {
                mark!(self, Unreachable);
                self.leave();
            }
            0x01 => {
                mark!(self, Nop);
            }
            0x02 => {
                mark!(self, Block);
                let result = self.block_type()?;
                self.open(Kind::Block, result);
            }
            0x03 => {
                mark!(self, Loop);
                let result = self.block_type()?;
                self.open(Kind::Loop, result);
            }
            0x04 => {
                mark!(self, If);
                let result = self.block_type()?;
                self.pop(I32)?;
                self.open(Kind::If, result);
            }
            0x05 => {
                mark!(self, Else);
                let block = self.close()?;
                (block.kind == Kind::If).then_some(())?;
                self.open(Kind::Block, block.result);
            }
            0x0b => {
                mark!(self, End);
                let block = self.close()?;
                // Without a second arm, there is nothing that makes a result.
                (block.kind != Kind::If || block.result == NONE).then_some(())?;
                self.push_value(block.result);
            }
            _ => return self.branch(opcode),
        }
        Some(())
    }

    fn branch(&mut self, opcode: u8) -> Option<()> {
        match opcode {
            0x0c => {
                mark!(self, Br);
                let ty = self.label()?;
                self.pop_value(ty)?;
                self.leave();
            }
            0x0d => {
                mark!(self, BrIf);
                let ty = self.label()?;
                self.pop(I32)?;
                self.pop_value(ty)?;
                self.push_value(ty);
            }
            0x0e => return self.branch_table(),
            _ => {
                mark!(self, Return);
                self.pop_value(self.stacks.blocks.first()?.result)?;
                self.leave();
            }
        }
        Some(())
    }

    /// All labels have a value or none has. The same operand has to fit each of them.
    fn branch_table(&mut self) -> Option<()> {
        mark!(self, BrTable);
        self.pop(I32)?;
        let count = self.reader.read_var_u32().ok()?;
        let mut first = None;
        for _ in 0..=count {
            let ty = self.label()?;
            let first = *first.get_or_insert(ty);
            if (ty == NONE) != (first == NONE) {
                return None;
            }
            if ty != NONE {
                let operand = self.pop_any()?;
                (operand == ty || operand == UNKNOWN).then_some(())?;
                self.push(operand);
            }
        }
        self.leave();
        Some(())
    }

    /// The type of a block that has no parameters and one result at most.
    fn block_type(&mut self) -> Option<Code> {
        let ty = self.reader.read_u8().ok()?;
        (ty == NONE || (F64..=I32).contains(&ty)).then_some(ty)
    }

    fn open(&mut self, kind: Kind, result: Code) {
        self.stacks.blocks.push(Block {
            kind,
            result,
            outer: (self.height, self.unreachable),
        });
        self.height = self.stacks.operands.len();
        self.unreachable = false;
    }

    /// Closes the innermost block, whose result is popped.
    fn close(&mut self) -> Option<Block> {
        let block = *self.stacks.blocks.last()?;
        self.pop_value(block.result)?;
        (self.stacks.operands.len() == self.height).then_some(())?;
        (self.height, self.unreachable) = block.outer;
        self.stacks.blocks.pop()
    }

    /// Reads the depth of a block; what a branch there takes along.
    fn label(&mut self) -> Option<Code> {
        let depth = self.reader.read_var_u32().ok()? as usize;
        let blocks = &self.stacks.blocks;
        let block = blocks.get(blocks.len().checked_sub(depth.checked_add(1)?)?)?;
        match block.kind {
            Kind::Loop => Some(NONE),
            Kind::Block | Kind::If => Some(block.result),
        }
    }

    /// The rest of the block cannot be reached.
    fn leave(&mut self) {
        self.stacks.operands.truncate(self.height);
        self.unreachable = true;
    }
}

/// An instruction that only computes.
#[derive(Clone, Copy)]
struct Numeric {
    first: Code,
    /// [`NONE`] if there is no second operand.
    second: Code,
    result: Code,
}

impl Numeric {
    const fn unary(first: Code, result: Code) -> Numeric {
        Numeric {
            first,
            second: NONE,
            result,
        }
    }
}

/// Instructions that only compute: the last opcode of each group, operands and result.
const GROUPS: &[(u8, &[Code], Code)] = &[
    // Comparisons.
    (0x45, &[I32], I32),
    (0x4f, &[I32, I32], I32),
    (0x50, &[I64], I32),
    (0x5a, &[I64, I64], I32),
    (0x60, &[F32, F32], I32),
    (0x66, &[F64, F64], I32),
    // Arithmetic.
    (0x69, &[I32], I32),
    (0x78, &[I32, I32], I32),
    (0x7b, &[I64], I64),
    (0x8a, &[I64, I64], I64),
    (0x91, &[F32], F32),
    (0x98, &[F32, F32], F32),
    (0x9f, &[F64], F64),
    (0xa6, &[F64, F64], F64),
    // Conversions.
    (0xa7, &[I64], I32),
    (0xa9, &[F32], I32),
    (0xab, &[F64], I32),
    (0xad, &[I32], I64),
    (0xaf, &[F32], I64),
    (0xb1, &[F64], I64),
    (0xb3, &[I32], F32),
    (0xb5, &[I64], F32),
    (0xb6, &[F64], F32),
    (0xb8, &[I32], F64),
    (0xba, &[I64], F64),
    (0xbb, &[F32], F64),
    (0xbc, &[F32], I32),
    (0xbd, &[F64], I64),
    (0xbe, &[I32], F32),
    (0xbf, &[I64], F64),
    // Extensions of the sign.
    (0xc1, &[I32], I32),
    (0xc4, &[I64], I64),
];

/// The same by opcode, from 0x45 to 0xc4.
static NUMERIC: [Numeric; 256] = {
    // An operand of this type does not exist.
    let mut table = [Numeric::unary(NONE, NONE); 256];
    let (mut opcode, mut group) = (0x45, 0);
    while group < GROUPS.len() {
        let (last, operands, result) = GROUPS[group];
        while opcode <= last as usize {
            table[opcode] = Numeric {
                first: operands[0],
                second: if operands.len() == 2 { operands[1] } else { NONE },
                result,
            };
            opcode += 1;
        }
        group += 1;
    }
    table
};

/// An access to memory: its type, and the binary logarithm of its size.
#[derive(Clone, Copy)]
struct Access {
    ty: Code,
    align: u32,
}

/// The accesses of instructions from `i32.load` to `i64.store32`.
static ACCESSES: [Access; 23] = {
    const fn access(ty: Code, align: u32) -> Access {
        Access { ty, align }
    }
    [
        access(I32, 2),
        access(I64, 3),
        access(F32, 2),
        access(F64, 3),
        access(I32, 0),
        access(I32, 0),
        access(I32, 1),
        access(I32, 1),
        access(I64, 0),
        access(I64, 0),
        access(I64, 1),
        access(I64, 1),
        access(I64, 2),
        access(I64, 2),
        access(I32, 2),
        access(I64, 3),
        access(F32, 2),
        access(F64, 3),
        access(I32, 0),
        access(I32, 1),
        access(I64, 0),
        access(I64, 1),
        access(I64, 2),
    ]
};

#[cfg(test)]
mod tests;
