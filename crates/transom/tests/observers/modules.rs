//! Facts about modules: functions in the machine code, resources.

use transom::*;

const PROGRAM: &str = r#"(module
    (import "host" "f" (func $f))
    (import "host" "memory" (memory 9))
    (import "host" "table" (table 9 funcref))
    (memory 3) (memory i64 5) (table 7 externref)
    (func $first (call $f))
    (func (drop (i32.const 1)))
    (func $last))"#;

#[test]
fn functions_are_where_they_say_in_the_text() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::new(Config::new().emit_clif(folder.path()))?;
    let module = Module::new(&engine, PROGRAM)?;
    let functions = module.functions();
    assert_eq!(functions.len(), 3);
    let functions: Vec<_> = functions.collect();
    let facts: Vec<_> = functions
        .iter()
        .map(|function| (function.index.as_u32(), function.name.as_deref()))
        .collect();
    assert_eq!(facts, [(1, Some("first")), (2, None), (3, Some("last"))]);
    let mut end = 0;
    for function in &functions {
        assert!(function.len > 0 && function.offset >= end);
        end = function.offset + function.len;
    }
    assert_eq!(end, module.text().len());
    // What the compiler has written of it; there are no distances to fill in.
    let last = &functions[2];
    let code = std::fs::read(folder.path().join("wasm-3-last.bin"))?;
    assert_eq!(&module.text()[last.offset..][..last.len], code);
    Ok(())
}

#[test]
fn functions_that_are_compiled_later_are_not_in_the_text() -> Result<()> {
    for strategy in [Strategy::Tiered, Strategy::Baseline] {
        let engine = Engine::new(Config::new().compilation(strategy))?;
        let module = Module::new(&engine, PROGRAM)?;
        assert!(module.text().is_empty());
        assert_eq!(module.functions().len(), 3);
        assert!(
            module
                .functions()
                .all(|function| (function.offset, function.len) == (0, 0))
        );
    }
    Ok(())
}

#[test]
fn required_resources_are_the_own_ones() -> Result<()> {
    let engine = Engine::default();
    let required = Module::new(&engine, PROGRAM)?.resources_required();
    assert_eq!(
        required,
        ResourcesRequired {
            num_memories: 2,
            max_initial_memory_size: Some(5),
            num_tables: 1,
            max_initial_table_size: Some(7),
        }
    );
    let none = Module::new(&engine, "(module)")?;
    let required = none.resources_required();
    assert_eq!((required.num_memories, required.num_tables), (0, 0));
    assert_eq!(
        (required.max_initial_memory_size, required.max_initial_table_size),
        (None, None)
    );
    none.initialize_copy_on_write_image()
}
