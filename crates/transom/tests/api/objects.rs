//! Stores, modules, memories, tables and globals.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

#[test]
fn a_store_has_data() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, vec![1]);
    let push = Func::wrap(&mut store, |mut caller: Caller<'_, Vec<i32>>, x: i32| {
        caller.data_mut().push(x)
    });
    push.typed::<i32, ()>(&store)?.call(&mut store, 2)?;
    store.data_mut().push(3);
    assert_eq!(store.data(), &[1, 2, 3]);
    assert!(Engine::same(store.engine(), &engine));
    assert_eq!(store.into_data(), [1, 2, 3]);
    Ok(())
}

/// What the host holds is dropped with the store, once.
#[test]
fn closures_and_references_are_dropped_with_their_store() -> Result<()> {
    let count = std::sync::Arc::new(());
    let engine = Engine::default();
    let mut store = Store::new(&engine, count.clone());
    let (in_wrap, in_new) = (count.clone(), count.clone());
    Func::wrap(&mut store, move || drop(in_wrap.clone()));
    Func::new(&mut store, FuncType::new(&engine, [], []), move |_, _, _| {
        let _ = &in_new;
        Ok(())
    });
    ExternRef::new(&mut store, count.clone())?;
    assert_eq!(std::sync::Arc::strong_count(&count), 5);
    drop(store);
    assert_eq!(std::sync::Arc::strong_count(&count), 1);
    let mut linker: Linker<()> = Linker::new(&engine);
    let in_linker = count.clone();
    linker.func_wrap("", "f", move || drop(in_linker.clone()))?;
    let module = Module::new(&engine, r#"(module (import "" "f" (func)))"#)?;
    let pre = linker.instantiate_pre(&module)?;
    drop(linker);
    let mut store = Store::new(&engine, ());
    pre.instantiate(&mut store)?;
    drop(pre);
    assert_eq!(std::sync::Arc::strong_count(&count), 2);
    drop(store);
    assert_eq!(std::sync::Arc::strong_count(&count), 1);
    Ok(())
}

#[test]
fn a_memory_is_read_written_and_grown() -> Result<()> {
    let mut store = Store::new(&Engine::default(), 7);
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(3)))?;
    assert_eq!(
        (
            memory.size(&store),
            memory.data_size(&store),
            memory.page_size(&store)
        ),
        (1, 65536, 65536)
    );
    memory.write(&mut store, 65534, &[1, 2])?;
    assert!(memory.write(&mut store, 65535, &[3, 4]).is_err());
    assert!(memory.write(&mut store, usize::MAX, &[3]).is_err());
    let mut buffer = [9; 2];
    memory.read(&store, 65534, &mut buffer)?;
    assert_eq!(buffer, [1, 2]);
    assert!(memory.read(&store, 65535, &mut buffer).is_err());
    assert!(memory.read(&store, usize::MAX - 1, &mut buffer).is_err());
    memory.read(&store, 65536, &mut [])?;
    assert_eq!(buffer, [1, 2]);
    assert_eq!(memory.grow(&mut store, 2)?, 1);
    assert!(memory.grow(&mut store, 1).is_err());
    assert!(memory.grow(&mut store, u64::MAX).is_err());
    assert_eq!(memory.grow(&mut store, 0)?, 3);
    let (bytes, data) = memory.data_and_store_mut(&mut store);
    bytes[0] = *data;
    *data += 1;
    assert_eq!((memory.data(&store)[0], *store.data()), (7, 8));
    let ty = memory.ty(&store);
    assert_eq!(
        (ty.minimum(), ty.maximum(), ty.is_64(), ty.is_shared()),
        (3, Some(3), false, false)
    );
    let wide = Memory::new(&mut store, MemoryType::new64(0, None))?;
    assert!(wide.ty(&store).is_64() && wide.data(&store).is_empty());
    assert_eq!(wide.grow(&mut store, 5)?, 0);
    Ok(())
}

#[test]
fn memory_types_are_checked_when_they_are_built() {
    let build = |edit: &dyn Fn(&mut MemoryTypeBuilder)| {
        let mut builder = MemoryTypeBuilder::default();
        edit(&mut builder);
        builder.build().is_ok()
    };
    assert!(build(&|ty| _ = ty.min(65536)));
    assert!(!build(&|ty| _ = ty.min(65537)));
    assert!(!build(&|ty| _ = ty.min(2).max(Some(1))));
    assert!(build(&|ty| _ = ty.memory64(true).min(1 << 48)));
    assert!(!build(&|ty| _ = ty.memory64(true).min((1 << 48) + 1)));
    assert!(build(
        &|ty| _ = ty.page_size_log2(0).max(Some(u64::from(u32::MAX)))
    ));
    assert!(!build(&|ty| _ = ty.page_size_log2(3)));
    assert!(!build(&|ty| _ = ty.shared(true)));
}

