//! Modules whose types have supertypes, and which test, cast, call and access across them.
//!
//! Everything is typed as it is made, so nothing is ever thrown away: a value of a type may be made in any way that gives one of
//! a subtype. What may trap stands behind a test of what would make it trap, most of the time; both must agree.
//! Functions use up a global, and give results at once when there is nothing left of it. There are no loops.

mod bodies;
mod calls;
mod numbers;
mod references;
mod statements;
mod types;
mod values;

use crate::random::Random;
use bodies::Body;
use types::{Types, abstract_heap, reference};
use wasm_encoder::{
    AbstractHeapType, CodeSection, ConstExpr, ElementSection, Elements, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, HeapType, Module, RefType, TableSection, TableType, ValType,
};

/// How many calls a module has, over all that is called in it.
const FUEL: i32 = 150;
/// The global that counts them.
const FUEL_GLOBAL: u32 = 0;
/// The global that what functions compute is mixed into.
const TRACE_GLOBAL: u32 = 1;
/// How many elements each table has.
const TABLE_LENGTH: u32 = 12;

/// What functions may use.
struct World {
    types: Types,
    /// The type of each function; every function type has one at least.
    functions: Vec<u32>,
    globals: Vec<GlobalType>,
    tables: Vec<RefType>,
    /// The function that each element of a table of functions is, to begin with.
    elements: Vec<Vec<u32>>,
}

/// A module; its bytes depend on nothing but the numbers.
pub fn generate(mut random: Random) -> Vec<u8> {
    let random = &mut random;
    let world = World::generate(random);
    let mut module = Module::new();
    module.section(&world.types.section(random));
    let mut functions = FunctionSection::new();
    for ty in &world.functions {
        functions.function(*ty);
    }
    module.section(&functions);
    module.section(&world.table_section(random));
    module.section(&world.global_section(random));
    module.section(&world.exports());
    module.section(&world.element_section(random));
    let mut code = CodeSection::new();
    for ty in &world.functions {
        code.function(&Body::new(&world, random, *ty).generate());
    }
    module.section(&code);
    module.finish()
}

impl World {
    fn generate(random: &mut Random) -> World {
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
    fn functions_below(&self, heap: HeapType) -> Vec<u32> {
        let matches = |ty: u32| self.types.heap_matches(HeapType::Concrete(ty), heap);
        let functions = (0..).zip(&self.functions);
        functions
            .filter(|(_, ty)| matches(**ty))
            .map(|(function, _)| function)
            .collect()
    }

    fn constant(&self, random: &mut Random, ty: ValType) -> ConstExpr {
        let mut code = Vec::new();
        self.make(random, &mut code, ty, 2);
        ConstExpr::raw(code)
    }

    fn table_section(&self, random: &mut Random) -> TableSection {
        let mut section = TableSection::new();
        for table in &self.tables {
            let ty = TableType {
                element_type: *table,
                table64: false,
                minimum: TABLE_LENGTH.into(),
                maximum: Some(u64::from(TABLE_LENGTH) + 8),
                shared: false,
            };
            match table.nullable {
                true => section.table(ty),
                false => section.table_with_init(ty, &self.constant(random, ValType::Ref(*table))),
            };
        }
        section
    }

    fn global_section(&self, random: &mut Random) -> GlobalSection {
        let mut section = GlobalSection::new();
        for (index, global) in (0..).zip(&self.globals) {
            let value = match index {
                FUEL_GLOBAL => ConstExpr::i32_const(FUEL),
                _ => self.constant(random, global.val_type),
            };
            section.global(*global, &value);
        }
        section
    }

    /// What instructions refer to counts as declared because it is exported.
    fn exports(&self) -> ExportSection {
        let mut section = ExportSection::new();
        for (prefix, kind, count) in [
            ("f", ExportKind::Func, self.functions.len()),
            ("g", ExportKind::Global, self.globals.len()),
            ("t", ExportKind::Table, self.tables.len()),
        ] {
            for index in 0..count as u32 {
                section.export(&format!("{prefix}{index}"), kind, index);
            }
        }
        section
    }

    fn element_section(&self, random: &mut Random) -> ElementSection {
        let mut section = ElementSection::new();
        for (index, (table, functions)) in (0..).zip(self.tables.iter().zip(&self.elements)) {
            let values: Vec<ConstExpr> = match functions.is_empty() {
                true => (0..TABLE_LENGTH)
                    .map(|_| self.constant(random, ValType::Ref(*table)))
                    .collect(),
                false => functions
                    .iter()
                    .map(|function| ConstExpr::ref_func(*function))
                    .collect(),
            };
            let values = Elements::Expressions(*table, values.into());
            section.active(Some(index), &ConstExpr::i32_const(0), values);
        }
        section
    }
}
