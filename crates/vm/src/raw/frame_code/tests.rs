//! Objects whose code fills their pages.

use super::*;
use transom_code::{AdapterKind, CompiledFunction, Shape};
use transom_codespace::{CodeBudget, Origin, Publisher};

/// An object of one page, whose last instruction may be a call.
fn publish() -> Arc<CodeObject> {
    let shape = Shape {
        params: Box::new([]),
        results: Box::new([]),
    };
    let function = CompiledFunction {
        code: vec![0x90; transom_sys::page_size()],
        alignment: 32,
        ..CompiledFunction::default()
    };
    let publisher = Publisher {
        profiler: None,
        budget: Arc::new(CodeBudget::new(usize::MAX)),
        debugger: false,
        suffix: "",
    };
    CodeObject::publish(
        Origin::Adapter(AdapterKind::Enter, shape),
        vec![function],
        &publisher,
    )
    .unwrap()
}

#[test]
fn a_call_at_the_end_belongs_to_what_is_before() {
    let objects: Vec<_> = (0..8).map(|_| publish()).collect();
    for object in &objects {
        let end = object.address(0) + transom_sys::page_size();
        let mut code = FrameCode::default();
        // What follows, if there is anything, is known before.
        code.of_frame(end + 1);
        let found = code.of_frame(end).expect("the object is there");
        assert_eq!(code[found].address(0), object.address(0));
        assert_eq!(code.of_frame(end), Some(found), "it is looked up once");
    }
    let starts = objects.iter().map(|object| object.address(0));
    let follows = |start| {
        objects
            .iter()
            .any(|other| other.address(0) == start + transom_sys::page_size())
    };
    assert!(starts.into_iter().any(follows), "no object follows another one");
}
