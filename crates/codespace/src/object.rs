//! Machine code in memory, with the tables that lead from an address back to the module.
//!
//! All code objects of the process are found by address through one map. It is only read where a fault, a trap or
//! a backtrace is described, never while code runs.

use crate::budget::{Charge, CodeBudget};
use crate::error::PublishError;
use crate::origin::Origin;
use crate::profiler::{Function, Profiler};
use crate::tables::Tables;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use transom_code::{
    CatchingCall, Clause, CompiledFunction, DebugFrame, FrameLayout, Location, LoopSite, inlined_position,
    roots,
};
use transom_dwarf::{Code, Image};
use transom_module::{DefinedFuncIdx, FuncIdx, Module};
use transom_ops::Trap;
use transom_sys::{CodeArena, CodeMapping, DebuggerFile};

/// What publishing code needs of the engine.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// Who is told of the code.
    pub profiler: Option<Profiler>,
    /// What the code may take.
    pub budget: Arc<CodeBudget>,
    /// Whether debuggers of the system are told of the code.
    pub debugger: bool,
    /// What follows the name of a function for a profiler, if the function may have several pieces of code.
    pub suffix: &'static str,
}

impl Publisher {
    /// The same, with this after the names of functions.
    pub fn with_suffix(&self, suffix: &'static str) -> Publisher {
        Publisher {
            suffix,
            ..self.clone()
        }
    }
}

/// The code of consecutive functions of a module, or of an adapter.
#[derive(Debug)]
pub struct CodeObject {
    mapping: CodeMapping,
    _charge: Charge,
    origin: Origin,
    /// In the order of their addresses.
    functions: Vec<CodeRange>,
    tables: Tables,
    /// What debuggers know of the code.
    debugger: Option<DebuggerFile>,
}

/// What debuggers ask of the frames of functions that are published, if the code was made for them.
type Frames = Vec<Option<Box<DebugFrame>>>;

/// Where a function's code and tables are.
#[derive(Clone, Copy, Debug)]
struct CodeRange {
    start: u32,
    end: u32,
    first_trap: u32,
    first_location: u32,
    first_frame_slot: u32,
}

/// The slots of a frame that hold references to objects, as positions in the tables of its code object.
#[derive(Clone, Copy, Default, Debug)]
pub struct LiveSlots {
    /// Where the list of the call begins, and how many slots it has.
    of_call: (u32, u32),
    /// Where those of the function begin and end.
    of_function: (u32, u32),
}

/// What an address belongs to.
#[derive(Debug)]
pub struct CodeLocation {
    /// The module.
    pub module: Arc<Module>,
    /// The function.
    pub function: FuncIdx,
    /// The instruction's offset in the module's bytes, where it is known.
    pub offset: Option<u32>,
}

static OBJECTS: RwLock<BTreeMap<usize, Weak<CodeObject>>> = RwLock::new(BTreeMap::new());

/// The code object that an address lies in.
pub fn lookup(address: usize) -> Option<Arc<CodeObject>> {
    let objects = OBJECTS.read().unwrap_or_else(PoisonError::into_inner);
    let (_, object) = objects.range(..=address).next_back()?;
    object
        .upgrade()
        .filter(|object| address < object.mapping.address() + object.mapping.len())
}

impl CodeRange {
    /// Takes note of where the tables of the function begin.
    fn begin(&mut self, tables: &Tables) {
        self.first_trap = tables.traps.len() as u32;
        self.first_location = tables.locations.len() as u32;
        self.first_frame_slot = tables.frame_slots.len() as u32;
    }
}

impl CodeObject {
    /// Makes functions executable on pages of their own, and reports them to a profiler. `functions` are those that `origin`
    /// names, in their order; relocations lead from one of them to another. Each function is dropped when it has been copied,
    /// because all of them together take much memory.
    ///
    /// # Errors
    ///
    /// There is no room for the code, or the profiler's file can't be written.
    pub fn publish(
        origin: Origin,
        mut functions: Vec<CompiledFunction>,
        publisher: &Publisher,
    ) -> Result<Arc<CodeObject>, PublishError> {
        let frames = functions
            .iter_mut()
            .map(|function| function.frame.take())
            .collect();
        let mut ranges = layout(&functions)?;
        let bytes = ranges.last().map_or(0, |last| last.end as usize);
        let pages = bytes.next_multiple_of(transom_sys::page_size());
        let charge = publisher.budget.charge(pages)?;
        let mut tables = Tables::with_room(&functions);
        let first = origin.first_function();
        let mapping = CodeMapping::publish(bytes, |code, address| {
            let mut filled = 0;
            for (index, function) in functions.into_iter().enumerate() {
                let CodeRange { start, end, .. } = ranges[index];
                ranges[index].begin(&tables);
                // What is between functions is not executed.
                code[filled..start as usize].fill(0xcc);
                filled = end as usize;
                code[start as usize..filled].copy_from_slice(&function.code);
                relocate(code, address, start, &function, |target| {
                    address + ranges[(target - first) as usize].start as usize
                });
                tables.add(start, &function);
            }
        });
        let mapping = mapping.map_err(|error| PublishError::Room { bytes, error })?;
        let object = CodeObject {
            mapping,
            _charge: charge,
            origin,
            functions: ranges,
            tables,
            debugger: None,
        };
        object.announce(publisher, frames)
    }