#[test]
fn a_table_is_read_written_grown_and_copied() -> Result<()> {
    let mut store = Store::new(&Engine::default(), ());
    let f = Func::wrap(&mut store, || 1);
    let g = Func::wrap(&mut store, || 2);
    let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 2, Some(6)), f.into())?;
    let at = |store: &mut Store<()>, table: &Table, index| {
        table
            .get(store, index)
            .map(|value| value.as_func().flatten().copied())
    };
    assert_eq!(at(&mut store, &table, 1), Some(Some(f)));
    assert_eq!(at(&mut store, &table, 2), None);
    assert_eq!(at(&mut store, &table, u64::MAX), None);
    table.set(&mut store, 0, Ref::Func(None))?;
    assert_eq!(at(&mut store, &table, 0), Some(None));
    expect_trap(table.set(&mut store, 2, f.into()), Trap::TableOutOfBounds);
    assert!(table.set(&mut store, 0, Ref::Extern(None)).is_err());
    assert_eq!(table.grow(&mut store, 3, g.into())?, 2);
    assert!(table.grow(&mut store, 2, g.into()).is_err());
    assert!(table.grow(&mut store, u64::MAX, g.into()).is_err());
    assert_eq!(
        (table.size(&store), at(&mut store, &table, 4)),
        (5, Some(Some(g)))
    );
    let other = Table::new(
        &mut store,
        TableType::new(RefType::FUNCREF, 5, None),
        Ref::Func(None),
    )?;
    Table::copy(&mut store, &other, 1, &table, 1, 4)?;
    let copied: Vec<_> = (0..5).map(|index| at(&mut store, &other, index)).collect();
    assert_eq!(
        copied,
        [
            Some(None),
            Some(Some(f)),
            Some(Some(g)),
            Some(Some(g)),
            Some(Some(g))
        ]
    );
    expect_trap(
        Table::copy(&mut store, &other, 2, &table, 1, 4),
        Trap::TableOutOfBounds,
    );
    expect_trap(
        Table::copy(&mut store, &other, 0, &table, u64::MAX, 2),
        Trap::TableOutOfBounds,
    );
    Table::copy(&mut store, &other, 0, &other, 1, 4)?;
    assert_eq!(at(&mut store, &other, 0), Some(Some(f)));
    other.fill(&mut store, 3, f.into(), 2)?;
    expect_trap(other.fill(&mut store, 3, f.into(), 3), Trap::TableOutOfBounds);
    assert_eq!(at(&mut store, &other, 4), Some(Some(f)));
    let externs = Table::new(
        &mut store,
        TableType::new(RefType::EXTERNREF, 1, None),
        Ref::Extern(None),
    )?;
    assert!(Table::copy(&mut store, &externs, 0, &other, 0, 1).is_err());
    assert!(Table::new(&mut store, TableType::new(RefType::EXTERNREF, 1, None), f.into()).is_err());
    let strict = RefType::new(false, HeapType::Func);
    assert!(
        Table::new(
            &mut store,
            TableType::new(strict.clone(), 1, None),
            Ref::Func(None)
        )
        .is_err()
    );
    let strict = Table::new(&mut store, TableType::new64(strict, 1, None), f.into())?;
    assert!(strict.ty(&store).is_64() && strict.set(&mut store, 0, Ref::Func(None)).is_err());
    Table::copy(&mut store, &other, 0, &strict, 0, 1)?;
    assert!(Table::copy(&mut store, &strict, 0, &other, 0, 1).is_err());
    Ok(())
}

#[test]
fn globals_of_every_type() -> Result<()> {
    let mut store = Store::new(&Engine::default(), ());
    let f = Func::wrap(&mut store, || ());
    let reference = ExternRef::new(&mut store, 3)?;
    let values: Vec<(&str, Val)> = vec![
        ("i32", Val::I32(-5)),
        ("i64", Val::I64(i64::MIN)),
        ("f32", Val::F32(0x7fa0_0001)),
        ("f64", Val::F64(0xfff4_0000_0000_0001)),
        ("v128", Val::V128(V128::from(u128::MAX - 5))),
        ("funcref", f.into()),
        ("externref", reference.into()),
        ("funcref", Val::FuncRef(None)),
        ("externref", Val::ExternRef(None)),
    ];
    for (name, value) in values {
        let ty = value.ty(&store)?;
        let wide = match &ty {
            ValType::Ref(ty) => ValType::Ref(RefType::new(true, ty.heap_type().top())),
            other => other.clone(),
        };
        let constant = Global::new(
            &mut store,
            GlobalType::new(wide.clone(), Mutability::Const),
            value,
        )?;
        let zero = Val::default_for_ty(&wide).context("there is one")?;
        let variable = Global::new(&mut store, GlobalType::new(wide, Mutability::Var), zero)?;
        assert!(constant.set(&mut store, value).is_err());
        let module = Module::new(
            store.engine(),
            format!(
                r#"(module (import "" "c" (global $c {name})) (import "" "v" (global $v (mut {name})))
                    (global (export "own") (mut {name}) (global.get $c))
                    (func (export "run") (global.set $v (global.get $c))))"#
            ),
        )?;
        let instance = Instance::new(&mut store, &module, &[constant.into(), variable.into()])?;
        let own = instance.get_global(&store, "own").context("exported")?;
        call(&mut store, instance, "run", &[])?;
        for global in [constant, variable, own] {
            let found = global.get(&mut store);
            assert_eq!(show(&store, &[found]), show(&store, &[value]));
        }
        own.set(&mut store, zero)?;
        assert_eq!(format!("{:?}", own.get(&mut store)), format!("{zero:?}"));
        assert_eq!(own.ty(&store).mutability(), Mutability::Var);
    }
    Ok(())
}

