//! Hints point to the branches that the text puts them at, and what can't be read says nothing.

use crate::{FuncIdx, Module, WasmFeatures, text_to_binary};
use std::sync::Arc;
use transom_types::TypeRegistry;

const TEXT: &str = r#"(module
    (func (param i32) (@metadata.code.branch_hint "\00") (if (local.get 0) (then)))
    (func)
    (func (param i32) (local i64)
        (block
            (@metadata.code.branch_hint "\01") (br_if 0 (local.get 0))
            (@metadata.code.branch_hint "\00") (br_if 0 (local.get 0)))))"#;

fn hints(binary: Vec<u8>) -> Vec<Vec<(u8, bool)>> {
    let module = Module::parse(&TypeRegistry::new(), Arc::new(binary), WasmFeatures::WASM3).unwrap();
    let of = |index| {
        let bytes = module.body_bytes(crate::DefinedFuncIdx::new(index));
        let hints = module.branch_hints(FuncIdx::new(index)).iter();
        // A hint may point anywhere.
        hints
            .map(|hint| (bytes.get(hint.offset as usize).copied().unwrap_or(0), hint.taken))
            .collect()
    };
    (0..module.bodies.len()).map(of).collect()
}

#[test]
fn hints_point_to_their_instructions() {
    let binary = text_to_binary(TEXT, None).unwrap();
    assert_eq!(
        hints(binary),
        [vec![(0x04, false)], vec![], vec![(0x0d, true), (0x0d, false)]]
    );
}

#[test]
fn broken_hints_are_no_hints() {
    let binary = text_to_binary(TEXT, None).unwrap();
    let name = binary
        .windows(25)
        .position(|window| window == b"metadata.code.branch_hint")
        .unwrap();
    let mut ignored = 0;
    for position in name + 25..name + 25 + 14 {
        for value in [0, 1, 2, 0x7f, 0x80, 0xff] {
            let mut broken = binary.clone();
            broken[position] = value;
            ignored += usize::from(hints(broken).iter().all(Vec::is_empty));
        }
    }
    assert!(ignored > 20, "only {ignored} were ignored");
}
