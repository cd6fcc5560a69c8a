//! The table of a component's types.

use super::definitions::{DefinedType, FlatType, FuncType, FuncTypeIdx, Parts, TypeIdx};
use super::layout::{Layout, MAX_FLAT_RESULTS};
use std::collections::HashMap;

/// What is known of a defined type.
#[derive(Clone, Debug)]
pub struct TypeInfo {
    /// The type.
    pub defined: DefinedType,
    /// Its general form.
    pub parts: Parts,
    /// Its representations.
    pub layout: Layout,
}

/// What is known of a function's type.
#[derive(Clone, Debug)]
pub struct FuncInfo {
    /// The type.
    pub ty: FuncType,
    /// All parameters as one record.
    pub params: TypeIdx,
    /// The result as a record of at most one field.
    pub results: TypeIdx,
    /// The core values of all parameters together. `None` if they are passed in memory.
    pub flat_params: Option<Box<[FlatType]>>,
    /// The core value of the result, if there is one. `None` if it is passed in memory.
    pub flat_results: Option<Box<[FlatType]>>,
    /// Whether a parameter contains a borrowed handle.
    pub borrows: bool,
}

/// The types of a component.
#[derive(Clone, Debug, Default)]
pub struct Types {
    types: Vec<TypeInfo>,
    indices: HashMap<DefinedType, TypeIdx>,
    funcs: Vec<FuncInfo>,
    func_indices: HashMap<FuncType, FuncTypeIdx>,
}

impl Types {
    /// The index of a type, which is added if it is not there.
    pub fn intern(&mut self, defined: DefinedType) -> TypeIdx {
        if let Some(&index) = self.indices.get(&defined) {
            return index;
        }
        let parts = self.parts_of(&defined);
        let layout = self.layout_of(&parts);
        let index = TypeIdx::of(self.types.len());
        self.indices.insert(defined.clone(), index);
        self.types.push(TypeInfo {
            defined,
            parts,
            layout,
        });
        index
    }

    /// The index of a function type, which is added if it is not there.
    pub fn intern_func(&mut self, ty: FuncType) -> FuncTypeIdx {
        if let Some(&index) = self.func_indices.get(&ty) {
            return index;
        }
        let types = ty.params.iter().map(|&(_, ty)| ty).collect();
        let params = self.intern(DefinedType::Tuple(types));
        let results = self.intern(DefinedType::Tuple(ty.result.into_iter().collect()));
        let layout = &self[params].layout;
        let flat_results = self[results].layout.flat.clone();
        let info = FuncInfo {
            params,
            results,
            flat_params: layout.flat.clone(),
            flat_results: flat_results.filter(|flat| flat.len() <= MAX_FLAT_RESULTS),
            borrows: layout.has_borrow,
            ty: ty.clone(),
        };
        let index = FuncTypeIdx::of(self.funcs.len());
        self.func_indices.insert(ty, index);
        self.funcs.push(info);
        index
    }
}

impl std::ops::Index<TypeIdx> for Types {
    type Output = TypeInfo;

    fn index(&self, index: TypeIdx) -> &TypeInfo {
        &self.types[index.index()]
    }
}

impl std::ops::Index<FuncTypeIdx> for Types {
    type Output = FuncInfo;

    fn index(&self, index: FuncTypeIdx) -> &FuncInfo {
        &self.funcs[index.index()]
    }
}
