//! Locals.
//!
//! A local is a variable of Cranelift's frontend, which finds the variable's value at each use through all blocks between the
//! definition and the use. That takes time and memory in proportion to the number of locals times the number of blocks. So does
//! the frontend's analysis of which references to objects are alive across each call.
//!
//! Where the product is large, locals lie in the frame instead, and are loaded and stored: time and memory are linear in the
//! function. A slot that holds a reference to an object contains one from the function's entry on, and is a root of every call
//! of the function ([`CompiledFunction::frame_slots`](transom_code::CompiledFunction)), alive or not. So a reference in
//! such a local keeps its object alive until the local is overwritten or the function returns.

use super::state::{Local, Place, Translator};
use crate::abi;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{self, InstBuilder, StackSlot, StackSlotData, StackSlotKind, Value, types};
use transom_layout::object::FieldClass;
use transom_module::wasmparser;

/// The most that variables may be, times the blocks of their function: twice that took 4 seconds.
const MAX_VARIABLES: usize = 16 << 20;

/// The same for variables that hold references to objects: three times that took a second and 130 MB.
const MAX_OBJECT_VARIABLES: usize = 1 << 20;

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
        let free = self.locals.free.get_mut(&class).and_then(Vec::pop);
        let place = free.unwrap_or_else(|| self.new_place(class));
        let local = Local { class, place };
        self.locals.own.push(local);
        self.define_local(local, value);
    }

    fn new_place(&mut self, class: FieldClass) -> Place {
        if self.locals.in_frame {
            return Place::Slot(self.new_slot(class));
        }
        let variable = self.builder.declare_var(abi::field_type(class));
        self.locals.variables.all += 1;
        if class == FieldClass::Object {
            self.builder.declare_var_needs_stack_map(variable);
            self.locals.variables.objects += 1;
        }
        Place::Variable(variable)
    }

    fn new_slot(&mut self, class: FieldClass) -> StackSlot {
        let size = self.env.unit.dirt().carrier(abi::field_type(class)).bytes();
        let align = size.trailing_zeros() as u8;
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size, align);
        let slot = self.builder.create_sized_stack_slot(data);
        if class == FieldClass::Object {
            self.locals.objects.push(slot);
            if self.is_inlined() {
                self.clear_at_entry(slot);
            }
        }
        slot
    }

    /// Stores null to a slot where the function begins: calls before the slot's first use may collect.
    fn clear_at_entry(&mut self, slot: StackSlot) {
        let entry = self
            .builder
            .func
            .layout
            .entry_block()
            .expect("translation has begun");
        let mut cursor = FuncCursor::new(self.builder.func).at_first_insertion_point(entry);
        let null = cursor.ins().iconst(abi::field_type(FieldClass::Object), 0);
        cursor.ins().stack_store(types::I64, null, slot, 0);
    }

    /// Begins with the locals of an inlined function, and returns those of its caller.
    pub fn begin_inlined_locals(&mut self) -> Vec<Local> {
        std::mem::take(&mut self.locals.own)
    }

    /// Goes back to the locals of the caller. The places of the inlined function are free for the next one, which defines each of
    /// its locals before it uses it.
    pub fn end_inlined_locals(&mut self, caller: Vec<Local>) {
        for local in std::mem::replace(&mut self.locals.own, caller) {
            let free = self.locals.free.entry(local.class).or_default();
            free.push(local.place);
        }
    }

    /// Whether it would take long to find out which values variables have and where they are alive. Inlined bodies are short;
    /// after one this is asked again.
    pub fn has_many_variables(&self) -> bool {
        if self.is_inlined() {
            return false;
        }
        let blocks = self.builder.func.dfg.num_blocks();
        let variables = &self.locals.variables;
        variables.all * blocks > MAX_VARIABLES || variables.objects * blocks > MAX_OBJECT_VARIABLES
    }

    /// Gives a local a value.
    pub fn define_local(&mut self, local: Local, value: Value) {
        match local.place {
            Place::Variable(variable) => self.builder.def_var(variable, value),
            Place::Slot(slot) => {
                let value = self.env.unit.dirt().add(&mut self.builder, value);
                self.builder.ins().stack_store(types::I64, value, slot, 0);
            }
        }
    }

    pub fn visit_local_get(&mut self, index: u32) {
        let Local { class, place } = self.locals.own[index as usize];
        match place {
            Place::Variable(variable) => {
                let value = self.builder.use_var(variable);
                self.push(value);
            }
            Place::Slot(slot) => {
                let ty = abi::field_type(class);
                let value = self.builder.ins().stack_load(types::I64, ty, slot, 0);
                self.push_new(class, value);
            }
        }
    }

    pub fn visit_local_set(&mut self, index: u32) {
        let value = self.pop();
        self.define_local(self.locals.own[index as usize], value);
    }

    pub fn visit_local_tee(&mut self, index: u32) {
        let value = self.pop();
        self.define_local(self.locals.own[index as usize], value);
        self.push(value);
    }
}
