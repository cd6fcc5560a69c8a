//! Code is published in parts, and replaced.
use super::*;
use crate::budget::CodeBudget;
use transom_types::TypeRegistry;

fn publisher() -> Publisher {
    Publisher {
        profiler: None,
        budget: Arc::new(CodeBudget::new(1 << 20)),
        debugger: false,
        suffix: "",
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

/// A call of a function of the module.
fn calling(target: u32) -> CompiledFunction {
    CompiledFunction {
        code: vec![0xe8, 0, 0, 0, 0, 0xc3],
        alignment: 16,
        relocations: vec![transom_code::Relocation {
            offset: 1,
            target: transom_module::FuncIdx::from_u32(target),
            addend: -4,
        }],
        ..CompiledFunction::default()
    }
}

#[test]
fn functions_published_one_by_one_call_each_other_through_slots() {
    let publisher = publisher();
    let code_of = ModuleCode::on_first_call(module(), 0x1234, &publisher).unwrap();
    let stubs: Vec<_> = (0..3).map(|index| address(&code_of, index)).collect();
    assert_eq!(stubs[1] - stubs[0], stubs[2] - stubs[1]);
    assert_eq!(
        (code_of.address(0), code_of.count(), code_of.size()),
        (None, 0, 0)
    );
    let first = code_of.publish_one(0, &calling(2), &publisher).unwrap();
    assert_eq!(
        (code_of.address(0), code_of.count(), code_of.size()),
        (Some(first), 1, 6)
    );
    assert_eq!((code_of.address(1), code_of.address(2)), (None, None));
    // Where the call leads, a jump through the slot of the function.
    let object = crate::lookup(first).unwrap();
    let distance = |bytes: &[u8]| i64::from(i32::from_le_bytes(bytes.try_into().unwrap()));
    let stub = first as i64 + 5 + distance(&object.bytes()[1..5]);
    let stubs = crate::lookup(stub as usize).unwrap();
    let place = stub as usize - stubs.address(0);
    assert_eq!(stubs.bytes()[place..place + 2], [0xff, 0x25]);
    let slot = stub + 6 + distance(&stubs.bytes()[place + 2..place + 6]);
    assert_eq!(slot, std::ptr::from_ref(&code_of.slots()[2]) as i64);
    // Code is replaced, and what was before stays.
    let second = code_of.publish_one(0, &code(), &publisher).unwrap();
    assert_ne!(first, second);
    assert_eq!(code_of.address(0), Some(second));
    assert!(crate::lookup(first).is_some());
}

/// Where the call in `calling` leads, by the address of its code.
fn called(code: usize) -> usize {
    let object = crate::lookup(code).unwrap();
    let distance = i32::from_le_bytes(object.bytes()[1..5].try_into().unwrap());
    (code + 5).wrapping_add_signed(distance as isize)
}

#[test]
fn code_that_stays_is_called_directly() {
    let publisher = publisher();
    let code_of = ModuleCode::on_first_call(module(), 0x1234, &publisher).unwrap();
    let begin = |index, target| code_of.publish_one(index, &calling(target), &publisher).unwrap();
    // A call of a function that may be replaced leads to its stub, also a function's call of itself.
    let stub = called(begin(0, 1));
    assert_eq!(called(begin(1, 1)), stub);
    assert_ne!(stub, address(&code_of, 1));
    // The function's last code calls itself, and later code of others calls it.
    let last = code_of.publish_last(1, &calling(1), &publisher).unwrap();
    assert_eq!((called(last), address(&code_of, 1)), (last, last));
    assert_eq!(called(begin(2, 1)), last);
    let entry = code_of.publish_entry(1, &calling(1), &publisher).unwrap();
    assert_eq!(
        called(entry),
        last,
        "code that begins at a loop is not the function's"
    );
    assert_eq!(code_of.count(), 3);
    // An entry that comes before leads to the stub.
    let entry = code_of.publish_entry(0, &calling(0), &publisher).unwrap();
    assert!(![entry, address(&code_of, 0)].contains(&called(entry)));
}

#[test]
fn neighbours_of_an_arena_are_told_apart() {
    const FUNCTIONS: usize = 10_000;
    let text = format!("(module {})", "(func)".repeat(FUNCTIONS));
    let binary = transom_module::text_to_binary(&text, None).unwrap();
    let features = transom_module::WasmFeatures::default();
    let module = Module::parse(&TypeRegistry::new(), Arc::new(binary), features).unwrap();
    let publisher = publisher();
    let code_of = ModuleCode::on_first_call(Arc::new(module), 0, &publisher).unwrap();
    let publish = |index| code_of.publish_one(index, &code(), &publisher).unwrap();
    let addresses: Vec<_> = (0..FUNCTIONS).rev().map(publish).collect();
    for (index, &address) in addresses.iter().rev().enumerate() {
        let found = crate::lookup(address).unwrap().locate(address).unwrap();
        assert_eq!(found[0].function.as_u32(), index as u32);
    }
    assert_eq!(
        publisher.budget.used() / FUNCTIONS,
        1 + 8 + 18,
        "code, slot, stubs"
    );
    drop(code_of);
    assert_eq!(publisher.budget.used(), 0);
    assert!(addresses.iter().all(|&address| crate::lookup(address).is_none()));
}

#[test]
fn a_budget_ends_publishing_and_nothing_else() {
    let mut publisher = publisher();
    publisher.budget = Arc::new(CodeBudget::new(200));
    let code_of = ModuleCode::on_first_call(module(), 0, &publisher).unwrap();
    let used = publisher.budget.used();
    while code_of.publish_one(0, &code(), &publisher).is_ok() {}
    assert_eq!((publisher.budget.used(), code_of.size()), (200, 200 - used));
    assert_eq!(code_of.count(), 1, "one function, though it was replaced");
    assert!(matches!(
        code_of.publish_one(1, &code(), &publisher),
        Err(PublishError::Limit {
            bytes: 1,
            used: 200,
            limit: 200
        })
    ));
    assert_eq!(code_of.address(1), None);
}

/// A call that passes nothing.
fn component_call(crosses: bool) -> ComponentCall {
    ComponentCall {
        params: [].into(),
        result: transom_code::Returned::Numbers([].into()),
        crosses,
    }
}

#[test]
fn callees_have_code_of_their_own_once_for_each_call() {
    let module = module();
    let together = ModuleCode::new(module.clone());
    together
        .publish(0, vec![code(), code(), code()], &publisher())
        .unwrap();
    let one_by_one = ModuleCode::on_first_call(module, 0x1000, &publisher()).unwrap();
    for code_of in [together, one_by_one] {
        let before = (address(&code_of, 1), code_of.count());
        let call = component_call(true);
        let found = code_of.callee((1, &call), || Some(code()), &publisher()).unwrap();
        assert!(found.is_some_and(|found| found != before.0));
        let again = code_of.callee((1, &call), || unreachable!("it is there"), &publisher());
        assert_eq!(again.unwrap(), found);
        let other = component_call(false);
        assert_eq!(code_of.callee((1, &other), || None, &publisher()).unwrap(), None);
        let never = code_of.callee((1, &other), || unreachable!("there is none"), &publisher());
        assert_eq!(never.unwrap(), None);
        // Callers of the function do not notice.
        assert_eq!((address(&code_of, 1), code_of.count()), before);
    }
}

#[test]
fn callees_that_call_far_functions_directly_are_not_there() {
    let call = component_call(true);
    let together = ModuleCode::new(module());
    let found = together.callee((1, &call), || Some(calling(0)), &publisher());
    assert_eq!(found.unwrap(), None);
    let one_by_one = ModuleCode::on_first_call(module(), 0x1000, &publisher()).unwrap();
    let found = one_by_one.callee((1, &call), || Some(calling(0)), &publisher());
    assert!(found.unwrap().is_some());
}
