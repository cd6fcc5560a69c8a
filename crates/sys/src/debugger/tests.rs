//! The list of object files, read as a debugger does.
use super::*;

/// The files of this test, by their first byte.
fn own() -> Vec<u8> {
    let files = debugger_files().into_iter().filter(|file| file[1..] == *b"file");
    files.map(|file| file[0]).collect()
}

#[test]
fn files_are_listed_as_long_as_they_live() {
    let file = |number: u8| DebuggerFile::new([&[number], &b"file"[..]].concat());
    let (one, two, three) = (file(1), file(2), file(3));
    assert_eq!(own(), [3, 2, 1]);
    drop(two);
    assert_eq!(own(), [3, 1]);
    drop(three);
    assert_eq!(own(), [1]);
    let four = file(4);
    drop(one);
    assert_eq!(own(), [4]);
    drop(four);
    assert_eq!(own(), [0; 0]);
}

#[test]
fn threads_add_and_remove_files() {
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            scope.spawn(move || {
                for round in 0..200 {
                    let kept = DebuggerFile::new(vec![thread; 5]);
                    drop(DebuggerFile::new(vec![round; 7]));
                    drop(kept);
                }
            });
        }
    });
    assert!(
        debugger_files()
            .iter()
            .all(|file| file.len() == 5 && file[1..] == *b"file")
    );
}
