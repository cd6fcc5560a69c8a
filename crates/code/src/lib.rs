//! What every tier takes and returns. A tier is a [`Compiler`]: it turns one function of a module, or one
//! adapter between the host and compiled code, into position-independent bytes and the tables that go with
//! them. When, in what order and on which threads functions are compiled is decided elsewhere.
#![forbid(unsafe_code)]

mod component_call;
pub mod decide;
mod label;
mod object;
mod processor;
mod roots;
mod shape;
mod slot_runs;
mod source;
mod trap_number;
mod tunables;

pub use component_call::{ComponentCall, MAX_ROW_BYTES, Number, Passed, Returned, Row};
pub use label::label;
pub use object::{exception_layout, field_class, heap_class, struct_layout, value_class};
pub use object::{parsed_heap_class, parsed_value_class};
pub use processor::{OPTIONAL_SETS, check_processor, processor_sets};
pub use roots::{ROOTS_LINK, roots};
pub use shape::{MachineClass, RESULT_REGISTERS, Shape};
pub use slot_runs::SlotRun;
pub use source::{CallTargets, Source};
pub use tunables::{MemoryStyle, Tunables};

use core::ops::Range;
use serde::{Deserialize, Serialize};
use transom_layout::{VmCounts, VmOffsets};
use transom_module::{DefinedFuncIdx, FuncIdx, Module};
use transom_ops::Trap;

/// A compiler of single functions. One value may compile on many threads at once.
pub trait Compiler: Send + Sync {
    /// What the tier is called in reports.
    fn name(&self) -> &'static str;

    /// Bytes of stack that compiling a function may take. A function that is compiled when it is first called is compiled on the
    /// stack of the program that calls it, if that has so much left, else on another thread's.
    fn stack_size(&self) -> usize {
        2 << 20
    }

    /// Compiles a function of a valid module.
    ///
    /// # Errors
    ///
    /// The function uses something that the tier doesn't support, or is beyond one of its limits.
    fn compile_function(
        &self,
        source: Source<'_>,
        function: DefinedFuncIdx,
    ) -> Result<CompiledFunction, CompileError>;

    /// Compiles a function of a valid module once more, for activations that are at a loop.
    ///
    /// # Errors
    ///
    /// As [`compile_function`](Self::compile_function); or the tier has no code that begins there.
    fn compile_loop_entry(&self, source: Source<'_>, target: &LoopTarget) -> Result<LoopEntry, CompileError> {
        Err(CompileError::Limit {
            function: source.module.func_index(target.function).as_u32(),
            message: format!("{} code does not begin at loops", self.name()),
        })
    }

    /// Compiles an adapter. There is one for each shape and kind in an engine, whatever the types.
    ///
    /// # Errors
    ///
    /// The shape is beyond a limit of the tier.
    fn compile_adapter(&self, kind: AdapterKind, shape: &Shape) -> Result<CompiledFunction, CompileError>;

    /// Compiles a call from one component to another; or, with a function of a valid module that it calls, code of that function, with the checks of
    /// the call before its body. `None` if the tier compiles no such calls, so that the host does each of them, or if this call is better off with the
    /// function's own code.
    ///
    /// # Errors
    ///
    /// As [`compile_adapter`](Self::compile_adapter) and [`compile_function`](Self::compile_function).
    fn compile_component_call(
        &self,
        call: &ComponentCall,
        callee: Option<(Source<'_>, DefinedFuncIdx)>,
    ) -> Result<Option<CompiledFunction>, CompileError>;
}

/// Which way an adapter leads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AdapterKind {
    /// Host to compiled code, as a function of the system's calling convention
    /// `(context, code, values, store context) -> u32`: loads parameters from `values`, an array of
    /// `VmValue`, calls `code`, and stores the results there. Returns 1 if a trap ended the call, else 0.
    Enter,
    /// Compiled code to host: called as a WebAssembly function whose context is a `VmHostContext`, it calls
    /// `body(context, values)` in the system's calling convention and takes the results from `values`.
    Leave,
    /// One component to another: a [`ComponentCall`].
    Between,
}

