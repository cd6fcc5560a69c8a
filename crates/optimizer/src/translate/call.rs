//! Calls.
//!
//! A function of the same module is called directly. All others are reached through their `VmFuncRef`, which
//! says where their code is kept and in what context it runs; before such a call the caller leaves its context
//! where a host function finds it.
//!
//! `call_indirect` compares the type that the function was *defined* with against the expected one: the same
//! descriptor, or, if the expected type may have subtypes, the expected descriptor at its depth in the actual
//! type's display. Whatever goes wrong leads to one out-of-line call per site, which finds out what it was.

use super::exception::Target;
use super::state::{Exit, Failure, Region, Translator, constant_flags};
use crate::abi;
use crate::dirt::Side;
use crate::traps;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    Block, InstBuilder, MemFlagsData, SigRef, StackSlotData, StackSlotKind, TrapCode, Value, types,
};
use std::rc::Rc;
use transom_code::{MachineClass, Shape};
use transom_layout::{VALUE_SIZE, VmFuncRef};
use transom_module::{FuncIdx, TypeIdx};
use transom_ops::Trap;
use transom_types::{HeapType, RegisteredType, TypeDescriptor};

/// What is called, and how.
enum Callee {
    Local(FuncIdx),
    /// Code and context of a function reference.
    Reference {
        code: Value,
        context: Value,
    },
}

