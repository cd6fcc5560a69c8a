//! Modules whose types have supertypes, and which test, cast, call and access across them.
//!
//! Everything is typed as it is made, so nothing is ever thrown away: a value of a type may be made in any way that gives one of
//! a subtype. What may trap stands behind a test of what would make it trap, most of the time; both must agree.
//! Functions use up a global, and give results at once when there is nothing left of it. There are no loops.

mod bodies;
mod calls;
mod numbers;
mod references;
mod sections;
mod statements;
mod types;
mod values;
mod world;

use crate::random::Random;
use bodies::Body;
use wasm_encoder::{CodeSection, FunctionSection, Module};
use world::World;

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
