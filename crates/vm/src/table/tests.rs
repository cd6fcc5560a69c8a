//! Ranges are checked before anything is written, copies may overlap, and growing keeps what was there.
use super::*;
use transom_types::{HeapType, Limits, RefType};

fn table(min: u64, max: Option<u64>, functions: bool) -> TableInstance {
    let heap = if functions {
        HeapType::Func
    } else {
        HeapType::Extern
    };
    let element = RefType { nullable: true, heap };
    let ty = TableType {
        element,
        index64: false,
        limits: Limits::new(min, max),
    };
    TableInstance::new(ty, functions, None).unwrap()
}

fn elements(table: &TableInstance) -> Vec<Element> {
    (0..table.len() as u64)
        .map(|index| table.get(index).unwrap())
        .collect()
}

#[test]
fn nothing_is_written_beyond_the_end() {
    for functions in [true, false] {
        let table = table(4, None, functions);
        assert_eq!(table.fill(2, 3, 7), Err(OutOfBounds));
        assert_eq!(table.fill(u64::MAX, 2, 7), Err(OutOfBounds));
        assert_eq!(table.set(4, 7), Err(OutOfBounds));
        assert_eq!(elements(&table), [0; 4]);
        assert_eq!(
            (table.fill(4, 0, 7), table.fill(5, 0, 7)),
            (Ok(()), Err(OutOfBounds))
        );
        assert_eq!(table.get(4), None);
    }
}

#[test]
fn copies_may_overlap() {
    for functions in [true, false] {
        let table = table(6, None, functions);
        (0..6).for_each(|index| table.set(index, index + 1).unwrap());
        table.copy_to(0, &table, 2, 4).unwrap();
        assert_eq!(elements(&table), [1, 2, 1, 2, 3, 4]);
        table.copy_to(1, &table, 0, 5).unwrap();
        assert_eq!(elements(&table), [2, 1, 2, 3, 4, 4]);
        assert_eq!(table.copy_to(3, &table, 0, 4), Err(OutOfBounds));
    }
}

#[test]
fn growing_keeps_elements_and_respects_the_type() {
    for functions in [true, false] {
        let mut table = table(1, Some(100), functions);
        table.set(0, 9).unwrap();
        for len in [2, 3, 50, 100] {
            assert!(table.grow_to(len, 5));
            assert_eq!((table.get(0), table.get(len as u64 - 1)), (Some(9), Some(5)));
        }
        assert_eq!((table.grown_len(0), table.grown_len(1)), (Some(100), None));
        assert_eq!(table.grown_len(u64::MAX), None);
    }
}

#[test]
fn more_than_there_is_memory_is_refused() {
    let mut table = table(1, None, true);
    assert!(!table.grow_to(usize::MAX / 8, 1));
    assert_eq!(table.len(), 1);
}
