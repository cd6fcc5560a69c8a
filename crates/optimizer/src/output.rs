//! From Cranelift's buffers to what every tier returns.

use crate::locations::keep_needed;
use crate::traps;
use cranelift_codegen::binemit::{CodeOffset, Reloc};
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{ExternalName, Function, StackSlot, UserStackMap};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::{
    Context, ExceptionContextLoc, FinalizedMachCallSite, FinalizedMachExceptionHandler, FinalizedRelocTarget,
    MachBufferFrameLayout, MachTrap,
};
use transom_code::{
    Catching, CatchingCall, Clause, CompileError, CompiledFunction, DebugFrame, Location, Relocation,
    SlotRun, StackMap, TrapSite,
};
use transom_module::FuncIdx;

/// Alignment of functions in bytes. Processors keep decoded instructions in units of 32 bytes: where functions began at any
/// 16 bytes, a few bytes more in one made loops in those behind it up to 5 % slower (`curve25519` of the benchmark).
const FUNCTION_ALIGNMENT: u32 = 32;

/// What the code generator made of a function.
pub struct Output {
    /// The function.
    pub function: CompiledFunction,
    /// Its machine instructions as text, if the context was told to keep them.
    pub disassembly: Option<String>,
    /// The offsets to which calls return, in ascending order.
    pub returns: Vec<u32>,
    /// Bytes between the frame pointer and the lowest byte of its frame.
    pub frame_size: u32,
}

impl Output {
    /// The function, without what nobody asks for while it runs; for debuggers, with the positions of all instructions.
    pub fn into_function(mut self, debugging: bool) -> CompiledFunction {
        if debugging {
            // Which registers the code saves, and where it leaves its frame, is not known.
            self.function.frame = Some(Box::new(DebugFrame::default()));
        } else {
            keep_needed(&mut self.function, &self.returns);
        }
        self.function
    }
}

/// Compiles the function that is in `context`.
///
/// `slots` hold references to objects during every call.
pub fn finish(
    isa: &dyn TargetIsa,
    context: &mut Context,
    function: u32,
    slots: &[StackSlot],
) -> Result<Output, CompileError> {
    let limit = |message: String| CompileError::Limit { function, message };
    if let Err(error) = context.compile(isa, &mut ControlPlane::default()) {
        return Err(limit(format!("{:?}", error.inner)));
    }
    let mut compiled = context
        .take_compiled_code()
        .expect("compilation has just succeeded");
    let disassembly = compiled.vcode.take();
    let buffer = &compiled.buffer;
    let mut relocations = Vec::with_capacity(buffer.relocs().len());
    for reloc in buffer.relocs() {
        let target = local_function(&context.func, &reloc.target)
            .filter(|_| reloc.kind == Reloc::X86CallPCRel4)
            .ok_or_else(|| limit(format!("unexpected relocation {reloc:?}")))?;
        relocations.push(Relocation {
            offset: reloc.offset,
            target,
            addend: reloc.addend as i32,
        });
    }
    let mut sites = Vec::with_capacity(buffer.traps().len());
    for &MachTrap { offset, code } in buffer.traps() {
        let trap = traps::kind(code).ok_or_else(|| limit(format!("unknown trap code {code}")))?;
        sites.push(TrapSite { offset, trap });
    }
    let (stack_maps, stack_map_slots) = stack_maps(buffer.user_stack_maps());
    let catching = catching(buffer.call_sites()).map_err(limit)?;
    let frame_size = buffer
        .frame_layout()
        .map_or(0, |layout| layout.frame_to_fp_offset);
    let returns = buffer.call_sites().map(|site| site.ret_addr).collect();
    let function = CompiledFunction {
        code: buffer.data().to_vec(),
        alignment: buffer.alignment.max(FUNCTION_ALIGNMENT),
        relocations,
        traps: sites,
        locations: locations(buffer.get_srclocs_sorted()),
        stack_maps,
        stack_map_slots,
        catching,
        frame_slots: frame_slots(buffer.frame_layout(), slots),
        ..CompiledFunction::default()
    };
    Ok(Output {
        function,
        disassembly,
        returns,
        frame_size,
    })
}

