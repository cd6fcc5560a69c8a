//! Calls: direct, through references, through tables, by a function's own type or one above it.

use super::bodies::Body;
use super::types::{Composite, reference};
use super::world::TABLE_LENGTH;
use wasm_encoder::{BlockType, HeapType, ValType};

impl Body<'_> {
    fn signature(&self, ty: u32) -> (Vec<ValType>, Vec<ValType>) {
        match self.types().composite(ty) {
            Composite::Func(params, results) => (params.clone(), results.clone()),
            _ => (Vec::new(), Vec::new()),
        }
    }

    /// A call whose one result is of a type, if there is a function for that.
    pub fn call_for(&mut self, ty: ValType, depth: u32) {
        let fits = |index: &u32| match self.types().composite(*index) {
            Composite::Func(_, results) => {
                matches!(&results[..], [result] if self.types().matches(*result, ty))
            }
            _ => false,
        };
        let fitting: Vec<u32> = self.types().indices().filter(fits).collect();
        match fitting.is_empty() {
            true => self.leaf(ty),
            false => {
                let index = self.random.choose(&fitting);
                self.call(index, depth);
            }
        }
    }

    /// A call of some function by the type `ty`, which leaves the results of that.
    pub fn call(&mut self, ty: u32, depth: u32) {
        let (params, results) = self.signature(ty);
        match self.random.below(10) {
            0..2 => {
                let function = self
                    .random
                    .choose(&self.world.functions_below(HeapType::Concrete(ty)));
                self.arguments(&params, depth);
                self.emit().call(function);
            }
            2..5 => {
                self.arguments(&params, depth);
                let nullable = self.random.chance(1);
                let callee = reference(HeapType::Concrete(ty), nullable);
                self.value(ValType::Ref(callee), depth - 1);
                self.emit().call_ref(ty);
            }
            _ => self.call_indirect(ty, (&params, &results), depth),
        }
    }

    fn arguments(&mut self, params: &[ValType], depth: u32) {
        for param in params {
            self.value(*param, depth - 1);
        }
    }

    /// A call through a table: of an element that began as one that fits, or of any that a test finds to fit.
    fn call_indirect(&mut self, ty: u32, (params, results): (&[ValType], &[ValType]), depth: u32) {
        let fits = |function: &u32| {
            let of = self.world.functions[*function as usize];
            self.types()
                .heap_matches(HeapType::Concrete(of), HeapType::Concrete(ty))
        };
        let known: Vec<(u32, i32)> = (0..)
            .zip(&self.world.elements)
            .flat_map(|(table, elements)| (0..).zip(elements).map(move |(at, of)| (table, at, of)))
            .filter(|(table, _, of)| fits(of) && self.may_call(*table, ty))
            .map(|(table, at, _)| (table, at))
            .collect();
        let any = |body: &mut Self| (0, body.random.below(TABLE_LENGTH as usize) as i32);
        let guarded = results.len() < 2 && (known.is_empty() || self.random.chance(98));
        let (table, at) = match known.is_empty() || guarded && self.random.chance(25) {
            true => any(self),
            false => self.random.choose(&known),
        };
        if guarded {
            let block = match results {
                [result] => BlockType::Result(*result),
                _ => BlockType::Empty,
            };
            self.emit().i32_const(at).table_get(table);
            self.test(reference(HeapType::Concrete(ty), false));
            self.emit().if_(block);
        }
        self.arguments(params, depth);
        self.emit().i32_const(at).call_indirect(table, ty);
        if guarded {
            self.emit().else_();
            results.iter().for_each(|result| self.make(*result));
            self.emit().end();
        }
    }

    /// Whether a call through a table by a type makes sense: its elements are functions of types that relate to it.
    fn may_call(&self, table: u32, ty: u32) -> bool {
        let element = self.world.tables[table as usize].heap_type;
        let ty = HeapType::Concrete(ty);
        self.types().heap_matches(element, ty) || self.types().heap_matches(ty, element)
    }
}
