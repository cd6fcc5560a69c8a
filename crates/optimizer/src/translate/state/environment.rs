//! Where things are that instructions use: fields of the context and of what it points to, and how each may be
//! accessed.
//!
//! Alias analysis is told apart what can't be the same place by *regions*. Two rules keep it right: every
//! access to a place names the same region, and a place that may be reached in two ways, such as two imported
//! globals that are one, has one region for all of them. A field that never changes while a function runs is
//! loaded as `readonly`, and may be moved anywhere; nothing that the collector may move is ever loaded so.

use super::super::unit::Unit;
use super::hints::Hints;
use crate::abi;
use crate::dirt::Side;
use cranelift_codegen::ir::{
    AliasRegionData, ExtFuncData, ExternalName, FuncRef, MemFlagsData, SigRef, UserExternalName, Value, types,
};
use cranelift_frontend::FunctionBuilder;
use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;
use transom_code::Shape;
use transom_module::{FuncIdx, TypeIdx};
use transom_ops::Libcall;
use transom_ops::libcall::Arg;

/// What a translation knows of the function's surroundings.
pub struct Environment<'a> {
    pub unit: &'a Unit<'a>,
    /// The function's context.
    pub context: Value,
    /// Whether there is enough stack for the runtime: the function has checked that at its entry, or just now.
    pub checks_stack: bool,
    /// What is known of the function's branches.
    pub hints: Hints<'a>,
    signatures: HashMap<(TypeIdx, Side), (SigRef, Rc<Shape>)>,
    functions: HashMap<(FuncIdx, Side), FuncRef>,
    libcalls: HashMap<Libcall, SigRef>,
    pub poll: Option<SigRef>,
    /// Lengths of arrays that have been loaded on the way to the present block.
    pub known_lengths: HashMap<Value, Value>,
}

/// Places that can't be the same.
#[derive(Clone, Copy)]
pub enum Region {
    /// The stack limit in the store's context.
    StackLimit,
    /// The fuel in the store's context.
    Fuel,
    /// Other fields of the store's context.
    Store,
    /// Fields of function references.
    FuncRefs,
    /// Code slots.
    Slots,
    /// Arrays of `VmValue`.
    Values,
    /// Addresses and lengths of tables.
    TableFields,
    /// Elements of tables.
    Elements,
    /// Addresses and lengths of memories.
    MemoryFields,
    /// Where the heap's next object goes, and the limit.
    Nursery,
    /// Type words of objects.
    TypeWords,
    /// Lengths of arrays.
    Lengths,
    /// Cards.
    Cards,
    /// Elements of arrays, by the logarithm of their size.
    ArrayElements(u32),
    /// Fields of structures, by their offset: objects of related types have fields of one size there.
    Field(u32),
    /// A slot of the frame that holds a reference across calls.
    Slot(u32),
    /// Contents of imported memories.
    ImportedMemory,
    /// Imported mutable globals.
    ImportedGlobals,
    /// The contents of one of the module's own memories.
    Memory(u32),
    /// One of the module's own globals.
    Global(u32),
}

/// How many memories, globals, words of structures and slots are told apart; all others are one place. A function can't have more than 65,535
/// different sets of flags, and few use so many globals.
const MAX_MEMORIES: u32 = 64;
const MAX_GLOBALS: u32 = 1024;
const MAX_FIELDS: u32 = 1024;
const FIRST_ELEMENTS: u32 = 16;
const FIRST_MEMORY: u32 = 32;
const FIRST_GLOBAL: u32 = FIRST_MEMORY + MAX_MEMORIES;
const FIRST_FIELD: u32 = FIRST_GLOBAL + MAX_GLOBALS;
const MAX_SLOTS: u32 = 1024;
const FIRST_SLOT: u32 = FIRST_FIELD + MAX_FIELDS;

impl Region {
    fn id(self) -> u32 {
        match self {
            Region::StackLimit => 0,
            Region::Store => 1,
            Region::FuncRefs => 2,
            Region::Slots => 3,
            Region::Values => 4,
            Region::TableFields => 5,
            Region::Elements => 6,
            Region::MemoryFields => 7,
            Region::ImportedMemory => 8,
            Region::ImportedGlobals => 9,
            Region::Nursery => 10,
            Region::TypeWords => 11,
            Region::Lengths => 12,
            Region::Cards => 13,
            Region::Fuel => 14,
            Region::ArrayElements(log2) => FIRST_ELEMENTS + log2,
            Region::Slot(slot) => FIRST_SLOT + slot.min(MAX_SLOTS - 1),
            Region::Field(offset) => FIRST_FIELD + (offset / 4).min(MAX_FIELDS - 1),
            Region::Memory(index) => FIRST_MEMORY + index.min(MAX_MEMORIES - 1),
            Region::Global(index) => FIRST_GLOBAL + index.min(MAX_GLOBALS - 1),
        }
    }
}