/// Machine code of one function.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CompiledFunction {
    /// The bytes. They contain their constants and run at any address once relocated.
    #[serde(with = "serde_bytes")]
    pub code: Vec<u8>,
    /// Alignment that the first byte needs.
    pub alignment: u32,
    /// Places that hold the distance to another function.
    pub relocations: Vec<Relocation>,
    /// Instructions that may trap, in order of their offsets.
    pub traps: Vec<TrapSite>,
    /// Which instruction of the module the code from an offset on belongs to, in order of the offsets. It holds for instructions
    /// that may trap and for calls; about others, nobody asks, unless there is a `frame`.
    pub locations: Vec<Location>,
    /// Calls across which references to objects are alive, in order of their offsets.
    pub stack_maps: Vec<StackMap>,
    /// The distances that `stack_maps` select, and links: see [`ROOTS_LINK`].
    pub stack_map_slots: Vec<u32>,
    /// Slots that hold references to objects during every call, by their distances below the frame pointer.
    pub frame_slots: Vec<SlotRun>,
    /// Calls that catch exceptions.
    pub catching: Catching,
    /// What was translated in place of calls.
    pub inlined: Inlined,
    /// Where code that may be replaced notes what it does, and can be left.
    pub tier_up: TierUpSites,
    /// What debuggers ask of the frame, if the code was made for them.
    #[serde(skip)]
    pub frame: Option<Box<DebugFrame>>,
}

/// The calls of a function that catch exceptions.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Catching {
    /// The calls, in order of their offsets.
    pub calls: Vec<CatchingCall>,
    /// The clauses that `calls` select.
    pub clauses: Vec<Clause>,
}

/// What debuggers ask of a function's frame. What all frames have in common is not here: the frame pointer's chain, which the first
/// two instructions of each function continue.
#[derive(Clone, Default, Debug)]
pub struct DebugFrame {
    /// Where the caller's registers are, if that is known.
    pub saved: Option<SavedRegisters>,
    /// Where the frame is gone, as ranges of offsets in the code in ascending order: the caller's registers are as they were, and the
    /// stack pointer leads to the return address.
    pub gone: Vec<Range<u32>>,
    /// Where values are, if that is the same in all of the function.
    pub values: Option<FrameValues>,
}

/// The registers of the caller that a function has in its frame. It leaves the others as they are.
#[derive(Clone, Default, Debug)]
pub struct SavedRegisters {
    /// Their numbers in instructions, with the distances below the frame pointer at which they are saved.
    pub registers: Vec<(u8, u32)>,
    /// The offset in the code from which on they are there.
    pub from: u32,
}

/// Where a function's frame holds values, at all instructions behind its entry, by distances below the frame pointer.
#[derive(Clone, Default, Debug)]
pub struct FrameValues {
    /// The slots of the locals, in their order, each run with the index of its first local.
    pub locals: Vec<(u32, SlotRun)>,
    /// The slot of the function's context.
    pub context: u32,
}

impl FrameValues {
    /// The slots of locals, whose distances follow in their order.
    pub fn slots_of(distances: impl IntoIterator<Item = u32>) -> Vec<(u32, SlotRun)> {
        let mut index = 0;
        let with_index = |run: SlotRun| {
            let first = index;
            index += run.count;
            (first, run)
        };
        SlotRun::of(distances).into_iter().map(with_index).collect()
    }

    /// The distance of a local's slot; `None` if there is no such local.
    pub fn local(&self, index: u32) -> Option<u32> {
        let after = self.locals.partition_point(|&(first, _)| first <= index);
        let (first, run) = self.locals[after.checked_sub(1)?];
        let within = index - first;
        (within < run.count).then(|| run.first + run.step * within)
    }
}

