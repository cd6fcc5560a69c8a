//! Core dumps: what a store held when a program ended with an error, in the format of the tool conventions.
//!
//! A dump is a WebAssembly module. Its custom sections `core`, `coremodules`, `coreinstances` and `corestack` describe the process;
//! its memories, globals and data segments are the contents of the instances.

use crate::handle::Handle;
use crate::store::StoreOpaque;
use crate::{AsContext, Engine, Error, Escaped, FrameInfo, Global, Instance, Memory, Module, WasmBacktrace};
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::io::{self, Write};
use std::ops::Range;
use transom_error::{Result, ensure};
use transom_vm::raw::bytes;
use transom_vm::{GlobalId, MemoryId, MemoryInstance};
use wasm_encoder::{
    AbstractHeapType, ConstExpr, CoreDumpInstancesSection, CoreDumpModulesSection, CoreDumpSection,
    CoreDumpStackSection, Encode, GlobalSection, HeapType, Ieee32, Ieee64, MemorySection, RefType, SectionId,
    ValType,
};

/// The bytes of memories that are looked at together: those that are all zero are left out.
const CHUNK: usize = 4096;

/// The most data segments; engines accept 100,000.
const MAX_SEGMENTS: usize = 50_000;

/// The bytes of all data segments: the section has a size of 32 bits, which includes their number.
const MAX_DATA: usize = u32::MAX as usize - 5;

/// The bytes before a segment's contents: a byte, an index, an expression of at most twelve bytes, and a length.
const MAX_SEGMENT_HEADER: usize = 1 + 5 + 12 + 5;

/// The modules that the text of a dump names.
const NAMED_MODULES: usize = 20;

/// The state of a store after a program ended with an error.
///
/// If [`Config::coredump_on_trap`](crate::Config::coredump_on_trap) is enabled, each error of a program contains one:
/// `error.downcast_ref::<WasmCoreDump>()`. If not, [`WasmCoreDump::new`] makes one. Both have the functions that were running, and
/// handles of what the store holds, so the contents are those of the store when they are read.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let module = Module::new(&engine, r#"(module
///     (memory 1) (data (i32.const 10) "hello")
///     (func (export "f") (unreachable)))"#)?;
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let error = instance.get_func(&mut store, "f").unwrap().call(&mut store, &[], &mut []).unwrap_err();
/// let dump = WasmCoreDump::new(&store, &error).expect("the error has a backtrace");
/// assert_eq!(dump.frames()[0].func_index(), 0);
/// assert_eq!(&dump.memories()[0].data(&store)[10..15], b"hello");
/// std::fs::write(std::env::temp_dir().join("example.coredump"), dump.serialize(&store, "example"))?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct WasmCoreDump {
    backtrace: WasmBacktrace,
    instances: Vec<Instance>,
    modules: Vec<Module>,
    /// The module of each instance, as an index of `modules`.
    modules_of_instances: Vec<u32>,
    memories: Vec<Memory>,
    globals: Vec<Global>,
}

impl WasmCoreDump {
    /// The state of a store in which a program has just ended with an error. `None` if the error has no [`WasmBacktrace`]: then no
    /// function was running.
    pub fn new(store: impl AsContext, error: &Error) -> Option<WasmCoreDump> {
        let backtrace = error.downcast_ref::<WasmBacktrace>()?;
        Some(WasmCoreDump::of(store.as_context().0, backtrace.clone()))
    }

    pub(crate) fn of(store: &dyn StoreOpaque, backtrace: WasmBacktrace) -> WasmCoreDump {
        let vm = store.vm();
        let mut dump = WasmCoreDump {
            backtrace,
            instances: Vec::new(),
            modules: Vec::new(),
            modules_of_instances: Vec::new(),
            // Those that other stores have, too, are no `Memory`.
            memories: vm
                .memory_ids()
                .filter(|&id| vm.memory(id).shared().is_none())
                .map(|id| Memory(Handle::of(vm, id)))
                .collect(),
            globals: vm.global_ids().map(|id| Global(Handle::of(vm, id))).collect(),
        };
        let mut indices = HashMap::new();
        for id in vm.instance_ids() {
            // An instance that could not be made has none.
            let Some(module) = store.modules().of_instance(id.index()) else {
                continue;
            };
            let index = *indices.entry(module.key()).or_insert_with(|| {
                dump.modules.push(module.clone());
                dump.modules.len() as u32 - 1
            });
            dump.instances.push(Instance::of(vm, id));
            dump.modules_of_instances.push(index);
        }
        dump
    }

