//! Tests of references' types: `ref.test`, `ref.cast` and the branches on them.
//!
//! A defined type is met by its own type word, or, if it may have subtypes, by its word at its depth in the display of
//! the object's type. Functions are asked for their descriptors in the same way, see `call.rs`. All registers are taken
//! before the first jump: what is spilled for one has to be spilled on every way.

use crate::assembler::{Alu, Condition, Gpr, Label, Source, Width};
use crate::emitter::Emitter;
use crate::op;
use crate::state::{Failure, Popped};
use Width::W32;
use transom_layout::object::{FieldClass, INFO_DISPLAY_LEN, ObjectKind, VmTypeInfo};
use transom_module::wasmparser::{AbstractHeapType, HeapType, RefType};
use transom_ops::CastTarget;
use transom_types::{RegisteredType, TypeKind};

impl Emitter<'_> {
    pub fn visit_ref_test_non_null(&mut self, heap: HeapType) {
        self.test_type(heap, false);
    }

    pub fn visit_ref_test_nullable(&mut self, heap: HeapType) {
        self.test_type(heap, true);
    }

    fn test_type(&mut self, heap: HeapType, nullable: bool) {
        let operand = self.pop();
        let value = self.owned_gpr(operand);
        let (no, done) = (self.asm.label(), self.asm.label());
        self.check_reference((value, operand.class), (heap, nullable), no);
        self.asm.set_gpr(value, 1);
        self.asm.jump(done);
        self.asm.bind(no);
        self.asm.set_gpr(value, 0);
        self.asm.bind(done);
        self.push_gpr(FieldClass::I32, value);
    }

    pub fn visit_ref_cast_non_null(&mut self, heap: HeapType) {
        self.cast(heap, false);
    }

    pub fn visit_ref_cast_nullable(&mut self, heap: HeapType) {
        self.cast(heap, true);
    }

    fn cast(&mut self, heap: HeapType, nullable: bool) {
        let operand = self.pop();
        let value = self.owned_gpr(operand);
        let target = CastTarget::of(heap, nullable);
        let wrong = self.failure(Failure::Cast { value, target });
        self.check_reference((value, operand.class), (heap, nullable), wrong);
        self.push_gpr(operand.class, value);
    }

    pub fn visit_br_on_cast(&mut self, depth: u32, _from: RefType, to: RefType) {
        let next = self.asm.label();
        self.check_top(to, next);
        self.visit_br(depth);
        self.flow.reachable = true;
        self.asm.bind(next);
    }

    pub fn visit_br_on_cast_fail(&mut self, depth: u32, _from: RefType, to: RefType) {
        let (no, next) = (self.asm.label(), self.asm.label());
        self.check_top(to, no);
        self.asm.jump(next);
        self.asm.bind(no);
        self.visit_br(depth);
        self.flow.reachable = true;
        self.asm.bind(next);
    }

    /// Goes to `no` unless the topmost operand, which stays, has a type.
    fn check_top(&mut self, to: RefType, no: Label) {
        let operand: Popped = self.pop();
        let value = self.owned_gpr(operand);
        self.push_gpr(operand.class, value);
        self.check_reference((value, operand.class), (to.heap_type(), to.is_nullable()), no);
    }

    /// Goes to `no` unless a value has a reference type.
    fn check_reference(
        &mut self,
        (value, class): (Gpr, FieldClass),
        (heap, nullable): (HeapType, bool),
        no: Label,
    ) {
        let info = self.take_gpr();
        let yes = self.asm.label();
        self.asm.test(Width::of(class), value);
        self.asm
            .jump_if(Condition::Equal, if nullable { yes } else { no });
        match heap {
            HeapType::Abstract { ty, .. } => self.check_abstract(value, info, ty, (yes, no)),
            HeapType::Concrete(index) | HeapType::Exact(index) => {
                let index = index.as_module_index();
                let index = index.expect("bodies refer to types by module index");
                let expected = self.unit.module.types[index as usize].clone();
                if expected.kind() == TypeKind::Func {
                    self.check_type((value, info), &expected, (index, None), no);
                } else {
                    self.check_concrete((value, info), (index, &expected), no);
                }
            }
        }
        self.asm.bind(yes);
        self.release_gpr(info);
    }

    /// Goes to `no` unless a value that is not null has an abstract type. It may go to `yes` if it has.
    fn check_abstract(&mut self, value: Gpr, info: Gpr, ty: AbstractHeapType, (yes, no): (Label, Label)) {
        use AbstractHeapType::*;
        let (fails, expected) = match ty {
            Any | Extern | Func | Exn => return,
            I31 => {
                op!(&mut self.asm, testb_mi, value, 1u8);
                return self.asm.jump_if(Condition::Equal, no);
            }
            Eq => (Condition::Above, ObjectKind::LAST_EQ),
            Struct => (Condition::NotEqual, ObjectKind::Struct),
            Array => (Condition::NotEqual, ObjectKind::Array),
            _ => return self.asm.jump(no),
        };
        op!(&mut self.asm, testb_mi, value, 1u8);
        self.asm
            .jump_if(Condition::NotEqual, if ty == Eq { yes } else { no });
        self.load_type_word(value, info);
        let kind = self.object_place(info, VmTypeInfo::KIND, Option::None);
        op!(&mut self.asm, cmpl_mi, kind, expected as i32);
        self.asm.jump_if(fails, no);
    }

    /// Loads the type word of an object. Its info lies where an object of that reference would.
    fn load_type_word(&mut self, object: Gpr, to: Gpr) {
        let place = self.object_place(object, 0, None);
        self.asm.load_gpr(W32, to, place);
    }

    /// Goes to `no` unless a value that is not null has a structure or array type.
    fn check_concrete(
        &mut self,
        (value, info): (Gpr, Gpr),
        (index, expected): (u32, &RegisteredType),
        no: Label,
    ) {
        op!(&mut self.asm, testb_mi, value, 1u8);
        self.asm.jump_if(Condition::NotEqual, no);
        self.load_type_word(value, info);
        let wanted = Source::Memory(self.type_word(index));
        self.asm.alu(Alu::Cmp, W32, info, wanted);
        if expected.sub_type().is_final {
            return self.asm.jump_if(Condition::NotEqual, no);
        }
        let same = self.asm.label();
        self.asm.jump_if(Condition::Equal, same);
        let depth = expected.descriptor().depth;
        if depth >= INFO_DISPLAY_LEN {
            let actual = self.object_place(info, VmTypeInfo::DEPTH, None);
            op!(&mut self.asm, cmpl_mi, actual, depth as i32);
            self.asm.jump_if(Condition::Below, no);
        }
        let offset = VmTypeInfo::DISPLAY + 4 * depth as i32;
        let ancestor = self.object_place(info, offset, None);
        self.asm.load_gpr(W32, info, ancestor);
        self.asm.alu(Alu::Cmp, W32, info, wanted);
        self.asm.jump_if(Condition::NotEqual, no);
        self.asm.bind(same);
    }
}
