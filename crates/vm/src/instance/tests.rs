//! Sets of segments, at the boundaries of their words.
use super::*;

#[test]
fn a_set_has_what_was_put_there() {
    let numbers = [0, 1, 63, 64, 65, 127, 128, 1000];
    let mut set = IndexSet::default();
    for (count, &number) in numbers.iter().enumerate() {
        let has = |number| set.contains(number);
        assert_eq!(numbers.map(has), std::array::from_fn(|index| index < count));
        set.insert(number);
        set.insert(number);
    }
    assert_eq!(
        (0..2000).filter(|&number| set.contains(number)).count(),
        numbers.len()
    );
    assert!(!set.contains(1 << 40));
}
