//! What old indices and types are called in the new module, and the values that stand for what is gone.

use crate::module::{Module, space};
use crate::plan::{Edit, Plan, Site, Space};
use std::collections::BTreeSet;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{Ieee32, Ieee64, Instruction};
use wasmparser::{
    AbstractHeapType, BlockType, CompositeInnerType, FieldType, HeapType, RefType, StorageType,
    UnpackedIndex, ValType,
};

/// Something is named that is no more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gone;

impl From<Error<Gone>> for Gone {
    fn from(_: Error<Gone>) -> Gone {
        Gone
    }
}

/// The names of the new module, and what is found out while it is written.
pub(crate) struct Remap<'m, 'a> {
    pub module: &'m Module<'a>,
    pub plan: &'m Plan,
    maps: [Vec<Option<u32>>; Space::COUNT],
    /// New indices of functions that something other than code names, and of those that code takes references of.
    pub declared: BTreeSet<u32>,
    pub referred: BTreeSet<u32>,
    /// Whether code names data segments.
    pub names_data: bool,
}

impl<'m, 'a> Remap<'m, 'a> {
    /// Numbers what stays.
    pub fn new(module: &'m Module<'a>, plan: &'m Plan) -> Self {
        let mut remap = Remap {
            module,
            plan,
            maps: Default::default(),
            declared: BTreeSet::new(),
            referred: BTreeSet::new(),
            names_data: false,
        };
        for of in Space::NAMED {
            remap.maps[of as usize] = remap.number(of);
        }
        remap.merge_types();
        remap
    }

    /// Imports come first, then imports that are defined from now on, then what was always defined.
    fn number(&self, of: Space) -> Vec<Option<u32>> {
        let imported = self.module.imported(of);
        let mut map = vec![None; self.module.count(of) as usize];
        let mut next = 0;
        for place in 0..3 {
            for index in 0..map.len() as u32 {
                let edit = self.plan.get(Site::Item(of, index));
                let at = match edit {
                    Some(Edit::Define) => 1,
                    _ if index < imported => 0,
                    _ => 2,
                };
                if at == place && edit != Some(Edit::Remove) && !self.loses_target(of, index) {
                    map[index as usize] = Some(next);
                    next += 1;
                }
            }
        }
        map
    }

    /// Whether an active segment goes because what it fills does.
    fn loses_target(&self, of: Space, index: u32) -> bool {
        let target = match of {
            Space::Elem => self
                .module
                .elements
                .get(index as usize)
                .and_then(|elem| match elem.kind {
                    wasmparser::ElementKind::Active { table_index, .. } => {
                        Some((Space::Table, table_index.unwrap_or(0)))
                    }
                    _ => None,
                }),
            Space::Data => self
                .module
                .data
                .get(index as usize)
                .and_then(|data| match data.kind {
                    wasmparser::DataKind::Active { memory_index, .. } => Some((Space::Memory, memory_index)),
                    _ => None,
                }),
            _ => None,
        };
        target.is_some_and(|(of, index)| self.plan.removes(Site::Item(of, index)))
    }

    /// A type that goes is called as one that stays, if they are equal.
    fn merge_types(&mut self) {
        let ids = &self.module.types.ids;
        let types = &mut self.maps[Space::Type as usize];
        let kept: std::collections::HashMap<_, _> = ids
            .iter()
            .zip(types.iter())
            .filter_map(|(id, new)| Some((*id, (*new)?)))
            .collect();
        for (id, new) in ids.iter().zip(types) {
            *new = new.or_else(|| kept.get(id).copied());
        }
    }

    /// What an item is called now.
    ///
    /// # Errors
    ///
    /// It is gone.
    pub fn index(&self, of: Space, index: u32) -> Result<u32, Gone> {
        self.maps[of as usize]
            .get(index as usize)
            .copied()
            .flatten()
            .ok_or(Gone)
    }

    /// The type or the nearest of its supertypes that is still there.
    pub fn nearest(&self, index: u32) -> Option<u32> {
        self.module
            .types
            .ancestors(index)
            .find_map(|index| self.index(Space::Type, index).ok())
    }

    /// Whether a function type's parameter goes, from this type or from what it is a subtype of.
    pub fn drops_param(&self, ty: u32, param: u32) -> bool {
        self.plan.reshapes
            && (self.module.types.ancestors(ty)).any(|ty| self.plan.removes(Site::Param(ty, param)))
    }

