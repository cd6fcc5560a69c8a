//! Places, held against those that Cranelift's code uses: its instructions are executed symbolically.

use super::*;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{
    AbiParam, Function, InstBuilder, MemFlagsData, Signature as Declared, Type, UserFuncName, types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_codegen::settings::{self, Configurable, Flags};
use cranelift_codegen::{Context, isa};
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};
use std::collections::HashMap;
use transom_code::MachineClass as C;

/// What a register or a word of the stack contains.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Content {
    /// What was in a place when the function was called.
    Argument(Place),
    /// What was loaded from the context, at a multiple of 16.
    Loaded(u32),
    /// An address of the stack: its distance from where the return address is.
    Stack(i64),
}

/// What was executed so far.
#[derive(Default)]
struct State {
    registers: HashMap<Register, Content>,
    stack: HashMap<i64, Content>,
    /// What was stored to the context, by multiples of 16.
    stored: HashMap<u32, Content>,
    /// Bytes that the function removed from the stack when it returned.
    removed: Option<u32>,
}

impl State {
    fn register(&self, register: Register) -> Option<Content> {
        let full = register.full_register();
        self.registers.get(&full).copied().or_else(|| {
            let number = full.number() as u8;
            Some(match full {
                _ if full.is_zmm() || full.is_xmm() || full.is_ymm() => {
                    Content::Argument(Place::Xmm(Xmm::new(number)))
                }
                Register::RSP => Content::Stack(0),
                _ => Content::Argument(Place::Gpr(gpr(number))),
            })
        })
    }

    fn execute(&mut self, instruction: &Instruction) {
        match instruction.mnemonic() {
            Mnemonic::Push => self.add_to_stack_pointer(-8),
            Mnemonic::Pop => {
                self.add_to_stack_pointer(8);
                self.registers.remove(&instruction.op0_register());
            }
            Mnemonic::Sub => self.add_to_stack_pointer(-(instruction.immediate(1) as i64)),
            Mnemonic::Add => self.add_to_stack_pointer(instruction.immediate(1) as i64),
            Mnemonic::Ret => {
                let has_operand = instruction.op_count() > 0;
                self.removed = Some(if has_operand {
                    u32::from(instruction.immediate16())
                } else {
                    0
                });
            }
            _ => {
                let name = format!("{:?}", instruction.mnemonic());
                assert!(name.contains("mov") || name.contains("Mov"), "{name}");
                let content = self.read(instruction);
                self.write(instruction, content);
            }
        }
    }

    fn add_to_stack_pointer(&mut self, bytes: i64) {
        let Some(Content::Stack(pointer)) = self.register(Register::RSP) else {
            panic!("the stack pointer")
        };
        self.registers
            .insert(Register::RSP, Content::Stack(pointer + bytes));
    }

    /// The base of a memory operand and the distance from it.
    fn address(&self, instruction: &Instruction) -> (Content, i64) {
        assert_eq!(instruction.memory_index(), Register::None);
        let base = self.register(instruction.memory_base()).expect("an address");
        (base, instruction.memory_displacement64() as i64)
    }

    fn read(&self, instruction: &Instruction) -> Content {
        let source = instruction.op_count() - 1;
        if instruction.op_kind(source) == OpKind::Register {
            return self.register(instruction.op_register(source)).expect("a value");
        }
        match self.address(instruction) {
            (Content::Argument(Place::Gpr(CONTEXT)), offset) => Content::Loaded(offset as u32 / 16),
            (Content::Stack(pointer), distance) => {
                let at = pointer + distance;
                let argument =
                    || Content::Argument(Place::Stack(u32::try_from(at - 8).expect("an argument")));
                self.stack.get(&at).copied().unwrap_or_else(argument)
            }
            other => panic!("{other:?}"),
        }
    }

    fn write(&mut self, instruction: &Instruction, content: Content) {
        if instruction.op0_kind() == OpKind::Register {
            let register = instruction.op0_register().full_register();
            self.registers.insert(register, content);
            return;
        }
        match self.address(instruction) {
            (Content::Argument(Place::Gpr(CONTEXT)), offset) => {
                self.stored.insert(offset as u32 / 16, content);
            }
            (Content::Stack(pointer), distance) => {
                self.stack.insert(pointer + distance, content);
            }
            other => panic!("{other:?}"),
        }
    }
}