    /// The functions that were running, innermost first. None if the engine's configuration disables backtraces.
    pub fn frames(&self) -> &[FrameInfo] {
        self.backtrace.frames()
    }

    /// The instances of the store.
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// Their modules.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The globals of the store, of instances and of the host.
    ///
    /// ```
    /// # use transom::*;
    /// # let engine = Engine::default();
    /// # let mut store = Store::new(&engine, ());
    /// let module = Module::new(&engine, r#"(module
    ///     (global (mut i32) (i32.const 1))
    ///     (func (export "f") (global.set 0 (i32.const 2)) unreachable))"#)?;
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let error = instance.get_func(&mut store, "f").unwrap().call(&mut store, &[], &mut []).unwrap_err();
    /// let dump = WasmCoreDump::new(&store, &error).expect("the error has a backtrace");
    /// assert_eq!(dump.globals()[0].get(&mut store).unwrap_i32(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn globals(&self) -> &[Global] {
        &self.globals
    }

    /// The memories of the store, of instances and of the host, except for shared ones.
    pub fn memories(&self) -> &[Memory] {
        &self.memories
    }

    /// The dump as the bytes of a module, in the format of the tool conventions; `name` is what is told to be the program. Memories and
    /// globals have the contents that they have now. Parts of memories that are zero are left out. Locals and operands are not known, and
    /// references are null.
    ///
    /// A frame belongs to the first instance of its function's module. Frames of another store are left out.
    ///
    /// The format has room for 4 GiB of what is not zero in memories. What is beyond is left out; [`write`](Self::write) says so.
    ///
    /// # Panics
    ///
    /// If `store` is another store than that of the dump.
    pub fn serialize(&self, store: impl AsContext, name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let written = self.write_parts(store.as_context().0, name, &mut bytes);
        written.expect("a vector can be written");
        bytes
    }

    /// Writes the bytes that [`serialize`](Self::serialize) returns, without keeping them.
    ///
    /// # Errors
    ///
    /// `out` cannot be written; or what is not zero in memories has more than 4 GiB, and then as much was written as the format has
    /// room for.
    ///
    /// # Panics
    ///
    /// As of `serialize`.
    pub fn write(&self, store: impl AsContext, name: &str, out: &mut impl Write) -> Result<()> {
        let left_out = self.write_parts(store.as_context().0, name, out)?;
        ensure!(
            left_out == 0,
            "a core dump contains at most 4 GiB of memories, and {left_out} bytes that are not zero were left out"
        );
        Ok(())
    }

    /// Writes the dump; says how many bytes of memories it has no room for.
    fn write_parts(&self, store: &dyn StoreOpaque, name: &str, out: &mut impl Write) -> io::Result<usize> {
        let vm = store.vm();
        let mut modules = CoreDumpModulesSection::new();
        for module in &self.modules {
            modules.module(module.name().unwrap_or_default());
        }
        let mut contents = Contents::default();
        for memory in &self.memories {
            contents.memories.index(memory.0.get(vm));
        }
        for global in &self.globals {
            contents.globals.index(global.0.get(vm));
        }
        let mut instances = CoreDumpInstancesSection::new();
        for (instance, &module) in self.instances.iter().zip(&self.modules_of_instances) {
            let instance = vm.instance(instance.id(vm));
            let memories = instance.memories().iter().map(|&id| contents.memories.index(id));
            let memories: Vec<u32> = memories.collect();
            let globals = instance.globals().iter().map(|&id| contents.globals.index(id));
            let globals: Vec<u32> = globals.collect();
            instances.instance(module, memories, globals);
        }
        let mut module = wasm_encoder::Module::new();
        module.section(&CoreDumpSection::new(name)).section(&modules);
        module.section(&contents.memory_section(vm));
        module.section(&contents.global_section(store.engine(), vm));
        module.section(&instances).section(&self.stack());
        let data = contents.data(vm, MAX_DATA);
        out.write_all(module.as_slice())?;
        data.write(out)?;
        Ok(data.left_out)
    }

    fn stack(&self) -> CoreDumpStackSection {
        let mut stack = CoreDumpStackSection::new("main");
        let instance_of = |frame: &FrameInfo| {
            let is_its = |module: &Module| Module::same(module, frame.module());
            let module = self.modules.iter().position(is_its)?;
            let mut modules = self.modules_of_instances.iter();
            modules.position(|&index| index as usize == module)
        };
        for frame in self.frames() {
            // An instance stays in its store even if it could not begin. A host function may have entered another store, though.
            let Some(instance) = instance_of(frame) else {
                continue;
            };
            // Offsets fit: no body has 4 GiB.
            let offset = frame.func_offset().unwrap_or(0) as u32;
            stack.frame(instance as u32, frame.func_index(), offset, [], []);
        }
        stack
    }
}