impl Translator<'_> {
    pub fn visit_call(&mut self, function: u32) {
        if self.inline(FuncIdx::from_u32(function)) {
            return;
        }
        let (callee, ty) = self.direct_callee(function);
        self.call(callee, ty);
    }

    pub fn visit_return_call(&mut self, function: u32) {
        let (callee, ty) = self.direct_callee(function);
        self.return_call(callee, ty);
    }

    pub fn visit_call_indirect(&mut self, ty: u32, table: u32) {
        let (reference, wrong) = self.called_element(ty, table);
        let index = TypeIdx::from_u32(ty);
        self.call_expected(reference, index, |translator| {
            let callee = translator.element_callee(reference, (ty, table), wrong);
            translator.call(callee, index);
        });
    }

    pub fn visit_return_call_indirect(&mut self, ty: u32, table: u32) {
        let (reference, wrong) = self.called_element(ty, table);
        let callee = self.element_callee(reference, (ty, table), wrong);
        self.return_call(callee, TypeIdx::from_u32(ty));
    }

    pub fn visit_call_ref(&mut self, ty: u32) {
        let reference = self.pop();
        let index = TypeIdx::from_u32(ty);
        self.call_expected(reference, index, |translator| {
            let null = Some(traps::code(Trap::NullReference));
            let callee = translator.referenced_callee(reference, null);
            translator.call(callee, index);
        });
    }

    pub fn visit_return_call_ref(&mut self, ty: u32) {
        let reference = self.pop();
        let callee = self.referenced_callee(reference, Some(traps::code(Trap::NullReference)));
        self.return_call(callee, TypeIdx::from_u32(ty));
    }

    fn direct_callee(&mut self, function: u32) -> (Callee, TypeIdx) {
        let module = self.env.unit.module;
        let ty = module.functions[function as usize].ty;
        if function >= module.imported.functions {
            return (Callee::Local(FuncIdx::from_u32(function)), ty);
        }
        let reference = self.function_reference(function);
        (self.referenced_callee(reference, None), ty)
    }

    /// Reads a function reference; `null` is the trap that a null reference gives, where there may be one.
    fn referenced_callee(&mut self, reference: Value, null: Option<TrapCode>) -> Callee {
        // Fields of a reference that may be null stay behind its check, so they are not marked as movable.
        let fields = self.env.field_flags(&mut self.builder, Region::FuncRefs);
        let flags = if null.is_some() { fields } else { constant_flags() };
        let slot_flags = if null.is_some() {
            flags.with_trap_code(null)
        } else {
            flags
        };
        let slot = self
            .builder
            .ins()
            .load(types::I64, slot_flags, reference, VmFuncRef::SLOT);
        let context = self
            .builder
            .ins()
            .load(types::I64, flags, reference, VmFuncRef::CONTEXT);
        let code = self.load_field(Region::Slots, slot, 0);
        self.store_caller();
        Callee::Reference { code, context }
    }

    /// Loads the element of a table that is called, and gives where to go if it cannot be.
    fn called_element(&mut self, ty: u32, table: u32) -> (Value, Block) {
        let index = self.pop();
        let index = self.widen(index);
        let wrong = self.failure(Failure::CallIndirect { table, index, ty });
        let address = self.checked_element(table, index, wrong);
        (self.load_element(table, address), wrong)
    }

    /// Checks that an element of a table has the type with which it is called.
    fn element_callee(&mut self, reference: Value, (ty, table): (u32, u32), wrong: Block) -> Callee {
        let null = traps::code(Trap::IndirectCallToNull);
        match self.indirect_check(ty, table) {
            IndirectCheck::Dynamic(expected) => {
                let null = traps::code(Trap::IndirectCallToNull);
                self.check_type(reference, &expected, (ty, Some(null)), wrong);
                self.referenced_callee(reference, Some(null))
            }
            IndirectCheck::Never => {
                let always = self.iconst32(1);
                self.branch_to_trap(always, wrong);
                self.referenced_callee(reference, Some(null))
            }
            IndirectCheck::Null => self.referenced_callee(reference, Some(null)),
        }
    }

    /// How much of a `call_indirect`'s check the table's element type leaves to run time.
    fn indirect_check(&self, ty: u32, table: u32) -> IndirectCheck {
        let module = self.env.unit.module;
        let expected = module.types[ty as usize].clone();
        match module.tables[table as usize].ty.element.heap {
            HeapType::Concrete(id) => {
                let registry = self.env.unit.registry;
                if registry.is_subtype_id(id, expected.id()) {
                    IndirectCheck::Null
                } else if registry.is_subtype_id(expected.id(), id) {
                    IndirectCheck::Dynamic(expected)
                } else {
                    IndirectCheck::Never
                }
            }
            _ => IndirectCheck::Dynamic(expected),
        }
    }

    /// Goes to `wrong` unless the referenced function's own type is `expected`, which is type `ty` of the module, or a subtype;
    /// traps on null, if it may be.
    pub fn check_type(
        &mut self,
        reference: Value,
        expected: &RegisteredType,
        (ty, null): (u32, Option<TrapCode>),
        wrong: Block,
    ) {
        let flags = self.env.field_flags(&mut self.builder, Region::FuncRefs);
        let null = if null.is_some() {
            flags.with_trap_code(null)
        } else {
            flags
        };
        let actual = self
            .builder
            .ins()
            .load(types::I64, null, reference, VmFuncRef::TY);
        let wanted = self.load_constant(self.env.unit.offsets.type_descriptor(ty));
        let differs = self.builder.ins().icmp(IntCC::NotEqual, actual, wanted);
        if expected.sub_type().is_final {
            return self.branch_to_trap(differs, wrong);
        }
        let (subtype, next) = (self.builder.create_block(), self.builder.create_block());
        self.builder.ins().brif(differs, subtype, &[], next, &[]);
        self.builder.seal_block(subtype);
        self.builder.switch_to_block(subtype);
        let ancestor = self.load_ancestor(actual, expected.descriptor().depth, wrong);
        let differs = self.builder.ins().icmp(IntCC::NotEqual, ancestor, wanted);
        self.builder.ins().brif(differs, wrong, &[], next, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }

    /// The type at a depth of another's display; goes to `wrong` if the display is not that long.
    fn load_ancestor(&mut self, actual: Value, depth: u32, wrong: Block) -> Value {
        let flags = MemFlagsData::trusted().with_readonly();
        let inline = transom_types::DISPLAY_LEN as u32;
        if depth < inline {
            let offset = TypeDescriptor::OFFSET_DISPLAY as i32 + 8 * depth as i32;
            return self.builder.ins().load(types::I64, flags, actual, offset);
        }
        let offset = TypeDescriptor::OFFSET_DEPTH as i32;
        let actual_depth = self.builder.ins().load(types::I32, flags, actual, offset);
        let shallow = self
            .builder
            .ins()
            .icmp_imm_u(IntCC::UnsignedLessThan, actual_depth, i64::from(depth));
        self.branch_to_trap(shallow, wrong);
        let offset = TypeDescriptor::OFFSET_OVERFLOW as i32;
        let rest = self.builder.ins().load(types::I64, flags, actual, offset);
        self.builder
            .ins()
            .load(types::I64, flags, rest, 8 * (depth - inline) as i32)
    }

    /// Arguments as the callee's convention wants them, with the area for results where it needs one.
    fn arguments(&mut self, context: Value, area: Option<Value>, shape: &Shape) -> Vec<Value> {
        let params = self.pop_many(shape.params.len());
        self.inlining
            .work
            .add(shape.params.len() + shape.results.len() + self.handlers.scope.depth);
        let mut values = Vec::with_capacity(params.len() + 2);
        values.push(context);
        values.extend(area);
        let dirt = self.env.unit.dirt();
        values.extend(params.into_iter().map(|param| dirt.add(&mut self.builder, param)));
        values
    }

    fn call(&mut self, callee: Callee, ty: TypeIdx) {
        let (signature, shape) = self.env.signature(&mut self.builder, (ty, Side::Caller));
        let area = shape.results_in_memory().then(|| {
            let size = shape.results.len() as u32 * VALUE_SIZE as u32;
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, size, 4);
            let slot = self.builder.create_sized_stack_slot(data);
            self.builder.ins().stack_addr(types::I64, slot, 0)
        });
        let (target, context) = match callee {
            Callee::Local(function) => {
                let function = (function, Side::Caller);
                let function = self.env.local_function(&mut self.builder, function);
                (Target::Function(function), self.env.context)
            }
            Callee::Reference { code, context } => (Target::Code(code), context),
        };
        let arguments = self.arguments(context, area, &shape);
        let results = self.call_with_handlers(target, signature, &arguments);
        let results = match area {
            None => results,
            Some(area) => self.load_results(area, &shape),
        };
        let unit = self.env.unit;
        let ty = unit.module.types[ty.index()].as_func();
        let ty = ty.expect("validation has found a function type");
        for (value, &result) in results.into_iter().zip(&ty.results) {
            self.push_new(transom_code::value_class(unit.registry, result), value);
        }
    }

    fn load_results(&mut self, area: Value, shape: &Shape) -> Vec<Value> {
        let flags = self.env.value_flags(&mut self.builder);
        let mut load = |(index, &class): (usize, &MachineClass)| {
            let offset = index as i32 * VALUE_SIZE;
            let ty = abi::clif_type(class);
            self.builder.ins().load(ty, flags, area, offset)
        };
        shape.results.iter().enumerate().map(&mut load).collect()
    }

    fn return_call(&mut self, callee: Callee, ty: TypeIdx) {
        let ty = (ty, Side::TailCaller);
        let (signature, shape): (SigRef, Rc<Shape>) = self.env.signature(&mut self.builder, ty);
        let area = match self.exit {
            Exit::Registers => None,
            Exit::Memory(area) => Some(area),
            Exit::Component(_) => unreachable!("a callee with tail calls is not part of an adapter"),
        };
        match callee {
            Callee::Local(function) => {
                let arguments = self.arguments(self.env.context, area, &shape);
                let function = (function, Side::TailCaller);
                let function = self.env.local_function(&mut self.builder, function);
                self.builder.ins().return_call(function, &arguments);
            }
            Callee::Reference { code, context } => {
                let arguments = self.arguments(context, area, &shape);
                self.builder
                    .ins()
                    .return_call_indirect(signature, code, &arguments);
            }
        }
        self.reachable = false;
    }
}

enum IndirectCheck {
    /// The function's type has to be compared.
    Dynamic(RegisteredType),
    /// No function that the table can hold has the type.
    Never,
    /// Every function that the table can hold has the type, so only null is left.
    Null,
}
