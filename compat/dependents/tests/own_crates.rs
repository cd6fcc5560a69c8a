//! Wasmtime's crates for its command's options (`wasmtime-cli-flags`) and for bindings in memory (`wiggle`).

use wasmtime::Result;
use wasmtime_cli_flags::CommonOptions;
use wiggle::{GuestMemory, GuestPtr};

#[test]
fn options_become_a_configuration() -> Result<()> {
    let mut options = CommonOptions::new();
    options.wasm.fuel = Some(1000);
    options.wasm.max_wasm_stack = Some(1 << 18);
    options.opts.memory_reservation = Some(1 << 20);
    let engine = wasmtime::Engine::new(&options.config(None)?)?;
    assert_eq!(engine.get_max_wasm_stack(), 1 << 18);
    assert_eq!(engine.get_memory_reservation(), 1 << 20);
    assert!(engine.get_consume_fuel());
    Ok(())
}

#[test]
fn values_in_memory() -> Result<(), Box<dyn std::error::Error>> {
    let mut bytes = [0; 64];
    let mut memory = GuestMemory::Unshared(&mut bytes);
    memory.write(GuestPtr::<u32>::new(8), 0x0102_0304)?;
    assert_eq!(memory.read(GuestPtr::<u8>::new(8))?, 4);
    assert!(memory.read(GuestPtr::<u64>::new(60)).is_err());
    Ok(())
}