impl fmt::Display for WasmCoreDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "core dump of a store: {} modules, {} instances, {} memories, {} globals",
            self.modules.len(),
            self.instances.len(),
            self.memories.len(),
            self.globals.len()
        )?;
        for module in self.modules.iter().take(NAMED_MODULES) {
            writeln!(f, "  module {}", Escaped(module.name().unwrap_or("<unknown>")))?;
        }
        if let Some(more) = self.modules.len().checked_sub(NAMED_MODULES + 1) {
            writeln!(f, "  ... {} more modules", more + 1)?;
        }
        self.backtrace.fmt(f)
    }
}

impl fmt::Debug for WasmCoreDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmCoreDump")
            .field("backtrace", &self.backtrace)
            .field("instances", &self.instances.len())
            .finish_non_exhaustive()
    }
}

/// The memories and globals of a dump.
#[derive(Default)]
struct Contents {
    memories: Indexed<MemoryId>,
    globals: Indexed<GlobalId>,
}

/// Things in the order of their indices, each once.
struct Indexed<T> {
    items: Vec<T>,
    indices: HashMap<T, u32>,
}

impl<T> Default for Indexed<T> {
    fn default() -> Indexed<T> {
        Indexed {
            items: Vec::new(),
            indices: HashMap::new(),
        }
    }
}

impl<T: Copy + Eq + Hash> Indexed<T> {
    /// The index of a thing, which gets one if it has none.
    fn index(&mut self, item: T) -> u32 {
        *self.indices.entry(item).or_insert_with(|| {
            self.items.push(item);
            self.items.len() as u32 - 1
        })
    }
}

impl Contents {
    fn memory_section(&self, vm: &transom_vm::Store) -> MemorySection {
        let mut section = MemorySection::new();
        for &id in &self.memories.items {
            let memory = vm.memory(id);
            let ty = memory.ty();
            section.memory(wasm_encoder::MemoryType {
                minimum: memory.pages(),
                maximum: ty.limits.max,
                memory64: ty.index64,
                shared: ty.shared,
                page_size_log2: Some(ty.page_size_log2.into()).filter(|&log2| log2 != 16),
            });
        }
        section
    }

    fn global_section(&self, engine: &Engine, vm: &transom_vm::Store) -> GlobalSection {
        let mut section = GlobalSection::new();
        for &id in &self.globals.items {
            let ty = vm.global(id).ty();
            let (val_type, value) = value(engine, ty.value, vm.global_value(id).bits());
            let ty = wasm_encoder::GlobalType {
                val_type,
                mutable: ty.mutable,
                shared: false,
            };
            section.global(ty, &value);
        }
        section
    }

