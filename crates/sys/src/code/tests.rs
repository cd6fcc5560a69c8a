//! Code runs, is in the region, and its place is used again.
use super::range::{Region, region};
use super::*;
use crate::mapping::Reservation;
use crate::pages::page_size;
use std::collections::BTreeMap;
use std::sync::Mutex;

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

/// Publishes the answer with another number.
fn add(arena: &mut CodeArena, number: u8) -> CodeMapping {
    let mapping = arena.publish(ANSWER.len(), 16, |bytes, _| {
        bytes.copy_from_slice(&ANSWER);
        bytes[1] = number;
    });
    mapping.unwrap()
}

#[test]
fn pieces_of_an_arena_lie_beside_each_other_and_run() {
    let mut arena = CodeArena::new(0);
    let pieces: Vec<_> = (0..100).map(|number| add(&mut arena, number)).collect();
    for (number, piece) in pieces.iter().enumerate() {
        assert_eq!(call(piece), number as u32);
        assert_eq!(piece.len(), ANSWER.len());
        assert_eq!(piece.address(), pieces[0].address() + 16 * number);
        assert!(is_code_address(piece.address()));
    }
}

#[test]
fn pieces_outlive_their_arena_and_its_chunks() {
    let mut arena = CodeArena::new(0);
    let first = add(&mut arena, 1);
    let large = arena.publish(MAX_CHUNK + 1, 16, |bytes, _| bytes[..6].copy_from_slice(&ANSWER));
    let large = large.unwrap();
    let last = add(&mut arena, 3);
    drop(arena);
    assert_eq!((call(&first), call(&large), call(&last)), (1, 42, 3));
}

/// What a page may be used for, as the system lists it.
fn rights(address: usize) -> String {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let line = maps.lines().find(|line| {
        let (start, end) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let parse = |text| usize::from_str_radix(text, 16).unwrap();
        (parse(start)..parse(end)).contains(&address)
    });
    line.unwrap().split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn nothing_is_writable_and_executable() {
    let mut arena = CodeArena::new(0);
    let mut writable = 0;
    let piece = arena
        .publish(1, 1, |bytes, _| writable = bytes.as_ptr() as usize)
        .unwrap();
    let words = CodeWords::new(3).unwrap();
    assert_eq!(rights(piece.address()), "r-xs");
    assert_eq!(rights(writable), "rw-s");
    assert_eq!(rights(words.words().as_ptr() as usize), "rw-p");
    assert_eq!(words.words().len(), 3);
}

#[test]
fn a_forked_process_writes_to_chunks_of_its_own() {
    let mut arena = CodeArena::new(0);
    let first = add(&mut arena, 1);
    // As it looks after a fork.
    arena.chunk.as_mut().unwrap().process += 1;
    let second = add(&mut arena, 2);
    assert!(second.address().abs_diff(first.address()) >= page_size());
    assert_eq!((call(&first), call(&second)), (1, 2));
}