    /// Makes one function executable beside others in an arena, and reports it to a profiler. `address_of` gives the address for
    /// calls of a function, by its index in the module and the address of this code.
    ///
    /// # Errors
    ///
    /// As [`publish`](Self::publish).
    pub(crate) fn publish_in(
        arena: &Mutex<CodeArena>,
        origin: Origin,
        function: &CompiledFunction,
        address_of: impl Fn(u32, usize) -> usize,
        publisher: &Publisher,
    ) -> Result<Arc<CodeObject>, PublishError> {
        let link = |code: &mut [u8], address| {
            relocate(code, address, 0, function, |target| address_of(target, address));
        };
        CodeObject::publish_with(arena, origin, function, link, publisher)
    }

    /// The same for code whose distances `link` fills in, which is given the bytes and the address where they will be executed.
    pub(crate) fn publish_with(
        arena: &Mutex<CodeArena>,
        origin: Origin,
        function: &CompiledFunction,
        link: impl FnOnce(&mut [u8], usize),
        publisher: &Publisher,
    ) -> Result<Arc<CodeObject>, PublishError> {
        let bytes = function.code.len();
        let charge = publisher.budget.charge(bytes)?;
        let ranges = layout(std::slice::from_ref(function))?;
        let tables = Tables::of(function);
        let mut arena = arena.lock().unwrap_or_else(PoisonError::into_inner);
        let mapping = arena.publish(bytes, function.alignment.max(1) as usize, |code, address| {
            code.copy_from_slice(&function.code);
            link(code, address);
        });
        drop(arena);
        let object = CodeObject {
            mapping: mapping.map_err(|error| PublishError::Room { bytes, error })?,
            _charge: charge,
            origin,
            functions: ranges,
            tables,
            debugger: None,
        };
        object.announce(publisher, vec![function.frame.clone()])
    }

    /// Tells a profiler and debuggers of the code, and lets it be found by address.
    fn announce(mut self, publisher: &Publisher, frames: Frames) -> Result<Arc<CodeObject>, PublishError> {
        if publisher.debugger {
            self.debugger = self.debugger_file(&frames);
        }
        drop(frames);
        let object = Arc::new(self);
        if let Some(profiler) = &publisher.profiler {
            profiler.report(object.functions(publisher.suffix))?;
        }
        let mut objects = OBJECTS.write().unwrap_or_else(PoisonError::into_inner);
        objects.insert(object.mapping.address(), Arc::downgrade(&object));
        Ok(object)
    }

    /// What debuggers read of the code. `None` if there is too much to describe.
    fn debugger_file(&self, frames: &Frames) -> Option<DebuggerFile> {
        let module = self.origin.functions();
        let functions = self.functions.iter().zip(frames).enumerate();
        let functions = functions.map(|(index, (range, frame))| {
            let function = module
                .as_ref()
                .map(|(_, functions)| functions.start + index as u32);
            Code {
                name: self.origin.symbol(index),
                start: range.start,
                end: range.end,
                function: function.map(DefinedFuncIdx::from_u32),
                locations: self.innermost_locations(index),
                frame: frame.as_deref(),
            }
        });
        let image = Image {
            address: self.mapping.address() as u64,
            size: self.code_size() as u64,
            module: module.as_ref().map(|(module, _)| &***module),
            functions: functions.collect(),
        };
        transom_dwarf::object_file(&image).map(DebuggerFile::new)
    }

    /// The locations of a function, each the innermost one.
    fn innermost_locations(&self, index: usize) -> Vec<Location> {
        let innermost = |location: &Location| match inlined_position(location.wasm_offset) {
            Some(position) => self.tables.inlined[position].wasm_offset,
            None => location.wasm_offset,
        };
        let locations = self.locations_of(index).iter();
        locations
            .map(|location| Location {
                wasm_offset: innermost(location),
                ..*location
            })
            .collect()
    }

    /// The locations of a function.
    fn locations_of(&self, index: usize) -> &[Location] {
        let next = self.functions.get(index + 1);
        let end = next.map_or(self.tables.locations.len(), |next| next.first_location as usize);
        &self.tables.locations[self.functions[index].first_location as usize..end]
    }

