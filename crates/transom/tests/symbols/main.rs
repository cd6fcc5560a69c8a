//! Files and lines in backtraces, from the debug information of programs that compilers made.

mod hostile;

use transom::{
    Config, Engine, Error, FrameInfo, FrameSymbol, Instance, Module, Result, Store, Trap, WasmBacktrace,
    WasmBacktraceDetails,
};

const DWARF4: &[u8] = include_bytes!("programs/dwarf4.wasm");
const DWARF5: &[u8] = include_bytes!("programs/dwarf5.wasm");
const LTO: &[u8] = include_bytes!("programs/lto.wasm");
const LINES: &[u8] = include_bytes!("programs/lines.wasm");
const SHAPES: &[u8] = include_bytes!("programs/shapes.wasm");

/// Runs a program until it traps.
fn trap(config: &Config, program: &[u8]) -> Result<Error> {
    let engine = Engine::new(config)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &Module::new(&engine, program)?, &[])?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    let error = run.call(&mut store, 9).expect_err("9 is too many");
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
    Ok(error)
}

#[test]
fn show() -> Result<()> {
    let mut config = Config::new();
    config.wasm_backtrace_details(WasmBacktraceDetails::Enable);
    for p in [DWARF4, DWARF5, LTO, LINES, SHAPES] {
        println!("{:?}", trap(&config, p)?);
    }
    Ok(())
}
