//! `wasm_runtime_layer` with `wasmtime_runtime_layer` as its backend.

use wasm_runtime_layer::{Engine, Extern, Func, FuncType, Imports, Instance, Module, Store, Val, ValType};

#[test]
fn functions_memories_and_globals() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new(wasmtime_runtime_layer::Engine::new(wasmtime::Engine::default()));
    let mut store = Store::new(&engine, 5);
    let binary = wat::parse_str(
        r#"(module
            (import "host" "add" (func $add (param i32) (result i32)))
            (memory (export "memory") 1)
            (global (export "global") (mut i64) (i64.const 7))
            (func (export "run") (param i32) (result i32)
                (i32.store (i32.const 8) (call $add (local.get 0)))
                (i32.load (i32.const 8))))"#,
    )?;
    let module = Module::new(&engine, &binary[..])?;
    let ty = FuncType::new([ValType::I32], [ValType::I32]);
    let add = Func::new(&mut store, ty, |context, params, results| {
        let [Val::I32(value)] = params else {
            unreachable!("one parameter")
        };
        results[0] = Val::I32(value + *context.data());
        Ok(())
    });
    let mut imports = Imports::default();
    imports.define("host", "add", Extern::Func(add));
    let instance = Instance::new(&mut store, &module, &imports)?;
    let export = |name| instance.get_export(&store, name).ok_or("an export is missing");
    let run = export("run")?.into_func().ok_or("a function")?;
    let memory = export("memory")?.into_memory().ok_or("a memory")?;
    let global = export("global")?.into_global().ok_or("a global")?;
    let mut results = [Val::I32(0)];
    run.call(&mut store, &[Val::I32(37)], &mut results)?;
    assert_eq!(results, [Val::I32(42)]);
    let mut bytes = [0; 4];
    memory.read(&store, 8, &mut bytes)?;
    assert_eq!(bytes, 42_i32.to_le_bytes());
    global.set(&mut store, Val::I64(8))?;
    assert_eq!(global.get(&mut store), Val::I64(8));
    Ok(())
}
