//! Tests of references' types: `ref.test`, `ref.cast` and the branches on them.
//!
//! A defined type is met by its own type word, or, if it may have subtypes, by its word at its depth in the display of
//! the object's type. Functions are asked for their descriptors in the same way, see `call.rs`.

use super::state::{Failure, Region, Translator};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value, types};
use transom_layout::object::{INFO_DISPLAY_LEN, ObjectKind, VmTypeInfo};
use transom_module::wasmparser::{AbstractHeapType, HeapType, RefType};
use transom_ops::CastTarget;
use transom_types::{RegisteredType, TypeKind};

impl Translator<'_> {
    pub fn visit_ref_test_non_null(&mut self, heap: HeapType) {
        self.test(heap, false);
    }

    pub fn visit_ref_test_nullable(&mut self, heap: HeapType) {
        self.test(heap, true);
    }

    fn test(&mut self, heap: HeapType, nullable: bool) {
        let value = self.pop();
        let (yes, no, done) = (
            self.builder.create_block(),
            self.builder.create_block(),
            self.builder.create_block(),
        );
        let result = self.builder.append_block_param(done, types::I32);
        self.branch_on_type(value, (heap, nullable), yes, no);
        for (block, outcome) in [(yes, 1), (no, 0)] {
            self.builder.seal_block(block);
            self.builder.switch_to_block(block);
            let outcome = self.iconst32(outcome);
            self.builder.ins().jump(done, &[outcome.into()]);
        }
        self.builder.seal_block(done);
        self.builder.switch_to_block(done);
        self.push(result);
    }

    pub fn visit_ref_cast_non_null(&mut self, heap: HeapType) {
        self.cast(heap, false);
    }

    pub fn visit_ref_cast_nullable(&mut self, heap: HeapType) {
        self.cast(heap, true);
    }

    fn cast(&mut self, heap: HeapType, nullable: bool) {
        let value = self.pop();
        let target = CastTarget::of(heap, nullable);
        let wrong = self.failure(Failure::Cast { value, target });
        let next = self.builder.create_block();
        self.branch_on_type(value, (heap, nullable), next, wrong);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
        self.push(value);
    }

    pub fn visit_br_on_cast(&mut self, depth: u32, _from: RefType, to: RefType) {
        self.branch_on_cast(depth, to, true);
    }

    pub fn visit_br_on_cast_fail(&mut self, depth: u32, _from: RefType, to: RefType) {
        self.branch_on_cast(depth, to, false);
    }

    /// Branches if the topmost value has the type or not, as `if_it_has` says, and takes it along either way.
    fn branch_on_cast(&mut self, depth: u32, to: RefType, if_it_has: bool) {
        let value = *self
            .stack
            .last()
            .expect("validation has checked the operand stack");
        let (branch, next) = (self.builder.create_block(), self.builder.create_block());
        let (yes, no) = if if_it_has { (branch, next) } else { (next, branch) };
        self.branch_on_type(value, (to.heap_type(), to.is_nullable()), yes, no);
        self.builder.seal_block(branch);
        self.builder.seal_block(next);
        self.builder.switch_to_block(branch);
        self.branch(depth);
        self.reachable = true;
        self.builder.switch_to_block(next);
    }

    /// Goes to `yes` if a value has a reference type, else to `no`. Both may be reached from several places.
    fn branch_on_type(&mut self, value: Value, (heap, nullable): (HeapType, bool), yes: Block, no: Block) {
        let (if_null, if_not) = (if nullable { yes } else { no }, self.builder.create_block());
        self.builder.ins().brif(value, if_not, &[], if_null, &[]);
        self.builder.seal_block(if_not);
        self.builder.switch_to_block(if_not);
        match heap {
            HeapType::Abstract { ty, .. } => self.branch_on_abstract(value, ty, yes, no),
            HeapType::Concrete(index) | HeapType::Exact(index) => {
                let index = index.as_module_index();
                let index = index.expect("bodies refer to types by module index");
                let expected = self.env.unit.module.types[index as usize].clone();
                if expected.kind() == TypeKind::Func {
                    self.check_type(value, &expected, (index, None), no);
                    self.builder.ins().jump(yes, &[]);
                } else {
                    self.branch_on_concrete(value, (index, &expected), yes, no);
                }
            }
        }
    }

    /// Branches on an abstract type of a value that is not null.
    fn branch_on_abstract(&mut self, value: Value, ty: AbstractHeapType, yes: Block, no: Block) {
        use AbstractHeapType::*;
        let (condition, expected) = match ty {
            Any | Extern | Func | Exn => {
                self.builder.ins().jump(yes, &[]);
                return;
            }
            I31 => {
                let odd = self.builder.ins().band_imm_u(value, 1);
                self.builder.ins().brif(odd, yes, &[], no, &[]);
                return;
            }
            Eq => (IntCC::UnsignedLessThanOrEqual, ObjectKind::LAST_EQ),
            Struct => (IntCC::Equal, ObjectKind::Struct),
            Array => (IntCC::Equal, ObjectKind::Array),
            _ => {
                self.builder.ins().jump(no, &[]);
                return;
            }
        };
        self.branch_on_i31(value, if ty == Eq { yes } else { no });
        let word = self.load_type_word(value);
        let info = self.object_address(word);
        let flags = MemFlagsData::trusted().with_readonly();
        let kind = self.builder.ins().load(types::I32, flags, info, VmTypeInfo::KIND);
        let is = self
            .builder
            .ins()
            .icmp_imm_u(condition, kind, i64::from(expected as u32));
        self.builder.ins().brif(is, yes, &[], no, &[]);
    }

    /// Goes to a block if a value is an `i31`.
    fn branch_on_i31(&mut self, value: Value, to: Block) {
        let odd = self.builder.ins().band_imm_u(value, 1);
        let next = self.builder.create_block();
        self.builder.ins().brif(odd, to, &[], next, &[]);
        self.builder.seal_block(next);
        self.builder.switch_to_block(next);
    }

    /// The type word of an object. Its info lies where an object of that reference would.
    fn load_type_word(&mut self, object: Value) -> Value {
        let address = self.object_address(object);
        let flags = self.sound_flags(Region::TypeWords);
        self.builder.ins().load(types::I32, flags, address, 0)
    }

    /// Branches on a structure or array type of a value that is not null.
    fn branch_on_concrete(
        &mut self,
        value: Value,
        (index, expected): (u32, &RegisteredType),
        yes: Block,
        no: Block,
    ) {
        self.branch_on_i31(value, no);
        let word = self.load_type_word(value);
        let wanted = self.type_word(index);
        let same = self.builder.ins().icmp(IntCC::Equal, word, wanted);
        if expected.sub_type().is_final {
            self.builder.ins().brif(same, yes, &[], no, &[]);
            return;
        }
        let other = self.builder.create_block();
        self.builder.ins().brif(same, yes, &[], other, &[]);
        self.builder.seal_block(other);
        self.builder.switch_to_block(other);
        let info = self.object_address(word);
        let depth = expected.descriptor().depth;
        let flags = MemFlagsData::trusted().with_readonly();
        if depth >= INFO_DISPLAY_LEN {
            let actual = self
                .builder
                .ins()
                .load(types::I32, flags, info, VmTypeInfo::DEPTH);
            let shallow = self
                .builder
                .ins()
                .icmp_imm_u(IntCC::UnsignedLessThan, actual, i64::from(depth));
            self.branch_to_trap(shallow, no);
        }
        let offset = VmTypeInfo::DISPLAY + 4 * depth as i32;
        let ancestor = self.builder.ins().load(types::I32, flags, info, offset);
        let below = self.builder.ins().icmp(IntCC::Equal, ancestor, wanted);
        self.builder.ins().brif(below, yes, &[], no, &[]);
    }
}
