//! Which locations remain.

use super::*;
use transom_code::{Inlined, TrapSite};
use transom_module::FuncIdx;
use transom_ops::Trap;

/// What an offset in the code is told to come from: the offset in the module, and the callers of inlined functions.
fn chain(function: &CompiledFunction, offset: u32) -> Vec<u32> {
    let after = function
        .locations
        .partition_point(|location| location.code_offset <= offset);
    let mut found = Vec::new();
    let mut location = after.checked_sub(1).map(|at| function.locations[at].wasm_offset);
    while let Some(number) = location.filter(|&number| number != u32::MAX) {
        match inlined_position(number) {
            Some(index) => {
                found.push(function.inlined.positions[index].wasm_offset);
                location = Some(function.inlined.positions[index].caller);
            }
            None => {
                found.push(number);
                location = None;
            }
        }
    }
    found
}

fn function() -> CompiledFunction {
    // Every fourth byte begins an instruction of its own; every third of those is inlined, and every sixth twice.
    let locations = (0..100).map(|index| Location {
        code_offset: 4 * index + 2,
        wasm_offset: match index {
            7 | 8 => u32::MAX,
            _ if index % 6 == 0 => INLINED + 2 * (index / 3),
            _ if index % 3 == 0 => INLINED + 2 * (index / 3) + 1,
            _ => 1000 + index,
        },
    });
    let inlined = (0..100).map(|index| InlinedPosition {
        function: FuncIdx::from_u32(index),
        wasm_offset: 2000 + index,
        caller: if index % 2 == 0 {
            INLINED + index + 1
        } else {
            3000 + index
        },
    });
    CompiledFunction {
        locations: locations.collect(),
        inlined: Inlined {
            positions: inlined.collect(),
            expected_calls: 0,
        },
        ..CompiledFunction::default()
    }
}

#[test]
fn what_is_asked_for_stays_and_the_rest_goes() {
    let mut state = 7_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    for round in 0..200 {
        let whole = function();
        let mut function = function();
        let mut traps: Vec<u32> = (0..round % 9).map(|_| random() % 420).collect();
        let mut returns: Vec<u32> = (0..round % 7).map(|_| 1 + random() % 420).collect();
        traps.sort_unstable();
        returns.sort_unstable();
        function.traps = traps
            .iter()
            .map(|&offset| TrapSite {
                offset,
                trap: Trap::UnreachableCodeReached,
            })
            .collect();
        keep_needed(&mut function, &returns);
        let needed = traps
            .iter()
            .copied()
            .chain(returns.iter().map(|offset| offset - 1));
        for offset in needed.clone() {
            assert_eq!(
                chain(&function, offset),
                chain(&whole, offset),
                "{offset} in {round}"
            );
        }
        assert!(function.locations.len() <= needed.count());
        // No position is kept that no location leads to.
        let positions: usize = function.inlined.positions.len();
        let mut reached = vec![false; positions];
        for location in &function.locations {
            let mut next = location.wasm_offset;
            while let Some(index) = inlined_position(next) {
                reached[index] = true;
                next = function.inlined.positions[index].caller;
            }
        }
        assert!(reached.into_iter().all(|reached| reached));
    }
}

#[test]
fn a_function_that_neither_calls_nor_traps_keeps_nothing() {
    let mut function = function();
    keep_needed(&mut function, &[]);
    assert!(function.locations.is_empty() && function.inlined.positions.is_empty());
}
