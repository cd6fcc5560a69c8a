//! The index spaces of a module, which its sections declare and its functions use.
//!
//! They are complete before the first value is made: whatever makes one may refer to everything here.

use super::types::{Types, abstract_heap, reference};
use crate::random::Random;
use wasm_encoder::{AbstractHeapType, GlobalType, HeapType, RefType, ValType};

/// The global that counts them.
pub const FUEL_GLOBAL: u32 = 0;
/// The global that what functions compute is mixed into.
pub const TRACE_GLOBAL: u32 = 1;
/// How many elements each table has.
pub const TABLE_LENGTH: u32 = 12;

/// What functions may use.
pub struct World {
    pub types: Types,
    /// The type of each function; every function type has one at least.
    pub functions: Vec<u32>,
    pub globals: Vec<GlobalType>,
    pub tables: Vec<RefType>,
    /// The function that each element of a table of functions is, to begin with.
    pub elements: Vec<Vec<u32>>,
}

impl World {
    pub fn generate(random: &mut Random) -> World {
        let types = Types::generate(random);
        let of_functions: Vec<u32> = types.indices().filter(|index| types.is_func(*index)).collect();
        let mut functions = of_functions.clone();
        for _ in 0..1 + random.below(4) {
            functions.push(random.choose(&of_functions));
        }
        let mut world = World {
            types,
            functions,
            globals: Vec::new(),
            tables: Vec::new(),
            elements: Vec::new(),
        };
        world.make_globals(random);
        world.make_tables(random, &of_functions);
        world
    }

    fn make_globals(&mut self, random: &mut Random) {
        let mut values = vec![ValType::I32, ValType::I64, ValType::F64];
        for index in self.types.indices() {
            if random.chance(40) {
                values.push(ValType::Ref(reference(
                    HeapType::Concrete(index),
                    random.chance(80),
                )));
            }
        }
        values.extend([RefType::ANYREF, RefType::EQREF, RefType::FUNCREF].map(ValType::Ref));
        self.globals = [ValType::I32, ValType::I64]
            .into_iter()
            .chain(values)
            .map(|val_type| GlobalType {
                val_type,
                mutable: true,
                shared: false,
            })
            .collect();
        for global in &mut self.globals[TRACE_GLOBAL as usize + 1..] {
            global.mutable = random.chance(80);
        }
    }

    fn make_tables(&mut self, random: &mut Random, of_functions: &[u32]) {
        let mut tables = vec![RefType::FUNCREF];
        for nullable in [true, false] {
            tables.push(reference(
                HeapType::Concrete(random.choose(of_functions)),
                nullable,
            ));
        }
        let objects = random.choose(&[
            AbstractHeapType::Any,
            AbstractHeapType::Eq,
            AbstractHeapType::Struct,
        ]);
        tables.push(reference(abstract_heap(objects), true));
        for table in tables {
            let fitting = self.functions_below(table.heap_type);
            let count = if fitting.is_empty() { 0 } else { TABLE_LENGTH };
            let elements = (0..count).map(|_| random.choose(&fitting)).collect();
            self.tables.push(table);
            self.elements.push(elements);
        }
    }

    /// Functions whose types match a heap type.
    pub fn functions_below(&self, heap: HeapType) -> Vec<u32> {
        let matches = |ty: u32| self.types.heap_matches(HeapType::Concrete(ty), heap);
        let functions = (0..).zip(&self.functions);
        functions
            .filter(|(_, ty)| matches(**ty))
            .map(|(function, _)| function)
            .collect()
    }
}