    /// Whether a structure type's field goes.
    pub fn drops_field(&self, ty: u32, field: u32) -> bool {
        self.plan.reshapes
            && (self.module.types.ancestors(ty)).any(|ty| self.plan.removes(Site::Field(ty, field)))
    }

    /// How many results of a function type stay, of so many.
    pub fn kept_results(&self, ty: u32, results: usize) -> usize {
        if !self.plan.reshapes {
            return results;
        }
        let kept = self
            .module
            .types
            .ancestors(ty)
            .find_map(|ty| match self.plan.get(Site::Results(ty)) {
                Some(Edit::Keep(kept)) => Some(kept as usize),
                _ => None,
            });
        kept.map_or(results, |kept| kept.min(results))
    }

    /// Whether a function type is another one now, so blocks can't have it.
    fn is_reshaped(&self, ty: u32) -> bool {
        let Some(func) = self.module.types.func(ty).filter(|_| self.plan.reshapes) else {
            return false;
        };
        self.kept_results(ty, func.results().len()) < func.results().len()
            || (0..func.params().len()).any(|param| self.drops_param(ty, param as u32))
    }

    /// Which imports stay imports.
    pub fn stays_import(&self, import: usize) -> bool {
        let (of, index) = self.import_site(import);
        !matches!(
            self.plan.get(Site::Item(of, index)),
            Some(Edit::Remove | Edit::Define)
        )
    }

    /// The space and index of an import.
    pub fn import_site(&self, import: usize) -> (Space, u32) {
        let of = space(self.module.imports[import].ty);
        let before = &self.module.imports[..import];
        let index = before.iter().filter(|import| space(import.ty) == of).count();
        (of, index as u32)
    }

    /// Remembers what an instruction of the new module's code refers to.
    pub fn note(&mut self, instruction: &Instruction<'_>) {
        if let Instruction::RefFunc(function) = instruction {
            self.referred.insert(*function);
        }
    }

    /// The instructions that make a type's simplest value.
    ///
    /// # Errors
    ///
    /// There is none, or none that is simple.
    pub fn default_value(&mut self, ty: ValType) -> Result<Vec<Instruction<'static>>, Gone> {
        Ok(match ty {
            ValType::I32 => vec![Instruction::I32Const(0)],
            ValType::I64 => vec![Instruction::I64Const(0)],
            ValType::F32 => vec![Instruction::F32Const(Ieee32::new(0))],
            ValType::F64 => vec![Instruction::F64Const(Ieee64::new(0))],
            ValType::V128 => vec![Instruction::V128Const(0)],
            ValType::Ref(ty) if ty.is_nullable() => vec![Instruction::RefNull(self.heap_type(inexact(ty))?)],
            ValType::Ref(ty) => self.default_object(ty)?,
        })
    }

    /// A reference that isn't null.
    fn default_object(&mut self, ty: RefType) -> Result<Vec<Instruction<'static>>, Gone> {
        let i31 = || vec![Instruction::I32Const(0), Instruction::RefI31];
        match inexact(ty) {
            HeapType::Abstract { ty, .. } => match ty {
                AbstractHeapType::Any | AbstractHeapType::Eq | AbstractHeapType::I31 => Ok(i31()),
                AbstractHeapType::Extern => Ok([i31(), vec![Instruction::ExternConvertAny]].concat()),
                AbstractHeapType::Func => self.default_function(|_| true),
                _ => Err(Gone),
            },
            HeapType::Concrete(named) | HeapType::Exact(named) => {
                let index = self.module.types.index(named).ok_or(Gone)?;
                let new = self.index(Space::Type, index)?;
                match &self.module.types.sub(index).ok_or(Gone)?.composite_type.inner {
                    CompositeInnerType::Func(_) => {
                        let ids = &self.module.types.ids;
                        self.default_function(|ty| ids[ty as usize] == ids[index as usize])
                    }
                    CompositeInnerType::Struct(ty) if ty.fields.iter().all(has_default) => {
                        Ok(vec![Instruction::StructNewDefault(new)])
                    }
                    CompositeInnerType::Array(ty) if has_default(&ty.0) => {
                        Ok(vec![Instruction::I32Const(0), Instruction::ArrayNewDefault(new)])
                    }
                    _ => Err(Gone),
                }
            }
        }
    }

    /// A reference to the first function whose type will do.
    fn default_function(&mut self, will_do: impl Fn(u32) -> bool) -> Result<Vec<Instruction<'static>>, Gone> {
        let functions = (0..).zip(&self.module.functions);
        let mut fitting = functions.filter(|(_, ty)| will_do(**ty));
        let new = fitting
            .find_map(|(func, _)| self.index(Space::Func, func).ok())
            .ok_or(Gone)?;
        Ok(vec![Instruction::RefFunc(new)])
    }
}

