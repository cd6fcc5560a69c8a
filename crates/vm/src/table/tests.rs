//! Ranges are checked against the present length, and growing against the type.
use super::*;
use transom_types::{HeapType, Limits, RefType};

fn table(min: u64, max: Option<u64>, heap: HeapType) -> TableInstance {
    let element = RefType { nullable: true, heap };
    let ty = TableType {
        element,
        index64: false,
        limits: Limits::new(min, max),
    };
    TableInstance::new(&TypeRegistry::new(), ty, None, usize::MAX).unwrap()
}

#[test]
fn ranges_end_where_the_table_does() {
    for heap in [HeapType::Func, HeapType::Extern] {
        let table = table(4, None, heap);
        assert_eq!(table.holds_objects(), heap == HeapType::Extern);
        assert_eq!(table.range(2, 2), Ok(2..4));
        assert_eq!(table.range(4, 0), Ok(4..4));
        for (start, len) in [(2, 3), (5, 0), (u64::MAX, 2)] {
            assert_eq!(table.range(start, len), Err(OutOfBounds));
        }
    }
}

#[test]
fn growing_respects_the_type() {
    let mut table = table(1, Some(100), HeapType::Func);
    for len in [2, 3, 50, 100] {
        assert!(table.grow_to(len));
        assert_eq!(table.len(), len);
    }
    assert_eq!((table.grown_len(0), table.grown_len(1)), (Some(100), None));
    assert_eq!(table.grown_len(u64::MAX), None);
}

#[test]
fn more_than_there_is_memory_is_refused() {
    let mut table = table(1, None, HeapType::Func);
    assert!(!table.grow_to(usize::MAX / 8));
    assert_eq!(table.len(), 1);
}