fn gpr(number: u8) -> Gpr {
    <Gpr as cranelift_assembler_x64::AsReg>::new(number)
}

fn clif(class: C) -> Type {
    match class {
        C::I32 => types::I32,
        C::I64 => types::I64,
        C::F32 => types::F32,
        C::F64 => types::F64,
        C::V128 => types::I8X16,
    }
}

/// A function of Cranelift's that stores its parameters to the context and returns what it loads from there, executed.
fn executed(shape: &Shape) -> State {
    let mut flags = settings::builder();
    flags.set("preserve_frame_pointers", "true").unwrap();
    flags.set("unwind_info", "false").unwrap();
    let isa = isa::lookup_by_name("x86_64")
        .unwrap()
        .finish(Flags::new(flags))
        .unwrap();
    let mut signature = Declared::new(CallConv::Tail);
    signature.params.push(AbiParam::new(types::I64));
    if shape.results_in_memory() {
        signature.params.push(AbiParam::new(types::I64));
    }
    let first = signature.params.len();
    signature
        .params
        .extend(shape.params.iter().map(|&class| AbiParam::new(clif(class))));
    if !shape.results_in_memory() {
        signature
            .returns
            .extend(shape.results.iter().map(|&class| AbiParam::new(clif(class))));
    }
    let mut function = Function::with_name_signature(UserFuncName::user(0, 0), signature);
    let block = function.dfg.make_block();
    let params: Vec<_> = function
        .signature
        .params
        .clone()
        .iter()
        .map(|param| function.dfg.append_block_param(block, param.value_type))
        .collect();
    let mut cursor = FuncCursor::new(&mut function);
    cursor.insert_block(block);
    let trusted = MemFlagsData::trusted();
    for (index, &param) in params[first..].iter().enumerate() {
        cursor.ins().store(trusted, param, params[0], 16 * index as i32);
    }
    let mut results = Vec::new();
    for index in 0..cursor.func.signature.returns.len() {
        let ty = cursor.func.signature.returns[index].value_type;
        results.push(cursor.ins().load(ty, trusted, params[0], 16 * index as i32));
    }
    cursor.ins().return_(&results);
    let mut context = Context::for_function(function);
    let compiled = context.compile(&*isa, &mut ControlPlane::default()).unwrap();
    let mut state = State::default();
    let decoder = Decoder::with_ip(64, compiled.code_buffer(), 0, DecoderOptions::NONE);
    for instruction in decoder {
        state.execute(&instruction);
        if state.removed.is_some() {
            break;
        }
    }
    state
}

#[test]
fn places_are_those_of_cranelift() {
    let classes = [C::I32, C::I64, C::F32, C::F64, C::V128];
    let mut random = 11_u64;
    let mut below = move |bound: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize % bound
    };
    let (mut on_stack, mut in_memory) = (0, 0);
    for _ in 0..400 {
        let mut list = |most: usize| (0..below(most)).map(|_| classes[below(5)]).collect::<Box<[C]>>();
        let shape = Shape {
            params: list(24),
            results: list(16),
        };
        let signature = Signature::of(&shape);
        let state = executed(&shape);
        assert_eq!(signature.params.len(), shape.params.len());
        for (index, &place) in signature.params.iter().enumerate() {
            let stored = state.stored.get(&(index as u32));
            assert_eq!(
                stored,
                Some(&Content::Argument(place)),
                "parameter {index} of {shape}"
            );
        }
        assert_eq!(state.removed, Some(signature.stack), "{shape}");
        for (index, place) in signature.results.iter().enumerate() {
            let register = match *place {
                Place::Gpr(gpr) => {
                    let number = cranelift_assembler_x64::AsReg::enc(&gpr);
                    Register::RAX + u32::from(number)
                }
                Place::Xmm(xmm) => {
                    let number = cranelift_assembler_x64::AsReg::enc(&xmm);
                    (Register::XMM0 + u32::from(number)).full_register()
                }
                Place::Stack(_) => panic!("a result on the stack"),
            };
            let content = state.registers.get(&register);
            assert_eq!(
                content,
                Some(&Content::Loaded(index as u32)),
                "result {index} of {shape}"
            );
        }
        on_stack += u32::from(signature.stack > 0);
        in_memory += u32::from(signature.results_in_memory);
    }
    assert!(on_stack > 50 && in_memory > 20, "{on_stack} {in_memory}");
}
