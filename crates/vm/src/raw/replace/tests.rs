//! Values come from where the layout says that they are.
use super::*;
use transom_code::SlotRun;

/// A frame of 32 words, whose words are their own distances below the frame pointer.
fn frame() -> (Box<[u64; 32]>, usize) {
    let mut words = Box::new([0; 32]);
    for (index, word) in words.iter_mut().enumerate() {
        *word = (32 - index as u64) * 8;
    }
    let end = words.as_ptr() as usize + 32 * 8;
    (words, end)
}

fn registers(frame_pointer: usize) -> Registers {
    let mut registers = Registers {
        xmms: std::array::from_fn(|number| [number as u8; 16]),
        _padding: 0,
        gprs: std::array::from_fn(|number| 1000 + number as u64),
    };
    registers.gprs[RBP] = frame_pointer as u64;
    registers
}

#[test]
fn values_are_copied_in_their_order_and_the_caller_gets_its_registers_back() {
    let (_words, end) = frame();
    let mut registers = registers(end);
    let layout = FrameLayout {
        locals: Box::new([
            LocalPlace::Gpr(3),
            LocalPlace::Slots(SlotRun {
                first: 40,
                step: 8,
                count: 2,
            }),
            LocalPlace::Xmm(9),
            LocalPlace::WideSlots(SlotRun {
                first: 64,
                step: 16,
                count: 2,
            }),
        ]),
        saved: Box::new([(14, 8), (3, 16)]),
        result_area: Some(24),
        first_operand: 88,
        slot: 8,
    };
    // SAFETY: the frame has all distances of the layout, and those of two operands behind them.
    let values = unsafe { leave_frame(&mut registers, &layout, 2) };
    let word = |value: &WideValue| u64::from_le_bytes(value[..8].try_into().expect("8 bytes"));
    let words: Vec<u64> = values.iter().map(word).collect();
    assert_eq!(words, [1003, 40, 48, 0x0909_0909_0909_0909, 64, 80, 88, 96]);
    // The next word of a vector is the next higher one.
    assert_eq!(values[4][8..], 56_u64.to_le_bytes());
    assert_eq!(registers.gprs[RDI], 1014, "the context is passed on");
    assert_eq!(registers.gprs[RSI], 24, "so is the address of the results");
    assert_eq!((registers.gprs[R14], registers.gprs[3]), (8, 16));
    assert_eq!(registers.gprs[15], 1015, "what was not saved stays");
}

#[test]
fn operands_in_wide_slots_have_sixteen_bytes() {
    let (_words, end) = frame();
    let mut registers = registers(end);
    let layout = FrameLayout {
        first_operand: 32,
        slot: 16,
        ..FrameLayout::default()
    };
    // SAFETY: as above.
    let values = unsafe { leave_frame(&mut registers, &layout, 2) };
    let halves = |value: &WideValue| {
        value
            .map(u64::from)
            .iter()
            .step_by(8)
            .copied()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        values.iter().map(halves).collect::<Vec<_>>(),
        [[32, 24], [48, 40]]
    );
}
