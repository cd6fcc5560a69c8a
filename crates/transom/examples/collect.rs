//! Calls an exported function of a module twice, and reports what the collector did:
//! `cargo run --release -p transom --example collect FILE NUMBER [EXPORT]`.

use std::time::Instant;
use transom::error::Context as _;
use transom::*;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("a module is missing")?;
    let number: i32 = arguments.next().context("a number is missing")?.parse()?;
    let export = arguments.next().unwrap_or_else(|| "run".to_owned());
    let engine = Engine::default();
    let module = Module::from_file(&engine, &file)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<i32, i32>(&mut store, &export)?;
    for _ in 0..2 {
        let begun = Instant::now();
        let result = run.call(&mut store, number)?;
        println!("{export}({number}) = {result} in {:?}", begun.elapsed());
    }
    let Some(statistics) = store.heap_statistics() else {
        println!("no heap was needed");
        return Ok(());
    };
    println!(
        "nursery {} KiB, old {} MiB, large {} MiB; {} MiB made, {} MiB survived the nursery",
        statistics.nursery_bytes >> 10,
        statistics.old_bytes >> 20,
        statistics.large_bytes >> 20,
        statistics.allocated_bytes >> 20,
        statistics.promoted_bytes >> 20,
    );
    for (name, pauses) in [("nursery", &statistics.minor), ("whole heap", &statistics.full)] {
        println!(
            "{name}: {} collections, {:?} in all, median {:?}, 99 % {:?}, longest {:?}",
            pauses.count,
            pauses.total,
            pauses.percentile(50),
            pauses.percentile(99),
            pauses.max
        );
    }
    Ok(())
}
