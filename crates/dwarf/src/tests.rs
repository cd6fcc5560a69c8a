//! The file as a whole, of code that belongs to no module.
use super::*;
use transom_code::DebugFrame;

#[test]
fn a_file_has_the_symbols_of_functions() {
    let frame = DebugFrame::default();
    let code = |name: &str, start, end, frame| Code {
        name: name.to_owned(),
        start,
        end,
        function: None,
        locations: Vec::new(),
        frame,
    };
    let image = Image {
        address: 0x10_0000,
        size: 0x40,
        module: None,
        functions: vec![
            code("first", 0, 0x10, Some(&frame)),
            code("second", 0x20, 0x40, None),
        ],
    };
    let file = object_file(&image).unwrap();
    assert_eq!(file[..4], *b"\x7fELF");
    for name in [&b"\0first\0"[..], b"\0second\0", b"\0.debug_frame\0"] {
        assert!(file.windows(name.len()).any(|bytes| bytes == name));
    }
    for absent in [&b"\0.debug_info\0"[..], b"\0.debug_line\0"] {
        assert!(!file.windows(absent.len()).any(|bytes| bytes == absent));
    }
}
