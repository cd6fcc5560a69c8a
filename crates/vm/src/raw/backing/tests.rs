//! An embedder's memory is believed only as far as its contract goes.
use super::*;
use transom_types::{Limits, MemoryType};

/// Memory of the allocator's, which says of itself what it is told.
struct Told {
    bytes: Vec<u8>,
    said: usize,
    moves: bool,
}

// SAFETY: the tests do not access the bytes.
unsafe impl LinearMemory for Told {
    fn byte_size(&self) -> usize {
        self.said
    }

    fn byte_capacity(&self) -> usize {
        self.bytes.len()
    }

    fn grow_to(&mut self, new_size: usize) -> Result<()> {
        if self.moves {
            self.bytes = vec![0; new_size + 1];
        }
        self.said = new_size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.bytes.as_ptr().cast_mut()
    }
}

fn memory(size: usize, said: usize, reserved: bool, moves: bool) -> io::Result<HostMemory> {
    let make: MakeMemory = Arc::new(move |wanted| {
        let bytes = vec![0; wanted.size];
        Ok(Box::new(Told { bytes, said, moves }))
    });
    let wanted = NewMemory {
        ty: MemoryType {
            index64: false,
            shared: false,
            limits: Limits::new(1, None),
            page_size_log2: 16,
        },
        size,
        reserved: reserved.then_some(1 << 20),
        guard: 1 << 16,
    };
    HostMemory::new(&make, &wanted)
}

#[test]
fn sizes_and_addresses() {
    let mut host = memory(100, 100, false, true).expect("a memory of the right size");
    let before = host.base;
    host.grow(1000).expect("it grows");
    assert_ne!(before, host.base, "it moves");
    let backing = Backing::Host(host);
    assert_eq!((backing.accessible(), backing.addresses().len()), (1000, 1001));
    let reserved = Backing::Host(memory(100, 100, true, false).expect("a memory"));
    assert_eq!(reserved.addresses().len(), (1 << 20) + (1 << 16));
}

#[test]
fn too_few_bytes_are_an_error() {
    let error = memory(100, 99, false, false).expect_err("99 bytes are not 100");
    assert_eq!(
        error.to_string(),
        "the embedder's memory has 99 bytes instead of 100"
    );
}

#[test]
#[should_panic = "whose address was to stay"]
fn a_fixed_memory_that_moves_panics() {
    let mut memory = memory(100, 100, true, true).expect("a memory");
    let _ = memory.grow(100_000);
}
