//! Modules that compute: instructions of two operands and more, which `wasm-smith` hardly ever has operands for, in trees whose
//! leaves are numbers at which mistakes show. Functions call earlier ones only, and loops count, so everything ends.

mod table;

use crate::random::Random;
use table::{CANONICAL, INSTRUCTIONS, Operation};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, InstructionSink, MemorySection, MemoryType, Module, TypeSection, ValType,
};

const TYPES: [ValType; 5] = [
    ValType::I32,
    ValType::I64,
    ValType::F32,
    ValType::F64,
    ValType::V128,
];
/// How deep operands are nested.
const DEPTH: u32 = 5;
/// How many instructions with operands a function has, about.
const BUDGET: i32 = 40;
/// How often loops go round at most.
const TURNS: usize = 12;

struct Signature {
    params: Vec<ValType>,
    result: ValType,
}

/// A module; its bytes depend on nothing but the numbers.
pub fn generate(mut random: Random) -> Vec<u8> {
    let random = &mut random;
    let signatures: Vec<Signature> = (0..2 + random.below(3))
        .map(|_| Signature {
            params: (0..random.below(4)).map(|_| random.choose(&TYPES)).collect(),
            result: random.choose(&TYPES),
        })
        .collect();
    let (mut types, mut functions, mut code) =
        (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    for (index, signature) in (0..).zip(&signatures) {
        types
            .ty()
            .function(signature.params.iter().copied(), [signature.result]);
        functions.function(index);
        exports.export(&format!("f{index}"), ExportKind::Func, index);
        code.function(&Body::new(random, &signatures[..=index as usize]).generate());
    }
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: Some(2),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&memories);
    module.section(&globals(random)).section(&exports).section(&code);
    module.finish()
}

/// A global of each type.
fn globals(random: &mut Random) -> GlobalSection {
    let mut section = GlobalSection::new();
    for val_type in TYPES {
        let mut value = Vec::new();
        constant(random, &mut value, val_type);
        let ty = GlobalType {
            val_type,
            mutable: true,
            shared: false,
        };
        section.global(ty, &ConstExpr::raw(value));
    }
    section
}

fn constant(random: &mut Random, code: &mut Vec<u8>, ty: ValType) {
    let mut emit = InstructionSink::new(code);
    match ty {
        ValType::I32 => emit.i32_const(random.i32()),
        ValType::I64 => emit.i64_const(random.i64()),
        ValType::F32 => emit.f32_const(random.f32().into()),
        ValType::F64 => emit.f64_const(random.f64().into()),
        _ => emit.v128_const(i128::from(random.i64()) << 64 | i128::from(random.i64() as u64)),
    };
}

struct Body<'a> {
    random: &'a mut Random,
    /// The functions that may be called, and the one that this is.
    callees: &'a [Signature],
    own: &'a Signature,
    code: Vec<u8>,
    budget: i32,
    /// How many calls it may have yet; few, since what is called calls too.
    calls: u32,
}