    /// What is in the memories, as segments that take at most so many bytes.
    fn data<'a>(&self, vm: &'a transom_vm::Store, most: usize) -> Data<'a> {
        let mut data = Data::default();
        let mut size = 0;
        for (index, memory, mut range) in self.filled(vm, MAX_SEGMENTS) {
            let room = most.saturating_sub(size + MAX_SEGMENT_HEADER);
            data.left_out += range.len().saturating_sub(room);
            range.end = range.end.min(range.start + room);
            if range.is_empty() {
                continue;
            }
            let offset = match memory.ty().index64 {
                true => ConstExpr::i64_const(range.start as i64),
                false => ConstExpr::i32_const(range.start as u32 as i32),
            };
            // An active segment of a memory that is named.
            let mut header = vec![2];
            index.encode(&mut header);
            offset.encode(&mut header);
            (range.len() as u32).encode(&mut header);
            size += header.len() + range.len();
            data.segments.push((header, memory, range));
        }
        let mut count = Vec::new();
        data.segments.len().encode(&mut count);
        data.header = vec![SectionId::Data.into()];
        ((size + count.len()) as u32).encode(&mut data.header);
        data.header.extend(count);
        data
    }

    /// The ranges of memories that are not all zero, at most so many, but one for each memory. Where there are more, the smallest
    /// gaps between them are closed.
    fn filled<'a>(
        &self,
        vm: &'a transom_vm::Store,
        most: usize,
    ) -> Vec<(u32, &'a MemoryInstance, Range<usize>)> {
        let mut found: Vec<(u32, &MemoryInstance, Range<usize>)> = Vec::new();
        for (index, &id) in self.memories.items.iter().enumerate() {
            let memory = vm.memory(id);
            let ranges = filled_ranges(memory).into_iter();
            found.extend(ranges.map(|range| (index as u32, memory, range)));
        }
        let gap = |pair: &[(u32, &MemoryInstance, Range<usize>)]| {
            let [(first, _, before), (second, _, after)] = pair else {
                return usize::MAX;
            };
            if first == second {
                after.start - before.end
            } else {
                usize::MAX
            }
        };
        let mut gaps: Vec<usize> = found.windows(2).map(gap).collect();
        let Some(excess) = found.len().checked_sub(most).filter(|&excess| excess > 0) else {
            return found;
        };
        gaps.sort_unstable();
        let largest = gaps.get(excess - 1).or(gaps.last()).copied().unwrap_or(0);
        // Of gaps that are as large as the largest one to close, only so many.
        let mut as_large = excess - gaps.partition_point(|&gap| gap < largest).min(excess);
        found.dedup_by(|after, before| {
            let gap = after.2.start.wrapping_sub(before.2.end);
            let mut closes = after.0 == before.0 && gap <= largest;
            if closes && gap == largest {
                closes = as_large > 0;
                as_large = as_large.saturating_sub(1);
            }
            if closes {
                before.2.end = after.2.end;
            }
            closes
        });
        found
    }
}

/// The data section of a dump.
#[derive(Default)]
struct Data<'a> {
    header: Vec<u8>,
    /// Each with its header.
    segments: Vec<(Vec<u8>, &'a MemoryInstance, Range<usize>)>,
    /// The bytes that there is no room for.
    left_out: usize,
}

impl Data<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.header)?;
        let mut buffer = vec![0; 16 * CHUNK];
        for (header, memory, range) in &self.segments {
            out.write_all(header)?;
            for start in range.clone().step_by(buffer.len()) {
                let part = &mut buffer[..(range.end - start).min(16 * CHUNK)];
                let _inside = bytes::copy_from(memory.place(), start as u64, part);
                out.write_all(part)?;
            }
        }
        Ok(())
    }
}

/// The ranges of a memory, made of whole chunks, that are not all zero.
fn filled_ranges(memory: &MemoryInstance) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut buffer = [0; CHUNK];
    for start in (0..memory.len()).step_by(CHUNK) {
        let end = memory.len().min(start + CHUNK);
        let part = &mut buffer[..end - start];
        let _inside = bytes::copy_from(memory.place(), start as u64, part);
        if part.iter().all(|&byte| byte == 0) {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    ranges
}

/// A value, and its type, as a dump has them.
fn value(engine: &Engine, ty: transom_types::ValType, bits: u128) -> (ValType, ConstExpr) {
    use transom_types::ValType as T;
    match ty {
        T::I32 => (ValType::I32, ConstExpr::i32_const(bits as i32)),
        T::I64 => (ValType::I64, ConstExpr::i64_const(bits as i64)),
        T::F32 => (ValType::F32, ConstExpr::f32_const(Ieee32::new(bits as u32))),
        T::F64 => (ValType::F64, ConstExpr::f64_const(Ieee64::new(bits as u64))),
        T::V128 => (ValType::V128, ConstExpr::v128_const(bits as i128)),
        T::Ref(ty) => {
            // A dump has no types of its own, so the top of a hierarchy stands for all of its types.
            let heap_type = match crate::HeapType::lift(engine, ty.heap).top() {
                crate::HeapType::Func => HeapType::FUNC,
                crate::HeapType::Extern => HeapType::EXTERN,
                crate::HeapType::Exn => HeapType::Abstract {
                    shared: false,
                    ty: AbstractHeapType::Exn,
                },
                _ => HeapType::ANY,
            };
            let ty = RefType {
                nullable: true,
                heap_type,
            };
            (ValType::Ref(ty), ConstExpr::ref_null(heap_type))
        }
    }
}

#[cfg(test)]
mod tests;
