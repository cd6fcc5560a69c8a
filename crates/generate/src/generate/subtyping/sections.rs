//! The sections of a module except its types and code; initial values are constant expressions.
//!
//! Each section has the items of the world in their order, so an index means the same in both.

use super::world::{FUEL_GLOBAL, TABLE_LENGTH, World};
use crate::random::Random;
use wasm_encoder::{
    ConstExpr, ElementSection, Elements, ExportKind, ExportSection, GlobalSection, TableSection, TableType,
    ValType,
};

/// How many calls a module has, over all that is called in it.
const FUEL: i32 = 150;

impl World {
    fn constant(&self, random: &mut Random, ty: ValType) -> ConstExpr {
        let mut code = Vec::new();
        self.make(random, &mut code, ty, 2);
        ConstExpr::raw(code)
    }

    pub fn table_section(&self, random: &mut Random) -> TableSection {
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

    pub fn global_section(&self, random: &mut Random) -> GlobalSection {
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
    pub fn exports(&self) -> ExportSection {
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

    pub fn element_section(&self, random: &mut Random) -> ElementSection {
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
