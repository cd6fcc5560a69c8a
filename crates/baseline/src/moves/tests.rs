//! Moves between registers happen as if at once.

use super::*;

/// Numbers that depend on the one before.
fn next(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    (*state >> 33) as usize
}

#[test]
fn any_moves_between_registers_are_done_as_if_at_once() {
    const REGISTERS: usize = 8;
    const SCRATCH: usize = REGISTERS;
    let mut state = 1;
    for _ in 0..10_000 {
        // Each target once, from any source.
        let mut moves = SmallVec::new();
        let mut expected: Vec<usize> = (0..REGISTERS).collect();
        for (to, place) in expected.iter_mut().enumerate() {
            if next(&mut state).is_multiple_of(3) {
                continue;
            }
            let from = next(&mut state) % REGISTERS;
            *place = from;
            moves.push(Between {
                to,
                from,
                width: Width::W64,
            });
        }
        let mut held: Vec<usize> = (0..=REGISTERS).collect();
        resolve(moves, SCRATCH, |this| held[this.to] = held[this.from]);
        assert_eq!(held[..REGISTERS], expected);
    }
}
