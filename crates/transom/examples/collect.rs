//! Runs an exported function of a module and reports what the collector did.
#![allow(clippy::unwrap_used)]
fn main() -> transom::Result<()> {
    let mut args = std::env::args().skip(1);
    let file = args.next().unwrap();
    let n: i32 = args.next().unwrap().parse()?;
    let mut config = transom::Config::new();
    config
        .wasm_gc(true)
        .wasm_function_references(true)
        .wasm_exceptions(true);
    if std::env::var("ZEAL").is_ok() {
        config.gc_zeal(true);
    }
    if let Ok(n) = std::env::var("NURSERY") {
        let v: Vec<u32> = n.split(',').map(|x| x.parse::<u32>().unwrap() << 10).collect();
        config.gc_nursery_size(v[0], v[1]);
    }
    let engine = transom::Engine::new(&config)?;
    let module = transom::Module::from_file(&engine, &file)?;
    let mut store = transom::Store::new(&engine, ());
    let instance = transom::Instance::new(&mut store, &module, &[])?;
    let export = args.next().unwrap_or("run".into());
    let run = instance.get_typed_func::<i32, i32>(&mut store, &export)?;
    for _ in 0..2 {
        let begun = std::time::Instant::now();
        let result = run.call(&mut store, n)?;
        println!("{export}({n}) = {result} in {:?}", begun.elapsed());
    }
    if let Some(s) = store.heap_statistics() {
        println!(
            "nursery {}K old {}M large {}M live {}M alloc {}M promoted {}M",
            s.nursery_bytes >> 10,
            s.old_bytes >> 20,
            s.large_bytes >> 20,
            s.live_bytes >> 20,
            s.allocated_bytes >> 20,
            s.promoted_bytes >> 20
        );
        for (n, p) in [("minor", &s.minor), ("full", &s.full)] {
            println!(
                "{n}: {} total {:?} max {:?} p50 {:?} p99 {:?}",
                p.count,
                p.total,
                p.max,
                p.percentile(50),
                p.percentile(99)
            );
        }
    }
    Ok(())
}
