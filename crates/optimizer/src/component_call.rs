//! Adapters between components, for calls that pass numbers and rows of values: see `ComponentCall`.
//!
//! An adapter is called as a host function is, and goes on to the host's function with its arguments as they came when a check fails. What it has done
//! until then is noted, so the host's function does the rest of the call, and finds what is wrong.
//!
//! If the callee is small, its body takes the place of the call: then [`begin_callee`] and [`end_callee`] are what surrounds it. It is code of the
//! callee's function, in the callee's context, with another beginning and another end.

mod control;
mod numbers;
mod rows;

use crate::abi;
use crate::dirt::{Dirt, Side};
use crate::scratch::Scratch;
use control::{code_and_context, refuse_if};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, UserFuncName, Value, types};
use cranelift_codegen::isa::TargetIsa;
use cranelift_frontend::FunctionBuilder;
use numbers::{checked, whole};
use rows::{RowOf, Rows, Way};
use transom_code::{ComponentCall, Passed, Returned};
use transom_layout::{
    VmCallee, VmComponentCall, VmComponentFlags, VmContextHeader, VmHostContext, VmStoreContext,
};

/// Translates an adapter.
pub fn between(isa: &dyn TargetIsa, scratch: &mut Scratch, call: &ComponentCall, dirt: Dirt<'_>) {
    let shape = call.caller_shape();
    let func = &mut scratch.context.func;
    func.name = UserFuncName::user(1, 2);
    func.signature = abi::wasm_signature(&shape, Side::Callee, dirt);
    let mut builder = FunctionBuilder::new(func, &mut scratch.builder);
    let ways = Ways::begin(&mut builder);
    let has_rows = call.rows_there() + call.rows_back() > 0;
    let rows = has_rows.then(|| Rows::begin(&mut builder, ways.link, ways.slow, dirt));
    check_stack(&mut builder, ways.params[0], ways.slow);
    check_state(&mut builder, ways.link, call.crosses, ways.slow);
    let params = &ways.params;
    let mut arguments = passed(&mut builder, call, rows.as_ref(), &params[1..], (ways.slow, dirt));
    let (code, context) = code_and_context(&mut builder, ways.link, VmComponentCall::FUNCTION);
    arguments.insert(0, context);
    let signature = abi::wasm_signature(&call.callee_shape(), Side::Caller, dirt);
    let signature = builder.import_signature(signature);
    let called = builder.ins().call_indirect(signature, code, &arguments);
    let results = builder.inst_results(called).to_vec();
    let results = returned(&mut builder, call, rows.as_ref(), results, (params, dirt));
    builder.ins().return_(&results);
    ways.end_slow(&mut builder, call, dirt);
    builder.seal_all_blocks();
    builder.finalize(isa.frontend_config());
}

/// Begins an adapter that has the body of what it calls, and passes numbers only: the callee's context and its arguments. The callee
/// itself looks whether there is enough stack, if it calls anything.
pub fn begin_callee(
    builder: &mut FunctionBuilder<'_>,
    call: &ComponentCall,
    dirt: Dirt<'_>,
) -> (Value, Vec<Value>) {
    let ways = Ways::begin(builder);
    check_state(builder, ways.link, call.crosses, ways.slow);
    let arguments = call.params.iter().zip(&ways.params[1..]);
    let arguments = arguments.map(|(param, &value)| match param {
        &Passed::Number(number) => checked(builder, number, value, ways.slow),
        Passed::Row(_) => unreachable!("the call passes numbers only"),
    });
    let arguments = arguments.collect();
    let flags = MemFlagsData::trusted();
    let context = VmComponentCall::FUNCTION + VmCallee::CONTEXT;
    let context = builder.ins().load(types::I64, flags, ways.link, context);
    let body = builder.create_block();
    builder.ins().jump(body, &[]);
    builder.seal_block(body);
    ways.end_slow(builder, call, dirt);
    builder.switch_to_block(body);
    (context, arguments)
}

