//! Code runs, is in the region, and its place is used again.
use super::*;

/// `mov eax, 42; ret`
const ANSWER: [u8; 6] = [0xb8, 42, 0, 0, 0, 0xc3];

fn call(mapping: &CodeMapping) -> u32 {
    // SAFETY: the mapping holds a function of this type.
    let function: extern "C" fn() -> u32 = unsafe { std::mem::transmute(mapping.address()) };
    function()
}

#[test]
fn code_runs_where_it_was_relocated() {
    let mapping = CodeMapping::publish(ANSWER.len(), |bytes, address| {
        bytes.copy_from_slice(&ANSWER);
        assert_eq!(address % page_size(), 0);
        bytes[1] = 43;
    });
    let mapping = mapping.unwrap();
    assert_eq!(call(&mapping), 43);
    assert!(is_code_address(mapping.address() + 5));
    assert!(!is_code_address(ANSWER.as_ptr() as usize));
}

#[test]
fn more_than_the_region_is_refused() {
    assert!(region().unwrap().take(4 << 30).is_err());
}

#[test]
fn free_neighbours_are_joined() {
    let region = Region {
        reservation: Reservation::new(1).unwrap(),
        free: Mutex::new(BTreeMap::from([(0, 100)])),
    };
    let places: Vec<_> = (0..10).map(|_| region.take(10).unwrap()).collect();
    assert!(region.take(1).is_err());
    for index in [3, 5, 4, 0, 9, 8, 1, 2, 7, 6] {
        region.give_back(places[index], 10);
    }
    assert_eq!(*region.free(), BTreeMap::from([(0, 100)]));
}
