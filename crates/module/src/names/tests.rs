//! Names, and what is left of broken ones.

use crate::{
    FieldIdx, FuncIdx, GlobalIdx, LocalIdx, MemoryIdx, Module, SUPPORTED_FEATURES, TableIdx, TagIdx, TypeIdx,
    text_to_binary,
};
use std::sync::Arc;
use transom_types::TypeRegistry;

const TEXT: &str = "(module $m
    (type $point (struct (field $x i32) (field $y i32)))
    (func $f (param $p i32) (local $l i64))
    (func)
    (table $t 1 funcref) (memory $mem 1) (global $g i32 (i32.const 0)) (tag $e))";

#[test]
fn all_spaces() {
    let bytes = text_to_binary(TEXT, None).unwrap();
    let module = Module::parse(&TypeRegistry::new(), Arc::new(bytes), SUPPORTED_FEATURES).unwrap();
    let names = module.names();
    assert_eq!(names.module(), Some("m"));
    assert_eq!(names.function(FuncIdx::from_u32(0)), Some("f"));
    assert_eq!(
        (
            names.function(FuncIdx::from_u32(1)),
            module.func_name(FuncIdx::from_u32(9))
        ),
        (None, None)
    );
    assert_eq!(names.ty(TypeIdx::from_u32(0)), Some("point"));
    assert_eq!(
        module.type_name(module.ty(TypeIdx::from_u32(0)).id()),
        Some("point")
    );
    assert_eq!(names.table(TableIdx::from_u32(0)), Some("t"));
    assert_eq!(names.memory(MemoryIdx::from_u32(0)), Some("mem"));
    assert_eq!(names.global(GlobalIdx::from_u32(0)), Some("g"));
    assert_eq!(names.tag(TagIdx::from_u32(0)), Some("e"));
    assert_eq!(
        names.local(FuncIdx::from_u32(0), LocalIdx::from_u32(1)),
        Some("l")
    );
    assert_eq!(
        names.field(TypeIdx::from_u32(0), FieldIdx::from_u32(1)),
        Some("y")
    );
}

#[test]
fn broken_names_are_ignored() {
    let bytes = text_to_binary(TEXT, None).unwrap();
    let start = bytes.windows(5).position(|w| w == b"\x04name").unwrap() + 5;
    for at in start..bytes.len() {
        for bits in [0xff, 0x80, 0x01] {
            let mut broken = bytes.clone();
            broken[at] ^= bits;
            let module = Module::parse(&TypeRegistry::new(), Arc::new(broken), SUPPORTED_FEATURES).unwrap();
            let _ = (module.names().module(), module.func_name(FuncIdx::from_u32(0)));
        }
    }
}

#[test]
fn no_names() {
    let bytes = b"\0asm\x01\0\0\0".to_vec();
    let module = Module::parse(&TypeRegistry::new(), Arc::new(bytes), SUPPORTED_FEATURES).unwrap();
    assert_eq!(module.names().module(), None);
}
