//! Where stubs lead.
use super::*;

/// The distance in the four bytes at a place, and where it leads.
fn target(code: &[u8], place: usize) -> i64 {
    let distance = i32::from_le_bytes(code[place..place + 4].try_into().unwrap());
    place as i64 + 4 + i64::from(distance)
}

#[test]
fn first_stubs_lead_to_the_head_with_their_number() {
    let stubs = Stubs::new(300);
    let code = stubs.code(0x1234).code;
    for index in [0, 1, 299] {
        let place = stubs.first(index);
        assert_eq!((code[place], code[place + 5]), (0xb8, 0xe9));
        assert_eq!(code[place + 1..place + 5], (index as u32).to_le_bytes());
        assert_eq!(target(&code, place + 6), 0);
    }
    // The head's jump is through the word at its end.
    assert_eq!(target(&code, 12), 24);
    assert_eq!(code[24..32], 0x1234usize.to_le_bytes());
}

#[test]
fn call_stubs_lead_to_their_slots() {
    let stubs = Stubs::new(5);
    let mut code = stubs.code(0).code;
    assert_eq!(code.len(), stubs.size());
    let (address, slots) = (0x10_0000usize, 0x8_0000usize);
    stubs.link(&mut code, address, slots);
    for index in 0..5 {
        let place = stubs.call(index);
        assert!(place.is_multiple_of(8));
        assert_eq!(code[place..place + 2], [0xff, 0x25]);
        let slot = target(&code, place + 2) + address as i64;
        assert_eq!(slot, (slots + 8 * index) as i64);
    }
}

#[test]
fn the_trap_of_the_head_is_where_the_instruction_is() {
    let stubs = Stubs::new(0).code(0);
    let trap = stubs.traps[0];
    assert_eq!(trap.trap, Trap::StackOverflow);
    assert_eq!(stubs.code[trap.offset as usize..][..2], [0x0f, 0x0b]);
    // `jb` goes to the two instructions before it.
    assert_eq!(10 + usize::from(stubs.code[9]) + 4, trap.offset as usize);
}