/// Lets alias analysis know that the slots to which the frontend spills references are apart from all else.
pub fn tell_slots_apart(builder: &mut FunctionBuilder<'_>) {
    builder.make_stack_map_alias_region(Box::new(|regions, _, slot, _| {
        Some(regions.insert(AliasRegionData {
            user_id: Region::Slot(slot.as_u32()).id(),
            description: Cow::Borrowed(""),
        }))
    }));
}

/// Flags of a field that never changes while a function runs.
pub fn constant_flags() -> MemFlagsData {
    MemFlagsData::trusted().with_readonly().with_can_move()
}

impl<'a> Environment<'a> {
    pub fn new(unit: &'a Unit<'a>, context: Value) -> Environment<'a> {
        let (signatures, functions, libcalls, poll) = Default::default();
        Environment {
            unit,
            context,
            checks_stack: false,
            hints: Hints::default(),
            signatures,
            functions,
            libcalls,
            poll,
            known_lengths: HashMap::new(),
        }
    }

    /// Adds a region to flags.
    pub fn in_region(
        &self,
        builder: &mut FunctionBuilder<'_>,
        flags: MemFlagsData,
        region: Region,
    ) -> MemFlagsData {
        let data = AliasRegionData {
            user_id: region.id(),
            description: Cow::Borrowed(""),
        };
        flags.with_alias_region(Some(builder.func.dfg.alias_regions.insert(data)))
    }

    /// Flags of a field that changes, and is always there.
    pub fn field_flags(&self, builder: &mut FunctionBuilder<'_>, region: Region) -> MemFlagsData {
        self.in_region(builder, MemFlagsData::trusted(), region)
    }

    /// Flags of elements of arrays of `VmValue`.
    pub fn value_flags(&self, builder: &mut FunctionBuilder<'_>) -> MemFlagsData {
        self.field_flags(builder, Region::Values)
    }

    /// The signature and shape of functions of a type, for a side.
    pub fn signature(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        (ty, side): (TypeIdx, Side),
    ) -> (SigRef, Rc<Shape>) {
        let unit = self.unit;
        let side = unit.dirt().side(side);
        let entry = self.signatures.entry((ty, side)).or_insert_with(|| {
            let ty = unit.module.types[ty.index()]
                .as_func()
                .expect("validation has found a function type");
            let shape = unit.shape(ty);
            (
                builder.import_signature(abi::wasm_signature(&shape, side, unit.dirt())),
                Rc::new(shape),
            )
        });
        entry.clone()
    }

    /// A function of the same module, to be called directly.
    pub fn local_function(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        (function, side): (FuncIdx, Side),
    ) -> FuncRef {
        let side = self.unit.dirt().side(side);
        if let Some(&known) = self.functions.get(&(function, side)) {
            return known;
        }
        let ty = self.unit.module.functions[function.index()].ty;
        let (signature, _) = self.signature(builder, (ty, side));
        let name = UserExternalName {
            namespace: 0,
            index: function.as_u32(),
        };
        let name = ExternalName::user(builder.func.declare_imported_user_function(name));
        let data = ExtFuncData {
            name,
            signature,
            colocated: true,
            patchable: false,
        };
        let reference = builder.import_function(data);
        self.functions.insert((function, side), reference);
        reference
    }

    /// The signature of a libcall's row.
    pub fn libcall_signature(&mut self, builder: &mut FunctionBuilder<'_>, libcall: Libcall) -> SigRef {
        *self.libcalls.entry(libcall).or_insert_with(|| {
            let ty = |arg: &Arg| match arg {
                Arg::I32 => types::I32,
                Arg::I64 => types::I64,
                Arg::F32 => types::F32,
                Arg::F64 => types::F64,
            };
            let mut params = vec![types::I64];
            let dirt = self.unit.dirt();
            params.extend(libcall.params().iter().map(ty).map(|ty| dirt.carrier(ty)));
            let results: Vec<_> = libcall.result().iter().map(ty).collect();
            builder.import_signature(abi::system_signature(&params, &results))
        })
    }
}
