//! Bodies of functions: statements, then the results.

use super::types::{Composite, Types};
use super::world::{FUEL_GLOBAL, World};
use crate::random::Random;
use wasm_encoder::{BlockType, Function, InstructionSink, RefType, ValType};

/// How deep values are nested in values.
pub const DEPTH: u32 = 3;
/// How many values and statements a function has, about.
const BUDGET: i32 = 30;

/// A body that is being made.
pub struct Body<'a> {
    pub world: &'a World,
    pub random: &'a mut Random,
    pub code: Vec<u8>,
    /// Parameters, then what is declared.
    pub locals: Vec<ValType>,
    parameters: usize,
    results: &'a [ValType],
    budget: i32,
}

/// Locals that hold a value for the next few instructions: one of the hierarchy of objects, one of functions.
pub const SCRATCH: [RefType; 2] = [RefType::ANYREF, RefType::FUNCREF];

impl<'a> Body<'a> {
    pub fn new(world: &'a World, random: &'a mut Random, ty: u32) -> Body<'a> {
        let (params, results): (&[ValType], &[ValType]) = match world.types.composite(ty) {
            Composite::Func(params, results) => (params, results),
            _ => (&[], &[]),
        };
        let mut locals = params.to_vec();
        locals.extend(SCRATCH.map(ValType::Ref));
        locals.extend([ValType::I32, ValType::I64, ValType::F32, ValType::F64]);
        for global in &world.globals {
            if global.val_type.is_defaultable() && random.chance(30) {
                locals.push(global.val_type);
            }
        }
        Body {
            world,
            random,
            code: Vec::new(),
            locals,
            parameters: params.len(),
            results,
            budget: BUDGET,
        }
    }

    pub fn generate(mut self) -> Function {
        self.stop_without_fuel();
        for _ in 0..1 + self.random.below(3) {
            self.statement(DEPTH);
        }
        for result in self.results {
            self.value(*result, DEPTH);
        }
        self.emit().end();
        let declared = self.locals[self.parameters..].iter();
        let mut function = Function::new_with_locals_types(declared.copied());
        function.raw(self.code);
        function
    }

    fn stop_without_fuel(&mut self) {
        self.emit()
            .global_get(FUEL_GLOBAL)
            .i32_eqz()
            .if_(BlockType::Empty);
        for result in self.results {
            self.make(*result);
        }
        self.emit()
            .return_()
            .end()
            .global_get(FUEL_GLOBAL)
            .i32_const(1)
            .i32_sub()
            .global_set(FUEL_GLOBAL);
    }

    pub fn emit(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    pub fn types(&self) -> &'a Types {
        &self.world.types
    }

    /// The local for a moment's value of a hierarchy.
    pub fn scratch(&self, of_functions: bool) -> u32 {
        self.parameters as u32 + u32::from(of_functions)
    }

    /// Makes a value out of nothing.
    pub fn make(&mut self, ty: ValType) {
        self.world.make(self.random, &mut self.code, ty, 1);
    }

    /// Makes a value of a type in any way.
    pub fn value(&mut self, ty: ValType, depth: u32) {
        if depth == 0 || self.spent() {
            return self.leaf(ty);
        }
        match ty {
            ValType::Ref(ty) => self.reference(ty, depth),
            _ => self.number(ty, depth),
        }
    }

    /// Whether enough has been made; counts one more thing.
    pub fn spent(&mut self) -> bool {
        self.budget -= 1;
        self.budget <= 0
    }

    /// A value that is there already, or one out of nothing.
    pub fn leaf(&mut self, ty: ValType) {
        let matching = |of: &ValType| self.types().matches(*of, ty);
        let scratch = self.parameters..self.parameters + SCRATCH.len();
        let locals = (0..self.locals.len()).filter(|local| !scratch.contains(local));
        let locals: Vec<u32> = locals
            .filter(|local| matching(&self.locals[*local]))
            .map(|local| local as u32)
            .collect();
        let globals = (0..).zip(&self.world.globals);
        let globals: Vec<u32> = globals
            .filter(|(_, global)| matching(&global.val_type))
            .map(|(global, _)| global)
            .collect();
        match self.random.below(10) {
            0..4 if !locals.is_empty() => {
                let local = self.random.choose(&locals);
                self.emit().local_get(local);
            }
            4..8 if !globals.is_empty() => {
                let global = self.random.choose(&globals);
                self.emit().global_get(global);
            }
            _ => self.make(ty),
        }
    }

    /// An `i32` that is 0 or not.
    pub fn condition(&mut self, depth: u32) {
        self.value(ValType::I32, depth);
        self.emit().i32_const(1).i32_and();
    }
}
