//! A heap's limit is one of the memory that the process takes for it. The only test of its process, which is measured.

use transom::*;

const MAKE: &str = r#"(module
    (type $node (struct (field (ref null $node)) (field i64) (field i64)))
    (global $list (mut (ref null $node)) (ref.null $node))
    (func (export "make") (param $n i32)
        (loop $again
            (global.set $list (struct.new $node (global.get $list) (i64.const 0) (i64.const 0)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;

/// Bytes of this process that are in memory now.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: usize = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .expect("a number");
    pages * 4096
}

#[test]
fn a_heap_takes_no_more_memory_than_its_limit() -> Result<()> {
    const LIMIT: usize = 64 << 20;
    // Side tables, the collector's own lists, and the compiler's memory.
    const CONSTANT: usize = 24 << 20;
    let engine = Engine::default();
    let module = Module::new(&engine, MAKE)?;
    let before = resident();
    let mut store = Store::new(&engine, StoreLimitsBuilder::new().gc_heap_size(LIMIT).build());
    store.limiter(|limits| limits);
    let instance = Instance::new(&mut store, &module, &[])?;
    let make = instance.get_typed_func::<i32, ()>(&mut store, "make")?;
    let mut most = 0;
    while make.call(&mut store, 10_000).is_ok() {
        most = most.max(resident());
    }
    most = most.max(resident());
    assert!(most < before + LIMIT + CONSTANT, "{} MB", (most - before) >> 20);
    let live = store.heap_statistics().expect("it has a heap").old_bytes as usize;
    assert!(live > LIMIT / 3, "{} MB of objects", live >> 20);
    Ok(())
}
