//! Fields of the context and of what it points to, loaded and stored; and calls of the runtime.

use super::state::{Region, Translator, constant_flags};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use transom_layout::{VmContextHeader, VmOffsets, VmStoreContext};
use transom_ops::Libcall;

impl Translator<'_> {
    /// Loads a pointer from the context that never changes.
    pub fn load_constant(&mut self, offset: i32) -> Value {
        let context = self.env.context;
        self.builder
            .ins()
            .load(types::I64, constant_flags(), context, offset)
    }

    /// Loads a pointer-sized field that changes.
    pub fn load_field(&mut self, region: Region, base: Value, offset: i32) -> Value {
        let flags = self.env.field_flags(&mut self.builder, region);
        self.builder.ins().load(types::I64, flags, base, offset)
    }

    /// The store's context.
    pub fn store_context(&mut self) -> Value {
        self.load_constant(VmContextHeader::STORE)
    }

    pub fn load_stack_limit(&mut self) -> Value {
        let store = self.store_context();
        self.load_field(Region::StackLimit, store, VmStoreContext::STACK_LIMIT)
    }

    /// Tells the callee of a call through a function reference who called.
    pub fn store_caller(&mut self) {
        let store = self.store_context();
        let context = self.env.context;
        let flags = self.env.field_flags(&mut self.builder, Region::Store);
        self.builder
            .ins()
            .store(flags, context, store, VmStoreContext::CALLER);
    }

    /// Calls the runtime.
    pub fn libcall(&mut self, libcall: Libcall, args: &[Value]) -> Option<Value> {
        assert!(
            self.env.checks_stack,
            "`FunctionFacts::may_leave` has to know of {libcall:?}"
        );
        let signature = self.env.libcall_signature(&mut self.builder, libcall);
        // Loaded where they are used: most libcalls are out of line, and nothing should be kept ready for them.
        let flags = MemFlagsData::trusted().with_readonly();
        let table = self
            .builder
            .ins()
            .load(types::I64, flags, self.env.context, VmOffsets::LIBCALLS);
        let offset = libcall as i32 * size_of::<usize>() as i32;
        let address = self.builder.ins().load(types::I64, flags, table, offset);
        let mut values = vec![self.env.context];
        let dirt = self.env.unit.dirt();
        values.extend(args.iter().map(|&arg| dirt.add(&mut self.builder, arg)));
        let call = self.builder.ins().call_indirect(signature, address, &values);
        self.builder.inst_results(call).first().copied()
    }

    pub fn iconst32(&mut self, value: u32) -> Value {
        self.builder.ins().iconst(types::I32, i64::from(value))
    }
}