/// What a reference refers to, without its being exactly that: defaults need no more.
fn inexact(ty: RefType) -> HeapType {
    match ty.heap_type() {
        HeapType::Exact(index) => HeapType::Concrete(index),
        other => other,
    }
}

fn has_default(field: &FieldType) -> bool {
    match field.element_type {
        StorageType::I8 | StorageType::I16 => true,
        StorageType::Val(ty) => ty.is_defaultable(),
    }
}

impl Reencode for Remap<'_, '_> {
    type Error = Gone;

    fn function_index(&mut self, index: u32) -> Result<u32, Error<Gone>> {
        self.index(Space::Func, index).map_err(Error::UserError)
    }

    fn table_index(&mut self, index: u32) -> Result<u32, Error<Gone>> {
        self.index(Space::Table, index).map_err(Error::UserError)
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, Error<Gone>> {
        self.index(Space::Memory, index).map_err(Error::UserError)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error<Gone>> {
        self.index(Space::Global, index).map_err(Error::UserError)
    }

    fn tag_index(&mut self, index: u32) -> Result<u32, Error<Gone>> {
        self.index(Space::Tag, index).map_err(Error::UserError)
    }

    fn type_index(&mut self, index: u32) -> Result<u32, Error<Gone>> {
        self.index(Space::Type, index).map_err(Error::UserError)
    }

    fn element_index(&mut self, index: u32) -> Result<u32, Error<Gone>> {
        self.index(Space::Elem, index).map_err(Error::UserError)
    }

    fn data_index(&mut self, index: u32) -> Result<u32, Error<Gone>> {
        self.names_data = true;
        self.index(Space::Data, index).map_err(Error::UserError)
    }

    fn type_index_unpacked(&mut self, named: UnpackedIndex) -> Result<u32, Error<Gone>> {
        let index = self.module.types.index(named).ok_or(Error::UserError(Gone))?;
        self.type_index(index)
    }

    /// A type that is gone is called as what it was a subtype of.
    fn heap_type(&mut self, ty: HeapType) -> Result<wasm_encoder::HeapType, Error<Gone>> {
        let HeapType::Concrete(named) = ty else {
            return wasm_encoder::reencode::utils::heap_type(self, ty);
        };
        let index = self.module.types.index(named).ok_or(Error::UserError(Gone))?;
        if let Some(new) = self.nearest(index) {
            return Ok(wasm_encoder::HeapType::Concrete(new));
        }
        let sub = self.module.types.sub(index).ok_or(Error::UserError(Gone))?;
        let ty = match &sub.composite_type.inner {
            CompositeInnerType::Func(_) => wasm_encoder::AbstractHeapType::Func,
            CompositeInnerType::Struct(_) => wasm_encoder::AbstractHeapType::Struct,
            CompositeInnerType::Array(_) => wasm_encoder::AbstractHeapType::Array,
            CompositeInnerType::Cont(_) => wasm_encoder::AbstractHeapType::Cont,
        };
        let shared = sub.composite_type.shared;
        Ok(wasm_encoder::HeapType::Abstract { shared, ty })
    }

    /// A function type that is gone, and is short, is written out.
    fn block_type(&mut self, ty: BlockType) -> Result<wasm_encoder::BlockType, Error<Gone>> {
        let BlockType::FuncType(index) = ty else {
            return wasm_encoder::reencode::utils::block_type(self, ty);
        };
        match self.index(Space::Type, index) {
            Ok(new) if !self.is_reshaped(index) => return Ok(wasm_encoder::BlockType::FunctionType(new)),
            _ => {}
        }
        let func = self
            .module
            .types
            .func(index)
            .filter(|func| func.params().is_empty());
        match func.map(|func| func.results()) {
            Some([]) => Ok(wasm_encoder::BlockType::Empty),
            Some([result]) => Ok(wasm_encoder::BlockType::Result(self.val_type(*result)?)),
            _ => Err(Error::UserError(Gone)),
        }
    }
}
