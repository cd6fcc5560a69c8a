//! Code is published in parts, and replaced.
use super::*;
use crate::budget::CodeBudget;
use transom_types::TypeRegistry;

fn publisher() -> Publisher {
    Publisher {
        profiler: None,
        budget: Arc::new(CodeBudget::new(1 << 20)),
    }
}

fn module() -> Arc<Module> {
    let binary = transom_module::text_to_binary("(module (func) (func) (func))", None).unwrap();
    let features = transom_module::WasmFeatures::default();
    Arc::new(Module::parse(&TypeRegistry::new(), Arc::new(binary), features).unwrap())
}

fn code() -> CompiledFunction {
    CompiledFunction {
        code: vec![0xc3],
        alignment: 16,
        ..CompiledFunction::default()
    }
}

fn address(code: &ModuleCode, index: usize) -> usize {
    code.slots()[index].load(Ordering::Acquire)
}

#[test]
fn functions_are_published_in_any_order_and_again() {
    let code_of = ModuleCode::new(module());
    let last = code_of.publish(2, vec![code()], &publisher()).unwrap();
    assert_eq!(address(&code_of, 2), last.address(0));
    assert_eq!((address(&code_of, 0), address(&code_of, 1)), (0, 0));
    let others = code_of.publish(0, vec![code(), code()], &publisher()).unwrap();
    assert_eq!(
        (address(&code_of, 0), address(&code_of, 1)),
        (others.address(0), others.address(1))
    );
    let again = code_of.publish(2, vec![code()], &publisher()).unwrap();
    assert_eq!(address(&code_of, 2), again.address(0));
}

#[test]
fn code_that_was_replaced_stays_as_long_as_the_module() {
    let code_of = ModuleCode::new(module());
    let first = Arc::downgrade(&code_of.publish(0, vec![code()], &publisher()).unwrap());
    code_of.publish(0, vec![code()], &publisher()).unwrap();
    assert!(first.upgrade().is_some());
    drop(code_of);
    assert!(first.upgrade().is_none());
}
