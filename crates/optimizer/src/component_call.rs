//! Adapters between components, for calls that pass numbers only: see `ComponentCall`.
//!
//! An adapter is called as a host function is, and goes on to the host's function with its arguments as they came when a check fails:
//! that has not done anything yet, so it does the whole call, and finds what is wrong.

use crate::abi;
use crate::dirt::{Dirt, Side};
use crate::scratch::Scratch;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, UserFuncName, Value, types};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::FunctionBuilder;
use transom_code::{ComponentCall, Number};
use transom_layout::{VmComponentCall, VmComponentFlags, VmContextHeader, VmHostContext, VmStoreContext};

/// Translates an adapter.
pub fn between(isa: &dyn TargetIsa, scratch: &mut Scratch, call: &ComponentCall, dirt: Dirt<'_>) {
    let shape = call.shape();
    let func = &mut scratch.context.func;
    func.name = UserFuncName::user(1, 2);
    func.signature = abi::wasm_signature(&shape, Side::Callee, dirt);
    let mut builder = FunctionBuilder::new(func, &mut scratch.builder);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let params = builder.block_params(entry).to_vec();
    let slow = builder.create_block();
    builder.set_cold_block(slow);
    let flags = MemFlagsData::trusted();
    let link = builder
        .ins()
        .load(types::I64, flags, params[0], VmHostContext::LINK);
    check_stack(&mut builder, params[0], slow);
    check_state(&mut builder, link, call.crosses, slow);
    let slot = builder.ins().load(types::I64, flags, link, VmComponentCall::SLOT);
    let code = builder.ins().load(types::I64, flags, slot, 0);
    let context = builder
        .ins()
        .load(types::I64, flags, link, VmComponentCall::CONTEXT);
    let mut arguments = vec![context];
    for (&param, &number) in params[1..].iter().zip(&call.params) {
        let value = checked(&mut builder, number, param, slow);
        arguments.push(dirt.add(&mut builder, value));
    }
    let signature = builder.import_signature(abi::wasm_signature(&shape, Side::Caller, dirt));
    let called = builder.ins().call_indirect(signature, code, &arguments);
    let results = builder.inst_results(called).to_vec();
    let results: Vec<_> = results
        .into_iter()
        .zip(&call.results)
        .map(|(result, &number)| {
            let value = whole(&mut builder, number, result);
            dirt.add(&mut builder, value)
        })
        .collect();
    builder.ins().return_(&results);

    builder.switch_to_block(slow);
    let host = builder.ins().load(types::I64, flags, link, VmComponentCall::HOST);
    let mut arguments = vec![params[0]];
    for &param in &params[1..] {
        arguments.push(dirt.add(&mut builder, param));
    }
    let signature = builder.import_signature(abi::wasm_signature(&shape, Side::TailCaller, dirt));
    builder.ins().return_call_indirect(signature, host, &arguments);
    builder.seal_all_blocks();
    builder.finalize(isa.frontend_config());
}

/// Takes the slow way if there is too little stack: the callee may be an adapter, too, and so on, and what is behind the last one may look at no
/// stack, or be the host.
fn check_stack(builder: &mut FunctionBuilder<'_>, context: Value, slow: Block) {
    let flags = MemFlagsData::trusted();
    let store = builder
        .ins()
        .load(types::I64, flags, context, VmContextHeader::STORE);
    let limit = builder
        .ins()
        .load(types::I64, flags, store, VmStoreContext::STACK_LIMIT);
    let pointer = builder.ins().get_stack_pointer(types::I64);
    let is_beyond = builder.ins().icmp(IntCC::UnsignedLessThan, pointer, limit);
    refuse_if(builder, is_beyond, slow);
}

/// Takes the slow way if the caller's instance may not leave now, or the callee's has trapped.
fn check_state(builder: &mut FunctionBuilder<'_>, link: Value, crosses: bool, slow: Block) {
    let flags = MemFlagsData::trusted();
    let caller = builder
        .ins()
        .load(types::I64, flags, link, VmComponentCall::CALLER);
    let held = builder
        .ins()
        .load(types::I8, flags, caller, VmComponentFlags::MAY_NOT_LEAVE);
    refuse_if(builder, held, slow);
    if crosses {
        let callee = builder
            .ins()
            .load(types::I64, flags, link, VmComponentCall::CALLEE);
        let trapped = builder
            .ins()
            .load(types::I8, flags, callee, VmComponentFlags::HAS_TRAPPED);
        refuse_if(builder, trapped, slow);
    }
}

/// Goes to a block if a value is not zero.
fn refuse_if(builder: &mut FunctionBuilder<'_>, condition: Value, slow: Block) {
    let next = builder.create_block();
    builder.ins().brif(condition, slow, &[], next, &[]);
    builder.switch_to_block(next);
}

/// A number that is passed: one of its type, or none, and then the slow way is taken.
fn checked(builder: &mut FunctionBuilder<'_>, number: Number, value: Value, slow: Block) -> Value {
    match number {
        Number::Char => {
            // Both ranges of what is no character end up above those of the characters that are moved down.
            let moved = builder.ins().bxor_imm_u(value, 0xd800);
            let moved = builder.ins().iadd_imm_s(moved, -0x800);
            let wrong = builder
                .ins()
                .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, moved, 0x10_f800);
            refuse_if(builder, wrong, slow);
            value
        }
        Number::Case(count) => {
            let wrong = builder
                .ins()
                .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, value, i64::from(count));
            refuse_if(builder, wrong, slow);
            value
        }
        _ => whole(builder, number, value),
    }
}

/// A number of a type that each number can be made one of.
fn whole(builder: &mut FunctionBuilder<'_>, number: Number, value: Value) -> Value {
    let narrow = |builder: &mut FunctionBuilder<'_>, ty| builder.ins().ireduce(ty, value);
    match number {
        Number::Bool => {
            let is_true = builder.ins().icmp_imm_u(IntCC::NotEqual, value, 0);
            builder.ins().uextend(types::I32, is_true)
        }
        Number::U8 => {
            let byte = narrow(builder, types::I8);
            builder.ins().uextend(types::I32, byte)
        }
        Number::U16 => {
            let half = narrow(builder, types::I16);
            builder.ins().uextend(types::I32, half)
        }
        Number::S8 => {
            let byte = narrow(builder, types::I8);
            builder.ins().sextend(types::I32, byte)
        }
        Number::S16 => {
            let half = narrow(builder, types::I16);
            builder.ins().sextend(types::I32, half)
        }
        Number::Flags(count) if count < 32 => builder.ins().band_imm_u(value, (1 << count) - 1),
        _ => value,
    }
}
