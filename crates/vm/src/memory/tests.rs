//! What one program leaves in a memory, no other finds, and no memory is accessible beyond its end.
use super::*;
use crate::engine::tests::engine;
use crate::raw::bytes;
use transom_types::Limits;

fn ty(min: u64, max: Option<u64>, index64: bool) -> MemoryType {
    MemoryType {
        index64,
        shared: false,
        limits: Limits::new(min, max),
        page_size_log2: 16,
    }
}

fn accessible(memory: &MemoryInstance) -> usize {
    match &memory.owner {
        Owner::Store { space, .. } => space.backing().accessible(),
        Owner::Many(_) => unreachable!("these memories are not shared"),
    }
}

#[test]
fn an_address_range_used_before_is_clean_and_no_longer_than_it_should_be() {
    let engine = engine();
    // The last ones are more than is cleaned in place.
    for (first, second) in [(3, 1), (1, 3), (40, 2), (2, 2), (1100, 1090), (1, 1100)] {
        let memory = MemoryInstance::new(&engine, ty(first, None, false)).unwrap();
        let base = memory.place().base();
        // Every third page is written, and the last one.
        let len = memory.len() as u64;
        for start in (0..len).step_by(3 << 12).chain([len - 1]) {
            assert!(bytes::fill(memory.place(), start, 0xaa, 1));
        }
        drop(memory);
        let memory = MemoryInstance::new(&engine, ty(second, None, false)).unwrap();
        assert_eq!(memory.place().base(), base, "the range was not used again");
        assert_eq!(accessible(&memory), memory.len());
        assert!(bytes::is_zero(memory.place()), "{first} pages, then {second}");
    }
}

#[test]
fn sizes_beyond_the_type_or_the_address_space_are_refused() {
    let engine = engine();
    let memory = MemoryInstance::new(&engine, ty(1, Some(3), false)).unwrap();
    assert_eq!(
        (
            grown_size(memory.ty(), memory.len(), 2),
            grown_size(memory.ty(), memory.len(), 3)
        ),
        (Some(3 << 16), None)
    );
    let memory = MemoryInstance::new(&engine, ty(0, None, false)).unwrap();
    assert_eq!(
        (
            grown_size(memory.ty(), 0, 65536),
            grown_size(memory.ty(), 0, 65537)
        ),
        (Some(1 << 32), None)
    );
    assert_eq!(grown_size(memory.ty(), 0, u64::MAX), None);
    assert!(MemoryInstance::new(&engine, ty(1 << 47, None, true)).is_err());
    assert!(MemoryInstance::new(&engine, ty(1 << 40, None, true)).is_err());
}

#[test]
fn a_checked_memory_moves_when_its_reservation_is_too_small() {
    let mut options = crate::EngineOptions::default();
    options.tunables.memory_reservation = 1 << 16;
    let registry = transom_types::TypeRegistry::new();
    let engine = crate::Engine::new(registry, crate::engine::tests::compiler(), options).unwrap();
    let mut memory = MemoryInstance::new(&Arc::new(engine), ty(1, None, true)).unwrap();
    assert!(bytes::fill(memory.place(), 0, 7, 1 << 16));
    let old = memory.place().base();
    assert!(memory.grow(1 << 16, 5 << 16).unwrap());
    assert_ne!(memory.place().base(), old);
    assert!(!bytes::is_zero(memory.place()));
    assert_eq!((memory.len(), memory.pages()), (5 << 16, 5));
}