    /// Whether the code calls from one component to another.
    pub fn is_between(&self) -> bool {
        self.origin.is_between()
    }

    /// The address of a function's code, by its position among the functions given to `publish`.
    pub fn address(&self, index: usize) -> usize {
        self.mapping.address() + self.functions[index].start as usize
    }

    /// Where in [`bytes`](Self::bytes) a function's code is, by its position among the functions given to `publish`.
    pub fn range(&self, index: usize) -> Range<usize> {
        let range = self.functions[index];
        range.start as usize..range.end as usize
    }

    /// The machine code, with the space between functions.
    pub fn bytes(&self) -> &[u8] {
        &self.mapping.bytes()[..self.code_size()]
    }

    /// Bytes of machine code, with the space between functions.
    pub fn code_size(&self) -> usize {
        self.functions.last().map_or(0, |last| last.end as usize)
    }

    /// The functions in the order of their addresses, as a profiler sees them.
    fn functions(&self, suffix: &'static str) -> impl Iterator<Item = Function<'_>> {
        let functions = self.functions.iter().enumerate();
        functions.map(move |(index, range)| Function {
            name: self.origin.name(index) + suffix,
            address: self.address(index),
            code: &self.mapping.bytes()[range.start as usize..range.end as usize],
        })
    }

    /// The addresses that belong to the code.
    pub fn addresses(&self) -> Range<usize> {
        self.mapping.address()..self.mapping.address() + self.mapping.len()
    }

    /// Whether an address lies in the code.
    pub fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.mapping.address()) < self.mapping.len()
    }

    /// The slots that hold references to objects in a frame to which a call returns at an address.
    pub fn live_slots(&self, address: usize) -> LiveSlots {
        let offset = (address - self.mapping.address()) as u32;
        let maps = &self.tables.stack_maps;
        let of_call = match maps.binary_search_by_key(&offset, |map| map.return_offset) {
            Ok(index) => (maps[index].first, maps[index].count),
            Err(_) => (0, 0),
        };
        // Few modules have any.
        let of_function = match self.function_at(address - 1) {
            Some((index, _)) if !self.tables.frame_slots.is_empty() => {
                let first = |range: &CodeRange| range.first_frame_slot;
                let end = self.functions.get(index + 1).map(first);
                let end = end.unwrap_or(self.tables.frame_slots.len() as u32);
                (self.functions[index].first_frame_slot, end)
            }
            _ => (0, 0),
        };
        LiveSlots { of_call, of_function }
    }

    /// The distances of slots below the frame pointer: those of the call, and those of the function.
    pub fn distances(&self, slots: LiveSlots) -> impl Iterator<Item = u32> + '_ {
        let (first, count) = slots.of_call;
        let (start, end) = slots.of_function;
        let of_call = roots(&self.tables.stack_map_slots, first, count);
        let of_function = &self.tables.frame_slots[start as usize..end as usize];
        of_call.chain(of_function.iter().flat_map(|run| run.distances()))
    }

    /// The call that returns to an address, if it catches exceptions.
    pub fn catching_call(&self, address: usize) -> Option<CatchingCall> {
        let offset = (address - self.mapping.address()) as u32;
        let found = self
            .tables
            .catching_calls
            .binary_search_by_key(&offset, |call| call.return_offset);
        Some(self.tables.catching_calls[found.ok()?])
    }

    /// The function of the module at an address.
    pub fn function_of_module(&self, address: usize) -> Option<DefinedFuncIdx> {
        let (_, functions) = self.origin.functions()?;
        let (index, _) = self.function_at(address)?;
        Some(DefinedFuncIdx::from_u32(functions.start + index as u32))
    }

    /// The loop at whose head a call of the runtime returns to an address, if the function can be left there.
    pub fn loop_site(&self, address: usize) -> Option<LoopSite> {
        let offset = (address - self.mapping.address()) as u32;
        let loops = &self.tables.loops.sites;
        let found = loops.binary_search_by_key(&offset, |site| site.return_offset);
        Some(loops[found.ok()?])
    }

    /// The heights of operands that are references to objects, in ascending order, where a call of the runtime returns to an
    /// address and the function can be left.
    pub fn object_operands(&self, address: usize) -> Vec<u32> {
        let (layout, (first, count)) = (&self.tables.loops.frame, self.live_slots(address).of_call);
        let height = |distance: u32| (distance - layout.first_operand) / layout.slot;
        let mut heights: Vec<u32> = roots(&self.tables.stack_map_slots, first, count)
            .map(height)
            .collect();
        heights.sort_unstable();
        heights
    }

    /// Where values are at the heads of loops.
    ///
    /// # Panics
    ///
    /// If this is the code of several functions.
    pub fn frame_layout(&self) -> &FrameLayout {
        assert_eq!(
            self.functions.len(),
            1,
            "functions that can be left are published one by one"
        );
        &self.tables.loops.frame
    }

    /// The clauses of a call.
    pub fn clauses(&self, call: CatchingCall) -> &[Clause] {
        &self.tables.clauses[call.first as usize..(call.first + call.count) as usize]
    }

    /// Where the code of a clause is.
    pub fn clause_address(&self, clause: &Clause) -> usize {
        self.mapping.address() + clause.code_offset as usize
    }

    /// The function at an address, and the offset from its beginning.
    fn function_at(&self, address: usize) -> Option<(usize, u32)> {
        let offset = u32::try_from(address.checked_sub(self.mapping.address())?).ok()?;
        let index = self
            .functions
            .partition_point(|range| range.start <= offset)
            .checked_sub(1)?;
        let range = self.functions[index];
        (offset < range.end).then_some((index, offset - range.start))
    }

    /// The trap that a fault at an address means, if the instruction there has a reason to fault.
    pub fn trap_at(&self, address: usize) -> Option<Trap> {
        let (index, offset) = self.function_at(address)?;
        let end = self
            .functions
            .get(index + 1)
            .map_or(self.tables.traps.len(), |next| next.first_trap as usize);
        let sites = &self.tables.traps[self.functions[index].first_trap as usize..end];
        let found = sites.binary_search_by_key(&offset, |site| site.offset).ok()?;
        Some(sites[found].trap)
    }

    /// The instruction of the module that an address belongs to, and the calls around it that it was inlined for, the innermost first.
    pub fn locate(&self, address: usize) -> Option<Vec<CodeLocation>> {
        let (module, functions) = self.origin.functions()?;
        let (index, offset) = self.function_at(address)?;
        let locations = self.locations_of(index);
        let after = locations.partition_point(|location| location.code_offset <= offset);
        let known = after
            .checked_sub(1)
            .map(|at| locations[at].wasm_offset)
            .filter(|&offset| offset != u32::MAX);
        let function = module.func_index(DefinedFuncIdx::from_u32(functions.start + index as u32));
        let mut found = Vec::with_capacity(1);
        let mut location = known;
        while let Some(index) = location.and_then(inlined_position) {
            let position = self.tables.inlined[index];
            found.push(CodeLocation {
                module: module.clone(),
                function: position.function,
                offset: Some(position.wasm_offset),
            });
            location = Some(position.caller).filter(|&caller| caller != u32::MAX);
        }
        found.push(CodeLocation {
            module: module.clone(),
            function,
            offset: location,
        });
        Some(found)
    }
}