#[test]
fn a_module_tells_what_it_imports_and_exports() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module $name
            (import "a" "f" (func (param i32) (result f64)))
            (import "a" "m" (memory i64 1 2))
            (import "b" "t" (table 3 externref))
            (import "b" "g" (global (mut v128)))
            (export "again" (func 0))
            (memory (export "m") 4)
            (func (export "") (result i32) (i32.const 1)))"#,
    )?;
    assert_eq!(module.name(), Some("name"));
    let imports: Vec<String> = module
        .imports()
        .map(|import| format!("{}.{}: {:?}", import.module(), import.name(), import.ty()))
        .collect();
    assert_eq!(imports.len(), 4);
    assert!(
        imports[0].starts_with("a.f: Func((func (param i32) (result f64)))"),
        "{}",
        imports[0]
    );
    let exports: Vec<String> = module.exports().map(|export| export.name().to_owned()).collect();
    assert_eq!(exports, ["again", "m", ""]);
    assert_eq!(
        module
            .get_export("m")
            .and_then(|ty| ty.memory().map(MemoryType::minimum)),
        Some(4)
    );
    assert!(module.get_export("x").is_none() && module.get_export_index("x").is_none());
    assert!(Module::same(&module, &module.clone()));
    let (mut store, instance) = instance_in(
        &engine,
        r#"(module (func (export "f") (result i32) (i32.const 9)))"#,
    )?;
    let index = instance
        .module(&store)
        .get_export_index("f")
        .context("exported")?;
    let found = instance
        .get_module_export(&store, &index)
        .and_then(Extern::into_func)
        .context("found")?;
    assert_eq!(call_func(&mut store, found, &[])?[0].unwrap_i32(), 9);
    let other = module.get_export_index("m").context("exported")?;
    assert!(instance.get_module_export(&store, &other).is_none());
    assert_eq!(instance.exports(&mut store).len(), 1);
    Ok(())
}

#[test]
fn modules_come_from_text_binaries_and_files() -> Result<()> {
    let engine = Engine::default();
    let text = r#"(module (func (export "f") (result i32) (i32.const 3)))"#;
    let binary = wat::parse_str(text)?;
    let folder = std::env::temp_dir().join(format!("transom-api-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (text_file, binary_file) = (folder.join("a.wat"), folder.join("a.wasm"));
    std::fs::write(&text_file, text)?;
    std::fs::write(&binary_file, &binary)?;
    let modules = [
        Module::new(&engine, text),
        Module::new(&engine, &binary),
        Module::from_binary(&engine, &binary),
        Module::from_file(&engine, &text_file),
        Module::from_file(&engine, &binary_file),
    ];
    let missing = Module::from_file(&engine, folder.join("missing.wasm"));
    let not_text = Module::from_binary(&engine, text.as_bytes());
    std::fs::remove_dir_all(&folder)?;
    for module in modules {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module?, &[])?;
        assert_eq!(number(&mut store, instance, "f", &[])?, 3);
    }
    assert!(missing.is_err() && not_text.is_err());
    Module::validate(&engine, &binary)?;
    assert!(Module::validate(&engine, &binary[..binary.len() - 1]).is_err());
    Ok(())
}

/// What a proposal brings is rejected where it is off.
#[test]
fn features_can_be_turned_off() -> Result<()> {
    type Switch = fn(&mut Config, bool) -> &mut Config;
    let cases: [(Switch, &str); 9] = [
        (Config::wasm_simd, "(module (func (drop (v128.const i64x2 0 0))))"),
        (Config::wasm_tail_call, "(module (func $f (return_call $f)))"),
        (Config::wasm_multi_memory, "(module (memory 1) (memory 1))"),
        (Config::wasm_memory64, "(module (memory i64 1))"),
        (
            Config::wasm_extended_const,
            "(module (global i32 (i32.add (i32.const 1) (i32.const 1))))",
        ),
        (
            Config::wasm_multi_value,
            "(module (func (result i32 i32) (i32.const 1) (i32.const 1)))",
        ),
        (
            Config::wasm_bulk_memory,
            "(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))",
        ),
        (
            Config::wasm_wide_arithmetic,
            "(module (func (param i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 0))))",
        ),
        (Config::wasm_custom_page_sizes, "(module (memory 1 (pagesize 1)))"),
    ];
    for (switch, text) in cases {
        for on in [true, false] {
            let mut config = Config::new();
            switch(&mut config, on);
            if !on {
                // What builds on others goes with them.
                config.wasm_relaxed_simd(false);
            }
            let module = Module::new(&Engine::new(&config)?, text);
            assert_eq!(module.is_ok(), on, "{text}: {:?}", module.err());
        }
    }
    Ok(())
}
