//! Values as integers, and the state of an instance as one.

use transom_inspect::parts::Parts;
use wasm_encoder::{
    AbstractHeapType, BlockType, Function, HeapType, InstructionSink, MemArg, MemArgTarget, RefType,
    ValType as Local,
};
use wasmparser::{MemoryType, ValType};

/// Bytes of each memory that count.
const MEMORY_LIMIT: i64 = 1 << 20;
/// An odd number without a pattern, which spreads a change over the bits above it; turning brings those down again.
const SPREAD: i64 = 0x9e37_79b9_7f4a_7c15_u64 as i64;
const TURN: i64 = 29;

const NAN32: i32 = 0x7fc0_0000;
const NAN64: i64 = 0x7ff8_0000_0000_0000;

/// What a value of a type is told by: one integer or more, each with what is added to the type's name.
pub fn observations(ty: ValType) -> &'static [&'static str] {
    match ty {
        ValType::V128 => &[", low", ", high"],
        _ => &[""],
    }
}

/// The body of a function without parameters.
pub struct Observer {
    pub code: Vec<u8>,
    locals: Vec<Local>,
    /// How many of the locals are not for a moment's values.
    fixed: usize,
}

impl Observer {
    pub fn new(fixed: Vec<Local>) -> Observer {
        Observer {
            code: Vec::new(),
            fixed: fixed.len(),
            locals: fixed,
        }
    }

    pub fn emit(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    pub fn finish(mut self) -> Function {
        self.emit().end();
        let mut function = Function::new_with_locals_types(self.locals);
        function.raw(self.code);
        function
    }

    /// A local for a moment. There is one of each type, if it is needed: a module need not use types that an engine lacks.
    fn local(&mut self, ty: Local) -> u32 {
        let found = self.locals[self.fixed..].iter().position(|of| *of == ty);
        let index = found.map_or(self.locals.len(), |index| self.fixed + index);
        if index == self.locals.len() {
            self.locals.push(ty);
        }
        index as u32
    }

    /// Turns the value on the stack into the integers that tell it; of two, the first is below the second.
    pub fn observe(&mut self, ty: ValType) {
        match ty {
            ValType::I32 => {
                self.emit().i64_extend_i32_s();
            }
            ValType::I64 => {}
            ValType::F32 => {
                let local = self.local(Local::F32);
                self.emit()
                    .local_tee(local)
                    .i32_reinterpret_f32()
                    .i32_const(NAN32)
                    .local_get(local)
                    .local_get(local)
                    .f32_eq()
                    .select()
                    .i64_extend_i32_u();
            }
            ValType::F64 => {
                let local = self.local(Local::F64);
                self.emit()
                    .local_tee(local)
                    .i64_reinterpret_f64()
                    .i64_const(NAN64)
                    .local_get(local)
                    .local_get(local)
                    .f64_eq()
                    .select();
            }
            ValType::V128 => {
                let local = self.local(Local::V128);
                self.emit()
                    .local_tee(local)
                    .i64x2_extract_lane(0)
                    .local_get(local)
                    .i64x2_extract_lane(1);
            }
            ValType::Ref(ty) if may_be_i31(ty) => self.observe_object(),
            ValType::Ref(_) => {
                self.emit().ref_is_null().i32_eqz().i64_extend_i32_u();
            }
        }
    }

    fn observe_object(&mut self) {
        const I31: HeapType = HeapType::Abstract {
            shared: false,
            ty: AbstractHeapType::I31,
        };
        let local = self.local(Local::Ref(RefType::ANYREF));
        self.emit()
            .local_tee(local)
            .ref_test_non_null(I31)
            .if_(BlockType::Result(Local::I64))
            .local_get(local)
            .ref_cast_non_null(I31)
            .i31_get_u()
            .i64_extend_i32_u()
            .i64_const(2)
            .i64_shl()
            .i64_const(2)
            .i64_or()
            .else_()
            .local_get(local)
            .ref_is_null()
            .i32_eqz()
            .i64_extend_i32_u()
            .end();
    }
}

/// Whether an `i31` can be told from others of a type. The declared types of objects leave no choice.
fn may_be_i31(ty: wasmparser::RefType) -> bool {
    use wasmparser::AbstractHeapType::{Any, Eq, I31};
    matches!(
        ty.heap_type(),
        wasmparser::HeapType::Abstract {
            shared: false,
            ty: Any | Eq | I31
        }
    )
}

/// The local that has the state so far, and those for memories.
const STATE: u32 = 0;
const LIMIT: u32 = 1;
const AT: u32 = 2;

/// The body of a function that returns the state.
pub fn state(parts: &Parts) -> Function {
    let mut observer = Observer::new(vec![Local::I64; 3]);
    for (index, global) in (0..).zip(&parts.globals) {
        observer.emit().global_get(index);
        observer.observe(global.content_type);
        for _ in observations(global.content_type) {
            observer.mix();
        }
    }
    for (index, table) in (0..).zip(&parts.tables) {
        observer.emit().table_size(index);
        observer.extend(table.table64);
        observer.mix();
    }
    for (index, memory) in (0..).zip(&parts.memories) {
        observer.mix_memory(index, memory);
    }
    observer.emit().local_get(STATE);
    observer.finish()
}

impl Observer {
    /// Mixes the integer on the stack into the state.
    fn mix(&mut self) {
        self.mix_into(STATE);
    }

    /// Mixes the integer on the stack into a local.
    pub fn mix_into(&mut self, local: u32) {
        self.emit()
            .local_get(local)
            .i64_xor()
            .i64_const(SPREAD)
            .i64_mul()
            .i64_const(TURN)
            .i64_rotl()
            .local_set(local);
    }

    /// Makes the size on the stack an `i64`.
    fn extend(&mut self, is_64: bool) {
        if !is_64 {
            self.emit().i64_extend_i32_u();
        }
    }

    fn mix_memory(&mut self, index: u32, memory: &MemoryType) {
        let page = memory.page_size_log2.unwrap_or(16);
        self.emit().memory_size(index);
        self.extend(memory.memory64);
        self.emit().i64_const(i64::from(page)).i64_shl().local_tee(LIMIT);
        self.mix();
        self.emit()
            .local_get(LIMIT)
            .i64_const(MEMORY_LIMIT)
            .local_get(LIMIT)
            .i64_const(MEMORY_LIMIT)
            .i64_lt_u()
            .select()
            .local_set(LIMIT)
            .i64_const(0)
            .local_set(AT);
        self.mix_bytes(index, memory.memory64, 8);
        // Whole pages are made of eights, but for pages of a few bytes.
        if page < 3 {
            self.mix_bytes(index, memory.memory64, 1);
        }
    }

    /// Mixes what is between `AT` and `LIMIT`, as long as there are so many bytes at a time.
    fn mix_bytes(&mut self, memory: u32, is_64: bool, size: i64) {
        self.emit()
            .block(BlockType::Empty)
            .loop_(BlockType::Empty)
            .local_get(AT)
            .i64_const(size)
            .i64_add()
            .local_get(LIMIT)
            .i64_gt_u()
            .br_if(1)
            .local_get(AT);
        if !is_64 {
            self.emit().i32_wrap_i64();
        }
        let place = MemArg {
            offset: 0,
            align: size.trailing_zeros(),
            target: MemArgTarget::Memory(memory),
            ordering: None,
        };
        match size {
            8 => self.emit().i64_load(place),
            _ => self.emit().i64_load8_u(place),
        };
        self.mix();
        self.emit()
            .local_get(AT)
            .i64_const(size)
            .i64_add()
            .local_set(AT)
            .br(0)
            .end()
            .end();
    }
}