impl CompiledFunction {
    /// Completes the code with the addresses of its `VmCallSite`s, in the order of `tier_up.calls`.
    pub fn link_call_sites(&mut self, address: impl Fn(usize) -> usize) {
        for (index, &CallSite { field, .. }) in self.tier_up.calls.iter().enumerate() {
            let field = field as usize;
            self.code[field..field + 8].copy_from_slice(&address(index).to_le_bytes());
        }
    }
}

/// What was translated in place of calls.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Inlined {
    /// Where its instructions come from: see [`INLINED`].
    pub positions: Vec<InlinedPosition>,
    /// Comparisons of a reference with the function that a call is expected to lead to.
    pub expected_calls: u32,
}

/// Where code that may be replaced by other code of the same function notes what it does, and can be left.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct TierUpSites {
    /// Loops where the function can be left.
    pub loops: LoopSites,
    /// Calls through references that note what they lead to, in order of their offsets in the module. If there are any, the code must
    /// not run before [`link_call_sites`](CompiledFunction::link_call_sites).
    pub calls: Vec<CallSite>,
}

/// A call through a reference that notes what it leads to, in a `VmCallSite`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CallSite {
    /// The call's offset in the module's bytes.
    pub wasm_offset: u32,
    /// Where in the code the eight bytes are that hold the address of the `VmCallSite`.
    pub field: u32,
}

/// A location of this number or more, but for `u32::MAX`, is no offset in the module's bytes: it stands for the
/// [`InlinedPosition`] whose position it exceeds this number by.
pub const INLINED: u32 = 1 << 31;

/// The index of the [`InlinedPosition`] that a location stands for, if it stands for one.
pub fn inlined_position(location: u32) -> Option<usize> {
    match location {
        u32::MAX => None,
        _ => location.checked_sub(INLINED).map(|index| index as usize),
    }
}

/// An instruction of a function that was translated in place of a call of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InlinedPosition {
    /// The function.
    pub function: FuncIdx,
    /// Offset of the instruction in the module's bytes.
    pub wasm_offset: u32,
    /// The location of the call.
    pub caller: u32,
}

/// A call that catches exceptions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CatchingCall {
    /// Offset of the instruction to which the call returns.
    pub return_offset: u32,
    /// How far the stack pointer is below the frame pointer.
    pub frame_size: u32,
    /// How far above the stack pointer the function's context is.
    pub context: u32,
    /// Position of the first clause.
    pub first: u32,
    /// Number of clauses; the first that fits counts.
    pub count: u32,
}

/// What a call does with some exceptions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clause {
    /// Where in the function's context the `VmTag` is that it catches; `None` if it catches all.
    pub tag: Option<u32>,
    /// Offset of the code that goes on, with the exception as its first payload.
    pub code_offset: u32,
}

/// Where a frame holds references to objects while a call of it runs. Each lies below the frame pointer, at one of the
/// distances of a list that begins at `stack_map_slots[first]`, in 4 bytes: see [`roots`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StackMap {
    /// Offset of the instruction to which the call returns.
    pub return_offset: u32,
    /// Position of the first distance.
    pub first: u32,
    /// Number of distances.
    pub count: u32,
}

/// A place that holds a 32-bit distance, relative to the end of the place, to a function of the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Relocation {
    /// Where the place is in the code.
    pub offset: u32,
    /// The function whose address is meant.
    pub target: FuncIdx,
    /// What is added to the distance.
    pub addend: i32,
}

/// The loops of a function where it can be left for other code of the same function.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct LoopSites {
    /// In order of their offsets.
    pub sites: Vec<LoopSite>,
    /// Where values are at all of them.
    pub frame: FrameLayout,
}

/// The beginning of a loop's turn, where the function can be left for other code of the same function.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LoopSite {
    /// Offset of the instruction to which the call of `tick` returns.
    pub return_offset: u32,
    /// Offset of the loop in the module's bytes.
    pub wasm_offset: u32,
    /// Number of operands, the loop's parameters among them. All are in their slots.
    pub operands: u32,
}

