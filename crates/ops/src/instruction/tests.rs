//! The table says of each instruction what the binary format's numbers imply.

use super::*;

macro_rules! count {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// The instructions of `wasmparser`, with their proposals.
        const OPERATORS: &[(&str, &str)] = &[$((stringify!($op), stringify!($proposal))),*];
    };
}

wasmparser::for_each_operator!(count);

#[test]
fn each_instruction_has_one_row() {
    let mut rows: Vec<&str> = row::ALL.iter().map(|(name, _)| *name).collect();
    let mut operators: Vec<&str> = OPERATORS.iter().map(|(name, _)| *name).collect();
    rows.sort_unstable();
    operators.sort_unstable();
    assert_eq!(rows, operators);
}

#[test]
fn classes_are_those_of_the_proposals() {
    for &(name, proposal) in OPERATORS {
        let class = row::ALL
            .iter()
            .find(|(row, _)| *row == name)
            .expect("a row")
            .1
            .class;
        let expected: &[Class] = match proposal {
            "simd" | "relaxed_simd" => &[Class::Vector],
            "threads" => &[Class::Atomic],
            "gc" => &[Class::Object, Class::Reference],
            "exceptions" => &[Class::Exception],
            "legacy_exceptions" => &[Class::LegacyException],
            "tail_call" => &[Class::Call],
            "sign_extension" | "saturating_float_to_int" | "wide_arithmetic" => &[Class::Number],
            "bulk_memory" => &[Class::Memory, Class::Table],
            "function_references" => &[Class::Call, Class::Control, Class::Reference],
            "reference_types" => &[Class::Parametric, Class::Reference, Class::Table],
            "mvp" => &[
                Class::Control,
                Class::Call,
                Class::Parametric,
                Class::Variable,
                Class::Memory,
                Class::Number,
            ],
            _ => &[Class::Unsupported],
        };
        assert!(expected.contains(&class), "{name} of {proposal} is {class:?}");
    }
}

#[test]
fn what_goes_elsewhere_is_counted_before() {
    for (name, instruction) in row::ALL {
        let elsewhere = !matches!(instruction.effect, Effect::Straight | Effect::Opens);
        assert!(!elsewhere || !instruction.is_straight(), "{name}");
        // What the runtime does at length costs more, or may look at the counter.
        let calls = matches!(instruction.effect, Effect::Calls | Effect::Loops);
        assert!(!calls || instruction.runtime != Runtime::Never, "{name}");
    }
}

#[test]
fn rows_are_found() {
    assert_eq!(Instruction::of(&Operator::I32Add), row::I32Add);
    assert_eq!(Instruction::of(&Operator::I8x16Add).class, Class::Vector);
    assert_eq!(
        Instruction::of(&Operator::Br { relative_depth: 0 }).effect,
        Effect::Leaves
    );
}
