//! Addresses lead back to functions, instructions and traps.
use super::*;
use transom_code::{Location, Relocation, TrapSite};
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
    let binary =
        transom_module::text_to_binary("(module (import \"\" \"\" (func)) (func) (func))", None).unwrap();
    let features = transom_module::WasmFeatures::default();
    Arc::new(Module::parse(&TypeRegistry::new(), Arc::new(binary), features).unwrap())
}

/// Two functions, of which the first refers to the second.
fn functions() -> [CompiledFunction; 2] {
    let relocations = vec![Relocation {
        offset: 1,
        target: FuncIdx::from_u32(2),
        addend: -4,
    }];
    let first = CompiledFunction {
        code: vec![0xe8, 0, 0, 0, 0, 0xc3],
        alignment: 16,
        relocations,
        traps: vec![TrapSite {
            offset: 5,
            trap: Trap::UnreachableCodeReached,
        }],
        locations: vec![
            Location {
                code_offset: 0,
                wasm_offset: 100,
            },
            Location {
                code_offset: 5,
                wasm_offset: 101,
            },
        ],
        ..CompiledFunction::default()
    };
    let second = CompiledFunction {
        code: vec![0x90, 0xc3],
        alignment: 16,
        traps: vec![TrapSite {
            offset: 0,
            trap: Trap::NullReference,
        }],
        locations: vec![Location {
            code_offset: 1,
            wasm_offset: 200,
        }],
        ..CompiledFunction::default()
    };
    [first, second]
}

fn publish() -> Arc<CodeObject> {
    CodeObject::publish(Origin::Module(module(), 0..2), functions().into(), &publisher()).unwrap()
}

#[test]
fn addresses_lead_back() {
    let code = publish();
    let (first, second) = (code.address(0), code.address(1));
    assert!(second >= first + 6 && second.is_multiple_of(16));
    assert!(Arc::ptr_eq(&lookup(second).unwrap(), &code));
    let trap = |address| code.trap_at(address);
    assert_eq!(trap(first + 5), Some(Trap::UnreachableCodeReached));
    assert_eq!(
        (trap(first), trap(first + 4), trap(second)),
        (None, None, Some(Trap::NullReference))
    );
    let locate = |address| {
        let found = code.locate(address)?;
        assert_eq!(found.len(), 1);
        Some((found[0].function.as_u32(), found[0].offset))
    };
    assert_eq!(locate(first + 4), Some((1, Some(100))));
    assert_eq!(locate(first + 5), Some((1, Some(101))));
    assert_eq!(
        (locate(second), locate(second + 1)),
        (Some((2, None)), Some((2, Some(200))))
    );
    assert_eq!((locate(first + 6), locate(second + 2)), (None, None));
}

#[test]
fn distances_are_those_between_the_functions() {
    let functions = functions();
    let starts: Vec<_> = layout(&functions)
        .unwrap()
        .iter()
        .map(|range| range.start)
        .collect();
    assert_eq!(starts, [0, 16]);
    let mut code = vec![0; 32];
    relocate(&mut code, 0, 0, &functions[0], |target| {
        starts[target as usize - 1] as usize
    });
    // From the end of the place, at 5, to 16.
    assert_eq!(code[1..5], 11i32.to_le_bytes());
}

#[test]
fn code_that_is_dropped_is_not_found() {
    let code = publish();
    let address = code.address(0);
    drop(code);
    assert!(lookup(address).is_none_or(|other| other.address(0) == address));
}

/// A function that was published by itself is still the one that the module means.
#[test]
fn parts_of_a_module_keep_their_numbers() {
    let [_, second] = functions();
    let code = CodeObject::publish(Origin::Module(module(), 1..2), vec![second], &publisher()).unwrap();
    let found = code.locate(code.address(0) + 1).unwrap();
    assert_eq!((found[0].function.as_u32(), found[0].offset), (2, Some(200)));
    assert_eq!(code.functions("").next().unwrap().name, "wasm::function[2]");
}