impl<'a> Body<'a> {
    fn new(random: &'a mut Random, signatures: &'a [Signature]) -> Body<'a> {
        let (own, callees) = signatures.split_last().expect("there is the function itself");
        Body {
            random,
            callees,
            own,
            code: Vec::new(),
            budget: BUDGET,
            calls: 2,
        }
    }

    /// Locals behind the parameters: one of each type for values, one of each for a moment, a counter.
    fn generate(mut self) -> Function {
        for _ in 0..1 + self.random.below(4) {
            match self.random.chance(30) {
                true => self.counted(),
                false => self.statement(),
            }
        }
        self.value(self.own.result, DEPTH);
        self.emit().end();
        let locals = TYPES.into_iter().chain(TYPES).chain([ValType::I32]);
        let mut function = Function::new_with_locals_types(locals);
        function.raw(self.code);
        function
    }

    fn emit(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    /// The local of a type in a row of one for each, which starts behind the parameters and `before`.
    fn local(&self, ty: ValType, before: usize) -> u32 {
        let index = TYPES.iter().position(|of| *of == ty).unwrap_or(0);
        (self.own.params.len() + before + index) as u32
    }

    /// A statement some times over, without calls.
    fn counted(&mut self) {
        let counter = (self.own.params.len() + 2 * TYPES.len()) as u32;
        let turns = 1 + self.random.below(TURNS) as i32;
        let calls = std::mem::take(&mut self.calls);
        self.emit()
            .i32_const(turns)
            .local_set(counter)
            .loop_(BlockType::Empty);
        self.statement();
        self.statement();
        self.emit()
            .local_get(counter)
            .i32_const(1)
            .i32_sub()
            .local_tee(counter)
            .br_if(0)
            .end();
        self.calls = calls;
    }

    fn statement(&mut self) {
        let ty = self.random.choose(&TYPES);
        match self.random.below(3) {
            0 => {
                self.value(ty, DEPTH);
                let local = self.local(ty, 0);
                self.emit().local_set(local);
            }
            1 => {
                self.value(ty, DEPTH);
                let global = self.local(ty, 0) - self.own.params.len() as u32;
                self.emit().global_set(global);
            }
            _ => {
                let store = self.random.choose(table::STORES);
                self.operands(&store, DEPTH);
                (store.emit)(&mut self.emit());
            }
        }
    }

    fn value(&mut self, ty: ValType, depth: u32) {
        self.budget -= 1;
        if depth == 0 || self.budget <= 0 || self.random.chance(8) {
            return self.leaf(ty);
        }
        let callees: Vec<u32> = (0..)
            .zip(self.callees)
            .filter(|(_, callee)| callee.result == ty)
            .map(|(index, _)| index)
            .collect();
        if self.calls > 0 && !callees.is_empty() && self.random.chance(15) {
            self.calls -= 1;
            let callee = self.random.choose(&callees);
            for param in &self.callees[callee as usize].params {
                self.value(*param, depth - 1);
            }
            self.emit().call(callee);
            return;
        }
        let fitting: Vec<Operation> = INSTRUCTIONS
            .iter()
            .copied()
            .filter(|operation| operation.result == Some(ty))
            .collect();
        let operation = self.random.choose(&fitting);
        self.operands(&operation, depth);
        (operation.emit)(&mut self.emit());
        self.canonicalise(&operation);
    }

    fn operands(&mut self, operation: &Operation, depth: u32) {
        for (index, operand) in operation.operands.iter().enumerate() {
            self.value(*operand, depth - 1);
            if operation.accesses && index == 0 {
                // Most accesses are in bounds.
                let mask = if self.random.chance(98) { 0xffe0 } else { 0x1_ffff };
                self.emit().i32_const(mask).i32_and();
            }
        }
        if operation.divides && self.random.chance(95) {
            match operation.result {
                Some(ValType::I64) => self.emit().i64_const(1).i64_or(),
                _ => self.emit().i32_const(1).i32_or(),
            };
        }
    }

    /// Makes a NaN the canonical one.
    fn canonicalise(&mut self, operation: &Operation) {
        let Some(ty) = operation.result else { return };
        if let Some((_, canonicalise)) = CANONICAL.iter().find(|(of, _)| *of == operation.lanes) {
            let local = self.local(ty, TYPES.len());
            canonicalise(&mut self.emit(), local);
        }
    }

    fn leaf(&mut self, ty: ValType) {
        let params = (0..).zip(&self.own.params);
        let params: Vec<u32> = params
            .filter(|(_, of)| **of == ty)
            .map(|(index, _)| index)
            .collect();
        match self.random.below(6) {
            0..2 if !params.is_empty() => {
                let param = self.random.choose(&params);
                self.emit().local_get(param);
            }
            2 => {
                let local = self.local(ty, 0);
                self.emit().local_get(local);
            }
            3 => {
                let global = self.local(ty, 0) - self.own.params.len() as u32;
                self.emit().global_get(global);
            }
            _ => constant(self.random, &mut self.code, ty),
        }
    }
}
