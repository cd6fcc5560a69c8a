//! Copies may overlap, growing keeps what was there, and nothing outside is accessed.
use super::*;

fn elements(len: usize, functions: bool) -> Elements {
    let elements = Elements::new(len, functions, None).unwrap();
    for index in 0..len {
        fill(&elements, index..index + 1, index as u64 + 1);
    }
    elements
}

fn fill(elements: &Elements, range: Range<usize>, bits: u64) {
    // SAFETY: no compiled code reads the elements of tests.
    unsafe { elements.fill(range, bits) }
}

fn copy(from: &Elements, range: Range<usize>, to: &Elements, start: usize) {
    // SAFETY: as above.
    unsafe { from.copy_to(range, to, start) }
}

fn all(elements: &Elements) -> Vec<u64> {
    (0..elements.len()).map(|index| elements.get(index)).collect()
}

#[test]
fn copies_may_overlap() {
    for functions in [true, false] {
        let elements = elements(6, functions);
        copy(&elements, 0..4, &elements, 2);
        assert_eq!(all(&elements), [1, 2, 1, 2, 3, 4]);
        copy(&elements, 1..6, &elements, 0);
        assert_eq!(all(&elements), [2, 1, 2, 3, 4, 4]);
    }
}

#[test]
fn growing_keeps_elements_and_adds_nulls() {
    for functions in [true, false] {
        let mut elements = elements(3, functions);
        for len in [4, 5, 50, 100] {
            assert!(elements.grow(len, 100));
            assert_eq!(all(&elements)[..3], [1, 2, 3]);
            assert!(all(&elements)[3..].iter().all(|&element| element == 0));
        }
        assert!(!elements.grow(usize::MAX / 8, usize::MAX));
        assert_eq!(elements.len(), 100);
    }
}

#[test]
fn accesses_beyond_the_end_panic() {
    let accesses: [fn(&Elements); 4] = [
        |elements| assert_eq!(elements.get(4), 0),
        |elements| fill(elements, 3..5, 7),
        |elements| copy(elements, 3..5, elements, 0),
        |elements| copy(elements, 0..2, elements, 3),
    ];
    for access in accesses {
        let elements = elements(4, true);
        let access = std::panic::AssertUnwindSafe(|| access(&elements));
        assert!(std::panic::catch_unwind(access).is_err());
        assert_eq!(all(&elements), [1, 2, 3, 4]);
    }
}

#[test]
#[should_panic(expected = "elements of other sizes")]
fn functions_and_objects_do_not_mix() {
    copy(&elements(1, false), 0..1, &elements(1, true), 0);
}
