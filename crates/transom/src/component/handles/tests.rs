//! Indices, and what is refused.

use super::*;

const OWNED: Handle = Handle {
    ty: 0,
    rep: 7,
    lends: 0,
    scope: None,
};

#[test]
fn indices_begin_at_one_and_the_last_free_one_is_first() {
    let mut table = HandleTable::default();
    for index in 1..=3 {
        assert_eq!(table.add(OWNED).unwrap(), index);
    }
    table.remove(1).unwrap();
    table.remove(3).unwrap();
    assert_eq!(table.add(OWNED).unwrap(), 3);
    assert_eq!(table.add(OWNED).unwrap(), 1);
    assert_eq!(table.add(OWNED).unwrap(), 4);
}

#[test]
fn what_is_not_there_is_unknown() {
    let mut table = HandleTable::default();
    table.add(OWNED).unwrap();
    for index in [0, 2, u32::MAX] {
        let error = table.remove(index).unwrap_err();
        assert_eq!(error.to_string(), format!("unknown handle index {index}"));
    }
    table.remove(1).unwrap();
    assert!(
        table.get(1).is_err() && table.remove(1).is_err(),
        "it was removed before"
    );
}

#[test]
fn what_is_lent_stays() {
    let mut table = HandleTable::default();
    table.add(OWNED).unwrap();
    table.get_mut(1).unwrap().lends = 1;
    assert!(
        table
            .remove(1)
            .unwrap_err()
            .to_string()
            .contains("while borrowed")
    );
    assert_eq!(table.get(1).unwrap().rep, 7);
}
