//! Arrays lie one behind the other, aligned, and none reaches into the next.
use super::*;

#[test]
fn arrays_do_not_overlap() {
    for seed in 0..500u32 {
        let count = |salt: u32| (seed.wrapping_mul(2654435761).rotate_left(salt) >> 8) % 5;
        let counts = VmCounts {
            types: count(1),
            imported_functions: count(4),
            imported_tables: count(7),
            imported_memories: count(10),
            imported_globals: count(13),
            tables: count(16),
            memories: count(19),
            globals: count(22),
            func_refs: count(25),
            tags: count(28),
        };
        let offsets = VmOffsets::new(counts);
        let mut fields: Vec<(i32, usize, usize)> = Vec::new();
        let mut add = |count: u32, at: &dyn Fn(u32) -> i32, size: usize, align: usize| {
            fields.extend((0..count).map(|index| (at(index), size, align)));
        };
        add(counts.types, &|index| offsets.type_descriptor(index), 8, 8);
        add(
            counts.imported_functions,
            &|index| offsets.imported_function(index),
            8,
            8,
        );
        add(
            counts.imported_tables,
            &|index| offsets.imported_table(index),
            8,
            8,
        );
        add(
            counts.imported_memories,
            &|index| offsets.imported_memory(index),
            16,
            8,
        );
        add(
            counts.imported_globals,
            &|index| offsets.imported_global(index),
            8,
            8,
        );
        add(counts.tables, &|index| offsets.table(index), 16, 8);
        add(counts.memories, &|index| offsets.memory(index), 16, 8);
        add(counts.globals, &|index| offsets.global(index), 16, 16);
        add(counts.func_refs, &|index| offsets.func_ref(index), 24, 8);
        let mut end = VmOffsets::SLOTS + 8;
        for (start, size, align) in fields {
            assert!(
                start >= end && (start as usize).is_multiple_of(align),
                "{counts:?}: {start} after {end}"
            );
            end = start + size as i32;
        }
        assert!(offsets.size() as i32 >= end && offsets.size().is_multiple_of(16));
    }
}

#[test]
#[should_panic(expected = "beyond an array of 2")]
fn indices_are_checked() {
    VmOffsets::new(VmCounts {
        tables: 2,
        ..VmCounts::default()
    })
    .table(2);
}
