//! The code between the host and WebAssembly, one piece for each shape and direction.

use crate::abi;
use crate::dirt::{Dirt, Side};
use crate::scratch::Scratch;
use cranelift_codegen::ir::{
    BlockArg, ExceptionTableData, ExceptionTableItem, InstBuilder, MemFlagsData, StackSlotData,
    StackSlotKind, UserFuncName, Value, types,
};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::FunctionBuilder;
use transom_code::Shape;
use transom_layout::{VALUE_SIZE, VmContextHeader, VmHostContext, VmStoreContext};

/// Host to WebAssembly: see `AdapterKind::Enter`.
///
/// The call is a `try_call`, so that all registers which belong to the host are saved in this frame, and the
/// address of the handler is left in the store's context: a trap goes on there with this frame's pointers.
pub fn enter(isa: &dyn TargetIsa, scratch: &mut Scratch, shape: &Shape, dirt: Dirt<'_>) {
    let func = &mut scratch.context.func;
    func.name = UserFuncName::user(1, 0);
    func.signature = abi::system_signature(&[types::I64; 4], &[types::I32]);
    let mut builder = FunctionBuilder::new(func, &mut scratch.builder);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let &[context, code, values, store] = builder.block_params(entry) else {
        unreachable!("the signature above has four parameters")
    };
    let flags = MemFlagsData::trusted();
    let in_memory = shape.results_in_memory();
    // An embedder's array is aligned to 8 bytes only.
    let value_flags = MemFlagsData::new().with_notrap();
    let mut args = vec![code, context];
    args.extend(in_memory.then_some(values));
    for (index, &class) in shape.params.iter().enumerate() {
        let offset = index as i32 * VALUE_SIZE;
        let value = builder
            .ins()
            .load(abi::clif_type(class), value_flags, values, offset);
        args.push(dirt.add(&mut builder, value));
    }

    let call_block = builder.create_block();
    builder.ins().jump(call_block, &[]);
    builder.switch_to_block(call_block);
    let frame = builder.ins().get_frame_pointer(types::I64);
    builder.ins().store(flags, frame, store, VmStoreContext::ENTRY_FP);
    let stack = builder.ins().get_stack_pointer(types::I64);
    builder.ins().store(flags, stack, store, VmStoreContext::ENTRY_SP);
    let handler = builder
        .ins()
        .get_exception_handler_address(types::I64, call_block, 0);
    builder
        .ins()
        .store(flags, handler, store, VmStoreContext::ENTRY_HANDLER);

    let signature = builder.import_signature(abi::wasm_signature(shape, Side::Caller, dirt));
    let (returned, trapped) = (builder.create_block(), builder.create_block());
    let result_types: Vec<_> = if in_memory {
        Vec::new()
    } else {
        shape.results.iter().map(|&class| abi::clif_type(class)).collect()
    };
    let mut returned_args = Vec::new();
    for (index, &ty) in result_types.iter().enumerate() {
        builder.append_block_param(returned, ty);
        returned_args.push(BlockArg::TryCallRet(index as u32));
    }
    let pool = &mut builder.func.dfg.value_lists;
    let normal = cranelift_codegen::ir::BlockCall::new(returned, returned_args, pool);
    let handler = cranelift_codegen::ir::BlockCall::new(trapped, [], pool);
    let table = ExceptionTableData::new(signature, normal, [ExceptionTableItem::Default(handler)]);
    let table = builder.func.dfg.exception_tables.push(table);
    builder.ins().try_call_indirect(args[0], &args[1..], table);

    builder.switch_to_block(returned);
    let results = builder.block_params(returned).to_vec();
    store_values(&mut builder, values, &results, dirt);
    let zero = builder.ins().iconst(types::I32, 0);
    builder.ins().return_(&[zero]);
    builder.switch_to_block(trapped);
    let one = builder.ins().iconst(types::I32, 1);
    builder.ins().return_(&[one]);
    builder.seal_all_blocks();
    builder.finalize(isa.frontend_config());
}

fn store_values(builder: &mut FunctionBuilder<'_>, area: Value, values: &[Value], dirt: Dirt<'_>) {
    for (index, &value) in values.iter().enumerate() {
        let value = dirt.add(builder, value);
        builder.ins().store(
            MemFlagsData::new().with_notrap(),
            value,
            area,
            index as i32 * VALUE_SIZE,
        );
    }
}

/// WebAssembly to host: see `AdapterKind::Leave`.
pub fn leave(isa: &dyn TargetIsa, scratch: &mut Scratch, shape: &Shape, dirt: Dirt<'_>) {
    let func = &mut scratch.context.func;
    func.name = UserFuncName::user(1, 1);
    func.signature = abi::wasm_signature(shape, Side::Callee, dirt);
    let mut builder = FunctionBuilder::new(func, &mut scratch.builder);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let params = builder.block_params(entry).to_vec();
    let context = params[0];
    let in_memory = shape.results_in_memory();
    let flags = MemFlagsData::trusted();

    let store = builder
        .ins()
        .load(types::I64, flags, context, VmContextHeader::STORE);
    let frame = builder.ins().get_frame_pointer(types::I64);
    let caller_frame = builder.ins().load(types::I64, flags, frame, 0);
    builder
        .ins()
        .store(flags, caller_frame, store, VmStoreContext::EXIT_FP);
    let return_address = builder.ins().get_return_address(types::I64);
    builder
        .ins()
        .store(flags, return_address, store, VmStoreContext::EXIT_PC);

    let count = shape.params.len().max(shape.results.len()).max(1);
    let data = StackSlotData::new(StackSlotKind::ExplicitSlot, count as u32 * VALUE_SIZE as u32, 4);
    let slot = builder.create_sized_stack_slot(data);
    let area = builder.ins().stack_addr(types::I64, slot, 0);
    store_values(&mut builder, area, &params[1 + usize::from(in_memory)..], dirt);
    let body = builder
        .ins()
        .load(types::I64, flags, context, VmHostContext::BODY);
    let signature = builder.import_signature(abi::system_signature(&[types::I64; 2], &[]));
    builder.ins().call_indirect(signature, body, &[context, area]);

    let mut results = Vec::new();
    for (index, &class) in shape.results.iter().enumerate() {
        let offset = index as i32 * VALUE_SIZE;
        results.push(builder.ins().load(abi::clif_type(class), flags, area, offset));
    }
    if in_memory {
        store_values(&mut builder, params[1], &results, dirt);
        results.clear();
    }
    let results: Vec<_> = results
        .into_iter()
        .map(|value| dirt.add(&mut builder, value))
        .collect();
    builder.ins().return_(&results);
    builder.seal_all_blocks();
    builder.finalize(isa.frontend_config());
}