/// The calls across which references are alive, and the distances of their slots from the frame pointer. Neighbours with the same
/// slots share them.
fn stack_maps(maps: &[(CodeOffset, u32, UserStackMap)]) -> (Vec<StackMap>, Vec<u32>) {
    let mut slots: Vec<u32> = Vec::new();
    let mut stack_maps: Vec<StackMap> = Vec::with_capacity(maps.len());
    for (return_offset, span, map) in maps {
        let mut first = slots.len();
        // Slots are counted from the stack pointer, which is the frame's span below the frame pointer.
        slots.extend(map.entries().map(|(_, offset)| span - offset));
        let count = slots.len() - first;
        if let Some(last) = stack_maps.last().map(|last| last.first as usize)
            && slots[last..first] == slots[first..]
        {
            slots.truncate(first);
            first = last;
        }
        stack_maps.push(StackMap {
            return_offset: *return_offset,
            first: first as u32,
            count: count as u32,
        });
    }
    slots.shrink_to_fit();
    (stack_maps, slots)
}

/// The distances of slots from the frame pointer.
fn frame_slots(layout: Option<&MachBufferFrameLayout>, slots: &[StackSlot]) -> Vec<SlotRun> {
    let Some(layout) = layout.filter(|_| !slots.is_empty()) else {
        return Vec::new();
    };
    let distance = |&slot: &StackSlot| layout.frame_to_fp_offset - layout.stackslots[slot].offset;
    SlotRun::of(slots.iter().map(distance))
}

/// The calls that catch exceptions.
fn catching<'a>(sites: impl Iterator<Item = FinalizedMachCallSite<'a>>) -> Result<Catching, String> {
    let (mut calls, mut clauses) = (Vec::new(), Vec::new());
    for site in sites {
        let first = clauses.len() as u32;
        let mut context = None;
        for handler in site.exception_handlers {
            let (tag, code_offset) = match *handler {
                FinalizedMachExceptionHandler::Tag(tag, offset) => (Some(tag.as_u32()), offset),
                FinalizedMachExceptionHandler::Default(offset) => (None, offset),
                FinalizedMachExceptionHandler::Context(ExceptionContextLoc::SPOffset(offset)) => {
                    context = Some(offset);
                    continue;
                }
                FinalizedMachExceptionHandler::Context(ExceptionContextLoc::GPR(register)) => {
                    return Err(format!("a context in register {register} across a call"));
                }
            };
            clauses.push(Clause { tag, code_offset });
        }
        // Adapters catch traps, without naming a context; nobody looks for those.
        let Some(context) = context else { continue };
        calls.push(CatchingCall {
            return_offset: site.ret_addr,
            frame_size: site.frame_offset.ok_or("a call in a frame of unknown size")?,
            context,
            first,
            count: clauses.len() as u32 - first,
        });
    }
    Ok(Catching { calls, clauses })
}

fn local_function(function: &Function, target: &FinalizedRelocTarget) -> Option<FuncIdx> {
    let FinalizedRelocTarget::ExternalName(ExternalName::User(name)) = target else {
        return None;
    };
    Some(FuncIdx::from_u32(function.params.user_named_funcs()[*name].index))
}

/// Joins neighbouring ranges of one instruction and marks where code belongs to none.
fn locations(ranges: &[cranelift_codegen::MachSrcLoc<cranelift_codegen::Final>]) -> Vec<Location> {
    let mut locations: Vec<Location> = Vec::with_capacity(ranges.len());
    let mut end = 0;
    let mut add = |code_offset, wasm_offset| {
        if locations
            .last()
            .is_none_or(|last| last.wasm_offset != wasm_offset)
        {
            locations.push(Location {
                code_offset,
                wasm_offset,
            });
        }
    };
    for range in ranges {
        if range.start > end {
            add(end, u32::MAX);
        }
        add(range.start, range.loc.bits());
        end = range.end;
    }
    locations
}
