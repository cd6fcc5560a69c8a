//! Which locations a compiled function keeps.
//!
//! A position in the module is only asked for where a call returns and where an instruction traps. The code generator knows it for
//! all instructions; for the others it would only take memory.

use transom_code::{CompiledFunction, INLINED, InlinedPosition, Location, inlined_position};

/// Removes the locations that no trap and no call asks for, and the inlined positions that no location needs then. `returns` are
/// the offsets to which calls return, in ascending order.
pub fn keep_needed(function: &mut CompiledFunction, returns: &[u32]) {
    let traps = function.traps.iter().map(|site| site.offset);
    // The call is before the address that it returns to.
    let mut needed: Vec<u32> = traps.chain(returns.iter().map(|offset| offset - 1)).collect();
    needed.sort_unstable();
    function.locations = needed_locations(&function.locations, &needed);
    keep_needed_positions(function);
}

/// The locations of these offsets, which are in ascending order. An offset has the last location that is not behind it.
fn needed_locations(locations: &[Location], needed: &[u32]) -> Vec<Location> {
    let mut kept: Vec<Location> = Vec::new();
    let mut rest = locations;
    for &offset in needed {
        let after = rest.partition_point(|location| location.code_offset <= offset);
        let Some(&location) = after.checked_sub(1).and_then(|at| rest.get(at)) else {
            continue;
        };
        rest = &rest[after - 1..];
        if kept
            .last()
            .is_none_or(|last| last.wasm_offset != location.wasm_offset)
        {
            kept.push(location);
        }
    }
    kept.shrink_to_fit();
    kept
}

/// Removes the inlined positions that no location leads to, and renumbers those that remain.
fn keep_needed_positions(function: &mut CompiledFunction) {
    const UNUSED: u32 = u32::MAX;
    let mut numbers = vec![UNUSED; function.inlined.positions.len()];
    for location in &function.locations {
        let mut next = location.wasm_offset;
        while let Some(index) = inlined_position(next) {
            if numbers[index] != UNUSED {
                break;
            }
            numbers[index] = 0;
            next = function.inlined.positions[index].caller;
        }
    }
    let used = numbers.iter_mut().filter(|number| **number != UNUSED);
    for (number, new) in used.zip(INLINED..) {
        *number = new;
    }
    let renumbered = |location: u32| inlined_position(location).map_or(location, |index| numbers[index]);
    for location in &mut function.locations {
        location.wasm_offset = renumbered(location.wasm_offset);
    }
    let positions = function.inlined.positions.iter().zip(&numbers);
    let mut kept: Vec<InlinedPosition> = positions
        .filter(|&(_, &number)| number != UNUSED)
        .map(|(position, _)| InlinedPosition {
            caller: renumbered(position.caller),
            ..*position
        })
        .collect();
    kept.shrink_to_fit();
    function.inlined.positions = kept;
}

#[cfg(test)]
mod tests;
