//! Locals.
//!
//! A local is a variable of Cranelift's frontend, which finds out at each use which value it has, by way of all blocks in
//! between. With many locals in many blocks that takes time and memory in proportion to both. So where their product is
//! large, locals lie in the frame instead, and are loaded and stored. References to objects never do: the collector would not
//! find them there.

use super::state::{Local, Translator};
use crate::abi;
use cranelift_codegen::ir::{self, InstBuilder, StackSlotData, StackSlotKind, Value, types};
use transom_layout::object::FieldClass;
use transom_module::{FunctionFacts, wasmparser};

/// The most that locals may be, times the branches of their function, if they are variables: twice that took 4 seconds.
const MAX_VARIABLES: u64 = 16 << 20;

/// Whether a function's locals lie in its frame.
pub fn lie_in_frame(facts: &FunctionFacts) -> bool {
    u64::from(facts.num_locals) * u64::from(facts.num_branches) > MAX_VARIABLES
}

impl Translator<'_> {
    /// Declares locals that begin with zeros.
    pub fn declare_locals(&mut self, count: u32, ty: wasmparser::ValType) {
        let class = self.env.unit.value_class(ty);
        let zero = self.zero(abi::field_type(class));
        for _ in 0..count {
            self.declare_local(class, zero);
        }
    }

    /// The value that locals begin with; of references, null.
    pub fn zero(&mut self, ty: ir::Type) -> Value {
        match ty {
            types::F32 => self.builder.ins().f32const(0.0),
            types::F64 => self.builder.ins().f64const(0.0),
            types::I8X16 => {
                let zeros = self.builder.func.dfg.constants.insert([0; 16].as_slice().into());
                self.builder.ins().vconst(ty, zeros)
            }
            _ => self.builder.ins().iconst(ty, 0),
        }
    }

    /// Declares a local that begins with a value.
    pub fn declare_local(&mut self, class: FieldClass, value: Value) {
        let ty = abi::field_type(class);
        let local = if self.inlining.in_frame && class != FieldClass::Object {
            let align = ty.bytes().trailing_zeros() as u8;
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, ty.bytes(), align);
            Local::Slot(self.builder.create_sized_stack_slot(data), ty)
        } else {
            let variable = self.builder.declare_var(ty);
            if class == FieldClass::Object {
                self.builder.declare_var_needs_stack_map(variable);
                self.inlining.object_locals += 1;
            }
            Local::Variable(variable)
        };
        self.locals.push(local);
        self.define_local(local, value);
    }

    fn define_local(&mut self, local: Local, value: Value) {
        match local {
            Local::Variable(variable) => self.builder.def_var(variable, value),
            Local::Slot(slot, _) => {
                self.builder.ins().stack_store(types::I64, value, slot, 0);
            }
        }
    }

    pub fn visit_local_get(&mut self, index: u32) {
        let value = match self.locals[index as usize] {
            Local::Variable(variable) => self.builder.use_var(variable),
            Local::Slot(slot, ty) => self.builder.ins().stack_load(types::I64, ty, slot, 0),
        };
        self.push(value);
    }

    pub fn visit_local_set(&mut self, index: u32) {
        let value = self.pop();
        self.define_local(self.locals[index as usize], value);
    }

    pub fn visit_local_tee(&mut self, index: u32) {
        let value = self.pop();
        self.define_local(self.locals[index as usize], value);
        self.push(value);
    }
}
