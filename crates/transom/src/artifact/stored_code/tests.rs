//! Code of functions and of their loops is found again, and merged with what others have.
use super::*;

fn code(byte: u8) -> CompiledFunction {
    CompiledFunction {
        code: vec![byte; 10],
        ..CompiledFunction::default()
    }
}

fn target(function: u32, offset: u32) -> LoopTarget {
    LoopTarget {
        function: DefinedFuncIdx::from_u32(function),
        offset,
        operands: 3,
        objects: Vec::new(),
    }
}

fn entry(byte: u8) -> LoopEntry {
    LoopEntry {
        code: code(byte),
        frame_size: 64,
    }
}

/// What another process reads that this one has written.
fn read_again(code: &StoredCode) -> StoredCode {
    let all = code.all();
    let functions = Functions::new(all.table().to_vec(), all.code().collect::<Vec<_>>().concat(), 0);
    StoredCode::new(functions.expect("in order"), usize::MAX)
}

fn whole(code: &StoredCode, function: u32) -> Option<(Stage, u8)> {
    let (stage, code) = code.load(DefinedFuncIdx::from_u32(function))?;
    Some((stage, code.code[0]))
}

#[test]
fn entries_of_loops_are_found_again() {
    let first = StoredCode::new(Functions::default(), usize::MAX);
    for function in [1, 2, 7] {
        first.keep(
            DefinedFuncIdx::from_u32(function),
            Stage::First,
            &code(function as u8),
        );
    }
    first.keep_entry(&target(2, 50), &entry(50));
    first.keep_entry(&target(2, 90), &entry(90));
    first.keep_entry(&target(7, 10), &entry(10));
    let second = read_again(&first);
    let has = |function| second.has_entries(DefinedFuncIdx::from_u32(function));
    assert_eq!(
        [0, 1, 2, 3, 7, 8].map(has),
        [false, false, true, false, true, false]
    );
    assert_eq!(whole(&second, 2), Some((Stage::First, 2)));
    let found = second.load_entry(&target(2, 90)).expect("it was kept");
    assert_eq!((found.code.code[0], found.frame_size), (90, 64));
    assert!(second.load_entry(&target(2, 51)).is_none() && second.load_entry(&target(1, 50)).is_none());
    // A loop with another number of operands is another loop.
    let mut other = target(2, 90);
    other.operands = 4;
    assert!(second.load_entry(&other).is_none());
    assert!(second.load(DefinedFuncIdx::from_u32(3)).is_none());
}

#[test]
fn the_last_code_of_a_function_replaces_its_loops() {
    let first = StoredCode::new(Functions::default(), usize::MAX);
    first.keep(DefinedFuncIdx::from_u32(2), Stage::First, &code(1));
    first.keep_entry(&target(2, 50), &entry(50));
    first.keep_entry(&target(3, 50), &entry(51));
    let second = read_again(&first);
    second.keep(DefinedFuncIdx::from_u32(2), Stage::Last, &code(2));
    let third = read_again(&second);
    assert_eq!(whole(&third, 2), Some((Stage::Last, 2)));
    assert!(!third.has_entries(DefinedFuncIdx::from_u32(2)));
    assert!(third.load_entry(&target(3, 50)).is_some());
    // Somebody else who has only the first code does not bring it back.
    let all = third.all_with(read_again(&second).read, &|_| 0);
    assert_eq!(all.table().len(), 2);
}

#[test]
fn samples_are_kept_for_code_that_may_be_compiled_once_more() {
    let first = StoredCode::new(Functions::default(), usize::MAX);
    for function in [1, 2, 3] {
        first.keep(DefinedFuncIdx::from_u32(function), Stage::First, &code(1));
    }
    first.keep(DefinedFuncIdx::from_u32(3), Stage::Last, &code(3));
    first.keep_entry(&target(2, 50), &entry(50));
    // What a process has: what it began with, and seven samples more.
    let run = |code: &StoredCode| read_again_with(code, &|function| code.heat(function) + 7);
    let mut code = run(&first);
    for processes in 1..20 {
        let heat = |function: u32| code.heat(DefinedFuncIdx::from_u32(function));
        assert_eq!([0, 1, 2, 3].map(heat), [0, 7 * processes, 7 * processes, 0]);
        let heat = |function: DefinedFuncIdx| code.heat(function) + 3;
        assert_eq!(code.new_heat(&heat), 6);
        code = run(&code);
    }
    // A process that calls none of them forgets nothing, nor what others have written meanwhile.
    let others = read_again_with(&code, &|_| 0);
    let all = others.all_with(
        read_again_with(&code, &|function| code.heat(function) + 1).read,
        &|_| 0,
    );
    assert!(
        all.table().iter().all(|stored| stored.stage == Stage::Last
            || stored.place.at.is_some()
            || stored.heat == 7 * 20 + 1)
    );
}

/// What another process reads, if functions had so many samples in this one.
fn read_again_with(code: &StoredCode, heat: &dyn Fn(DefinedFuncIdx) -> u16) -> StoredCode {
    let all = code.all_with(Functions::default(), heat);
    let bytes = all.code().collect::<Vec<_>>().concat();
    let functions = Functions::new(all.table().to_vec(), bytes, 0).expect("in order");
    StoredCode::new(functions, usize::MAX)
}
