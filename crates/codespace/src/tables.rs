//! What is known of places in the code of an object: traps, locations, references alive, handlers.

use transom_code::{
    CatchingCall, Clause, CompiledFunction, InlinedPosition, Location, LoopSite, LoopSites, SlotRun,
    StackMap, TrapSite, inlined_position,
};

/// What is known of places in the code.
#[derive(Debug, Default)]
pub struct Tables {
    /// With offsets in their functions, function after function.
    pub traps: Vec<TrapSite>,
    /// With offsets in their functions, function after function.
    pub locations: Vec<Location>,
    /// With offsets in all of the code, in their order.
    pub stack_maps: Vec<StackMap>,
    /// The distances that `stack_maps` select.
    pub stack_map_slots: Vec<u32>,
    /// Slots that hold references to objects during every call of their function, function after function.
    pub frame_slots: Vec<SlotRun>,
    /// With offsets in all of the code, in their order.
    pub catching_calls: Vec<CatchingCall>,
    /// The clauses that `catching_calls` select.
    pub clauses: Vec<Clause>,
    /// Where instructions come from that were translated in place of a call.
    pub inlined: Vec<InlinedPosition>,
    /// With offsets in all of the code, in their order. The frame is that of the only function, if there is one.
    pub loops: LoopSites,
}

impl Tables {
    /// Those of an object of one function.
    pub fn of(function: &CompiledFunction) -> Tables {
        let mut tables = Tables {
            loops: LoopSites {
                sites: Vec::new(),
                frame: function.tier_up.loops.frame.clone(),
            },
            ..Tables::default()
        };
        tables.add(0, function);
        tables
    }

    /// None yet, but room for the largest ones of functions: growing them step by step would copy megabytes.
    pub fn with_room(functions: &[CompiledFunction]) -> Tables {
        let total = |len: fn(&CompiledFunction) -> usize| functions.iter().map(len).sum();
        Tables {
            traps: Vec::with_capacity(total(|function| function.traps.len())),
            locations: Vec::with_capacity(total(|function| function.locations.len())),
            ..Tables::default()
        }
    }

    /// Adds those of a function that begins at an offset.
    pub fn add(&mut self, start: u32, function: &CompiledFunction) {
        self.traps.extend_from_slice(&function.traps);
        let first_inlined = self.inlined.len() as u32;
        let rebase = |location: u32| match inlined_position(location) {
            Some(_) => location + first_inlined,
            None => location,
        };
        self.locations
            .extend(function.locations.iter().map(|location| Location {
                wasm_offset: rebase(location.wasm_offset),
                ..*location
            }));
        self.inlined
            .extend(function.inlined.positions.iter().map(|position| InlinedPosition {
                caller: rebase(position.caller),
                ..*position
            }));
        let first_slot = self.stack_map_slots.len() as u32;
        self.stack_maps
            .extend(function.stack_maps.iter().map(|map| StackMap {
                return_offset: start + map.return_offset,
                first: first_slot + map.first,
                ..*map
            }));
        self.stack_map_slots.extend_from_slice(&function.stack_map_slots);
        let sites = function.tier_up.loops.sites.iter();
        self.loops.sites.extend(sites.map(|site| LoopSite {
            return_offset: start + site.return_offset,
            ..*site
        }));
        self.frame_slots.extend_from_slice(&function.frame_slots);
        let first_clause = self.clauses.len() as u32;
        self.catching_calls
            .extend(function.catching.calls.iter().map(|call| CatchingCall {
                return_offset: start + call.return_offset,
                first: first_clause + call.first,
                ..*call
            }));
        self.clauses
            .extend(function.catching.clauses.iter().map(|clause| Clause {
                code_offset: start + clause.code_offset,
                ..*clause
            }));
    }
}
