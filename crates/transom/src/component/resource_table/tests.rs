//! Tests of tables of resources.

use super::{DEFAULT_MAX_CAPACITY, ResourceTable, ResourceTableError};
use crate::component::Resource;
use std::collections::BTreeMap;

/// Another key of the same value.
fn again<T>(resource: &Resource<T>) -> Resource<T> {
    Resource::new_own(resource.rep())
}

fn keys<const N: usize>(table: &mut ResourceTable) -> [u32; N] {
    std::array::from_fn(|_| table.push(()).unwrap().rep())
}

#[test]
fn the_last_free_place_is_used_first() {
    let mut table = ResourceTable::with_capacity(4);
    assert_eq!(keys(&mut table), [0, 1, 2]);
    for key in [0, 2, 1] {
        table.delete(Resource::<()>::new_own(key)).unwrap();
    }
    assert!(table.is_empty());
    assert_eq!(keys(&mut table), [1, 2, 0, 3]);
    assert_eq!(format!("{table:?}"), "[0, 1, 2, 3]");
    table.delete(Resource::<()>::new_own(1)).unwrap();
    assert_eq!(format!("{table:?}"), "[0, 2, 3]");
}

#[test]
fn a_full_table_takes_what_fits_into_free_places() {
    let mut table = ResourceTable::default();
    assert_eq!(table.max_capacity(), DEFAULT_MAX_CAPACITY);
    table.set_max_capacity(2);
    assert_eq!(table.max_capacity(), 2);
    assert_eq!(keys(&mut table), [0, 1]);
    assert_eq!(table.push(()).unwrap_err(), ResourceTableError::Full);
    let parent = Resource::<()>::new_borrow(0);
    assert_eq!(
        table.push_child((), &parent).unwrap_err(),
        ResourceTableError::Full
    );
    // No child is left behind.
    assert_eq!(table.iter_children(&parent).unwrap().count(), 0);
    table.set_max_capacity(0);
    assert_eq!(table.push(()).unwrap_err(), ResourceTableError::Full);
    table.delete(Resource::<()>::new_own(1)).unwrap();
    assert_eq!(keys(&mut table), [1]);
}

#[test]
fn values_have_types() {
    let mut table = ResourceTable::new();
    let text = table.push("a".to_owned()).unwrap();
    assert!(text.owned());
    table.get_mut(&text).unwrap().push('b');
    assert_eq!(table.get(&text).unwrap(), "ab");
    let number = Resource::<u32>::new_own(text.rep());
    assert_eq!(table.get(&number).unwrap_err(), ResourceTableError::WrongType);
    assert_eq!(table.get_mut(&number).unwrap_err(), ResourceTableError::WrongType);
    assert!(table.get_any_mut(text.rep()).unwrap().is::<String>());
    let absent = Resource::<u32>::new_own(7);
    assert_eq!(table.get(&absent).unwrap_err(), ResourceTableError::NotPresent);
    assert_eq!(
        table.get_mut(&absent).unwrap_err(),
        ResourceTableError::NotPresent
    );
    assert_eq!(table.get_any_mut(7).unwrap_err(), ResourceTableError::NotPresent);
    assert_eq!(table.delete(absent).unwrap_err(), ResourceTableError::NotPresent);
    // The value is gone nevertheless.
    assert_eq!(table.delete(number).unwrap_err(), ResourceTableError::WrongType);
    assert_eq!(table.delete(text).unwrap_err(), ResourceTableError::NotPresent);
}

#[test]
fn children_are_deleted_before_their_parent() {
    let mut table = ResourceTable::new();
    let parent = table.push("parent").unwrap();
    let first = table.push_child(1, &parent).unwrap();
    let second = table.push_child(2, &parent).unwrap();
    let children = |table: &ResourceTable| {
        let children = table.iter_children(&parent).unwrap();
        children
            .map(|child| *child.downcast_ref::<i32>().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(children(&table), [1, 2]);
    assert_eq!(
        table.delete(again(&parent)).unwrap_err(),
        ResourceTableError::HasChildren
    );
    assert_eq!(table.delete(first), Ok(1));
    assert_eq!(children(&table), [2]);
    table.remove_child(again(&second), again(&parent)).unwrap();
    assert_eq!(children(&table), [0i32; 0]);
    table.add_child(again(&second), again(&parent)).unwrap();
    assert_eq!(children(&table), [2]);
    assert_eq!(table.delete(second), Ok(2));
    assert_eq!(table.delete(again(&parent)), Ok("parent"));
    assert_eq!(
        table.push_child(3, &parent).unwrap_err(),
        ResourceTableError::NotPresent
    );
    assert_eq!(
        table.iter_children(&parent).map(drop).unwrap_err(),
        ResourceTableError::NotPresent
    );
    assert!(table.is_empty());
}

#[test]
fn nothing_changes_if_the_parent_or_the_child_is_absent() {
    let mut table = ResourceTable::new();
    let present = table.push(0).unwrap();
    let absent = Resource::<u8>::new_own(9);
    let not_present = Err(ResourceTableError::NotPresent);
    assert_eq!(table.add_child(again(&present), again(&absent)), not_present);
    assert_eq!(table.add_child(again(&absent), again(&present)), not_present);
    assert_eq!(table.remove_child(again(&present), again(&absent)), not_present);
    assert_eq!(table.remove_child(again(&absent), again(&present)), not_present);
    assert_eq!(table.delete(present), Ok(0));
}

#[test]
#[should_panic = "the child of another already"]
fn a_child_has_one_parent() {
    let mut table = ResourceTable::new();
    let parent = table.push(0).unwrap();
    let child = table.push_child(1, &parent).unwrap();
    let other = table.push(2).unwrap();
    let _ = table.add_child(child, other);
}

#[test]
#[should_panic = "no child of this one"]
fn only_a_child_is_removed() {
    let mut table = ResourceTable::new();
    let (a, b) = (table.push(0).unwrap(), table.push(1).unwrap());
    let _ = table.remove_child(a, b);
}

#[test]
fn entries_are_lent_together() {
    let mut table = ResourceTable::new();
    for number in 0..6u32 {
        table.push(number).unwrap();
    }
    table.delete(Resource::<u32>::new_own(3)).unwrap();
    let map = BTreeMap::from([(1, 'b'), (2, 'c'), (3, 'd'), (5, 'f'), (6, 'g'), (u32::MAX, 'z')]);
    let (values, items): (Vec<_>, Vec<_>) = table.iter_entries(map).unzip();
    assert_eq!(items, ['b', 'c', 'd', 'f', 'g', 'z']);
    let values: Vec<_> = values
        .into_iter()
        .map(|value| value.map(|value| value.downcast_mut::<u32>().unwrap()))
        .collect();
    let absent = || Err(ResourceTableError::NotPresent);
    assert_eq!(
        values,
        [Ok(&mut 1), Ok(&mut 2), absent(), Ok(&mut 5), absent(), absent()]
    );
    for value in values.into_iter().flatten() {
        *value += 10;
    }
    let all: Vec<_> = table
        .iter_mut()
        .map(|value| *value.downcast_ref::<u32>().unwrap())
        .collect();
    assert_eq!(all, [0, 11, 12, 4, 15]);
}

#[test]
fn errors_say_why() {
    let error = crate::Error::from(ResourceTableError::HasChildren);
    assert_eq!(error.to_string(), "the resource has children");
    assert_eq!(
        error.downcast_ref::<ResourceTableError>(),
        Some(&ResourceTableError::HasChildren)
    );
}