/// Where functions go: one after another, at their alignments. Their tables are empty so far.
fn layout(functions: &[CompiledFunction]) -> Result<Vec<CodeRange>, PublishError> {
    let mut end = 0;
    let mut range = |function: &CompiledFunction| {
        let start = usize::next_multiple_of(end, function.alignment as usize);
        end = start + function.code.len();
        Some(CodeRange {
            start: u32::try_from(start).ok()?,
            end: u32::try_from(end).ok()?,
            first_trap: 0,
            first_location: 0,
            first_frame_slot: 0,
        })
    };
    let ranges: Option<_> = functions.iter().map(&mut range).collect();
    ranges.ok_or_else(|| PublishError::Room {
        bytes: functions.iter().map(|function| function.code.len()).sum(),
        error: io::Error::new(
            io::ErrorKind::OutOfMemory,
            "more than 4 GiB of machine code in a module",
        ),
    })
}

/// Fills in the distances from a function at `start` of code at `base` to others, whose addresses `address_of` gives by their
/// index in the module.
fn relocate(
    code: &mut [u8],
    base: usize,
    start: u32,
    function: &CompiledFunction,
    address_of: impl Fn(u32) -> usize,
) {
    for relocation in &function.relocations {
        let place = (start + relocation.offset) as usize;
        let target = address_of(relocation.target.as_u32());
        let distance = target as i64 - (base + place) as i64 + i64::from(relocation.addend);
        let distance = i32::try_from(distance).expect("the region for code is not larger than 2 GiB");
        code[place..place + 4].copy_from_slice(&distance.to_le_bytes());
    }
}

impl Drop for CodeObject {
    fn drop(&mut self) {
        // The addresses are free for others once the mapping is dropped, which is after this.
        self.debugger = None;
        let mut objects = OBJECTS.write().unwrap_or_else(PoisonError::into_inner);
        objects.remove(&self.mapping.address());
    }
}

#[cfg(test)]
mod tests;