/// Where a function's frame holds values at each [`LoopSite`]. Distances are below the frame pointer. The upper half of 32 bits is
/// undefined.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct FrameLayout {
    /// Where the locals are, in their order. A function of a few bytes has thousands of locals, so those of a kind share one entry.
    pub locals: Box<[LocalPlace]>,
    /// Registers of the caller by their numbers in instructions, with the distances at which they are saved.
    pub saved: Box<[(u8, u32)]>,
    /// The distance of the address of the results, if they are returned in memory.
    pub result_area: Option<u32>,
    /// The distance of the lowest operand.
    pub first_operand: u32,
    /// Bytes of an operand's slot, 8 or 16. The next operand lies so much lower.
    pub slot: u32,
}

/// Where a local is, or several that follow one another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LocalPlace {
    /// Each in 8 bytes of the frame.
    Slots(SlotRun),
    /// Each in 16 bytes of the frame.
    WideSlots(SlotRun),
    /// In a general register that callees keep or not, by its number in instructions.
    Gpr(u8),
    /// In a register for floats and vectors.
    Xmm(u8),
}

/// A loop of a function at which an activation is, and what is known of its operands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoopTarget {
    /// The function.
    pub function: DefinedFuncIdx,
    /// The loop's offset in the module's bytes.
    pub offset: u32,
    /// Number of operands, the loop's parameters among them.
    pub operands: u32,
    /// The heights of those that are references to objects, in ascending order.
    pub objects: Vec<u32>,
}

/// Optimised code of a function that begins at a loop: a function with the same signature. It ignores its parameters, and loads
/// locals and operands from `VmStoreContext::replaced`: first all locals, then all operands, each in 16 bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoopEntry {
    /// The code.
    pub code: CompiledFunction,
    /// Bytes between its frame pointer and the lowest byte of its frame.
    pub frame_size: u32,
}

/// An instruction that may trap.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TrapSite {
    /// Its offset in the code.
    pub offset: u32,
    /// What it means if it faults.
    #[serde(with = "trap_number")]
    pub trap: Trap,
}

/// From `code_offset` on, code belongs to the instruction at `wasm_offset` of the module's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Location {
    /// Offset in the function's code.
    pub code_offset: u32,
    /// Offset in the module's bytes, or an inlined position (see [`INLINED`]); `u32::MAX` where there is none.
    pub wasm_offset: u32,
}

/// Why a function could not be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The module is valid, but uses a proposal that the tier doesn't have.
    #[error(
        "`{}` needs the {proposal} proposal, which {tier} does not support yet (at offset {offset:#x})",
        instruction.trim_start_matches("visit_")
    )]
    Unsupported {
        /// The instruction that was met first: the name of its visitor method.
        instruction: &'static str,
        /// Its offset in the module's bytes.
        offset: u64,
        /// The proposal that it belongs to.
        proposal: &'static str,
        /// The tier.
        tier: &'static str,
    },
    /// The function is too large, or too complex, for the tier.
    #[error("cannot compile function {function}: {message}")]
    Limit {
        /// Index of the function.
        function: u32,
        /// What the code generator said.
        message: String,
    },
    /// The files that show the function's code can't be written.
    #[error("cannot emit function {function}: {message}")]
    Emit {
        /// Index of the function.
        function: u32,
        /// The file, and what the system said.
        message: String,
    },
}

/// The layout of the contexts of a module's instances.
pub fn offsets_of(module: &Module) -> VmOffsets {
    let imports = &module.imported;
    VmOffsets::new(VmCounts {
        types: module.types.len() as u32,
        imported_functions: imports.functions,
        imported_tables: imports.tables,
        imported_memories: imports.memories,
        imported_globals: imports.globals,
        tables: module.tables.len() as u32 - imports.tables,
        memories: module.memories.len() as u32 - imports.memories,
        globals: module.globals.len() as u32 - imports.globals,
        func_refs: module.num_funcrefs,
        tags: module.tags.len() as u32,
    })
}