/// The numbers that such an adapter returns, of those that the callee has.
pub fn end_callee(builder: &mut FunctionBuilder<'_>, call: &ComponentCall, results: &[Value]) -> Vec<Value> {
    let Returned::Numbers(numbers) = &call.result else {
        unreachable!("the call passes numbers only")
    };
    let results = results.iter().zip(numbers);
    results
        .map(|(&result, &number)| whole(builder, number, result))
        .collect()
}

/// The two ways of a call: on in the adapter, and to the host.
struct Ways {
    /// The adapter's context and its arguments.
    params: Vec<Value>,
    /// The address of the [`VmComponentCall`].
    link: Value,
    /// Where everything is left to the host.
    slow: Block,
}

impl Ways {
    fn begin(builder: &mut FunctionBuilder<'_>) -> Ways {
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        builder.seal_block(entry);
        let params = builder.block_params(entry).to_vec();
        let slow = builder.create_block();
        builder.set_cold_block(slow);
        let flags = MemFlagsData::trusted();
        let link = builder
            .ins()
            .load(types::I64, flags, params[0], VmHostContext::LINK);
        Ways { params, link, slow }
    }

    /// Ends the slow way: with the host's function, and the arguments as they came.
    fn end_slow(&self, builder: &mut FunctionBuilder<'_>, call: &ComponentCall, dirt: Dirt<'_>) {
        let flags = MemFlagsData::trusted();
        builder.switch_to_block(self.slow);
        builder.seal_block(self.slow);
        let host = builder
            .ins()
            .load(types::I64, flags, self.link, VmComponentCall::HOST);
        let mut arguments = vec![self.params[0]];
        for &param in &self.params[1..] {
            arguments.push(dirt.add(builder, param));
        }
        let shape = call.caller_shape();
        let signature = builder.import_signature(abi::wasm_signature(&shape, Side::TailCaller, dirt));
        builder.ins().return_call_indirect(signature, host, &arguments);
    }
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

/// The callee's arguments.
fn passed(
    builder: &mut FunctionBuilder<'_>,
    call: &ComponentCall,
    rows: Option<&Rows<'_>>,
    params: &[Value],
    (slow, dirt): (Block, Dirt<'_>),
) -> Vec<Value> {
    let mut params = params.iter().copied();
    let mut next = || params.next().expect("the signature has all parameters");
    let mut arguments = Vec::new();
    let mut done = 0;
    for &param in &call.params {
        match (param, rows) {
            (Passed::Number(number), _) => {
                let value = checked(builder, number, next(), slow);
                arguments.push(dirt.add(builder, value));
            }
            (Passed::Row(row), Some(rows)) => {
                let (pointer, length) = (next(), next());
                let row = RowOf {
                    row,
                    way: Way::There,
                    index: done,
                };
                let pointer = rows.pass(builder, row, pointer, length);
                arguments.extend([pointer, length].map(|value| dirt.add(builder, value)));
                done += 1;
            }
            (Passed::Row(_), None) => unreachable!("the call has a row"),
        }
    }
    arguments
}

/// The caller's results.
fn returned(
    builder: &mut FunctionBuilder<'_>,
    call: &ComponentCall,
    rows: Option<&Rows<'_>>,
    results: Vec<Value>,
    (params, dirt): (&[Value], Dirt<'_>),
) -> Vec<Value> {
    match (&call.result, rows) {
        (Returned::Numbers(numbers), _) => {
            let results = results.into_iter().zip(numbers).map(|(result, &number)| {
                let value = whole(builder, number, result);
                dirt.add(builder, value)
            });
            results.collect()
        }
        (&Returned::Row { row, has_post_return }, Some(rows)) => {
            let area = *params.last().expect("the caller says where results are written");
            rows.pass_back(builder, (row, call.rows_there()), results[0], area);
            if has_post_return {
                rows.post_return(builder, results[0]);
            }
            Vec::new()
        }
        (Returned::Row { .. }, None) => unreachable!("the call has a row"),
    }
}
