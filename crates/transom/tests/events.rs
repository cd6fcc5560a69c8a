//! What the library tells the `log` crate. A logger belongs to a whole process, so these tests have one of their own.

use std::sync::{Mutex, PoisonError};
use transom::error::Context as _;
use transom::*;

/// Keeps every event of Transom, as target, level and text.
struct Kept(Mutex<Vec<String>>);

static KEPT: Kept = Kept(Mutex::new(Vec::new()));

impl log::Log for Kept {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("transom::")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let event = format!("{} {}: {}", record.target(), record.level(), record.args());
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        }
    }

    fn flush(&self) {}
}

/// The events since the last call.
fn take() -> Vec<String> {
    std::mem::take(&mut *KEPT.0.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Whether there is an event that begins and ends so.
fn expect(events: &[String], begin: &str, end: &str) {
    let found = events
        .iter()
        .any(|event| event.starts_with(begin) && event.ends_with(end));
    assert!(found, "{begin} … {end}: {events:#?}");
}

const TEXT: &str = r#"(module $a\n
    (type $node (struct (field (ref null $node))))
    (memory 1 2)
    (table 1 funcref)
    (func $"evil\n\1b[31m" (export "trap") (unreachable))
    (func (export "grow") (result i32 i32 i32)
      (memory.grow (i32.const 1)) (memory.grow (i32.const 1))
      (table.grow (ref.null func) (i32.const 4)))
    (func (export "object") (drop (struct.new $node (ref.null $node))))
    (func (export "loop") (loop (br 0))))"#;

#[test]
fn events_are_told_under_the_targets_of_the_table() -> Result<()> {
    log::set_logger(&KEPT).map_err(|error| format_err!("{error}"))?;
    log::set_max_level(log::LevelFilter::Trace);
    let text = TEXT.replace("$a\\n", "$\"a\\n\"");
    let engine = Engine::new(
        Config::new()
            .gc_zeal(true)
            .parallel_compilation(false)
            .compilation(Strategy::Optimized),
    )?;
    let module = Module::new(&engine, &text)?;
    let mut events = take();
    expect(&events, "transom::module INFO: module `a\\n`: ", "s");
    expect(
        &events,
        "transom::compile INFO: module `a\\n`: 4 functions, ",
        "s",
    );
    expect(
        &events,
        "transom::compile TRACE: function 0 `evil\\n\\u{1b}[31m`: ",
        "s",
    );

    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let mut call = |name: &str| {
        let func = instance.get_func(&mut store, name).context("a function")?;
        let mut results = vec![Val::I32(0); func.ty(&store).results().len()];
        func.call(&mut store, &[], &mut results)
    };
    assert!(call("trap").is_err());
    call("grow")?;
    call("object")?;
    events.extend(take());
    expect(
        &events,
        "transom::instance INFO: instance of module `a\\n`; own memories: 1, own tables: 1",
        "imports: 0",
    );
    expect(&events, "transom::trap INFO: ", "");
    expect(
        &events,
        "transom::memory DEBUG: a memory grew from 65536 to 131072 bytes",
        "",
    );
    expect(
        &events,
        "transom::memory INFO: a memory of 131072 bytes cannot grow by 1 pages",
        "maximum",
    );
    expect(
        &events,
        "transom::table DEBUG: a table grew from 1 to 5 elements",
        "",
    );
    expect(
        &events,
        "transom::gc DEBUG: the nursery was collected in ",
        " after",
    );

    store.set_epoch_deadline(1);
    engine.increment_epoch();
    let func = instance.get_typed_func::<(), ()>(&mut store, "loop")?;
    assert!(func.call(&mut store, ()).is_err());
    events.extend(take());
    expect(
        &events,
        "transom::interrupt INFO: a program reached its epoch deadline",
        "",
    );

    let known = |event: &String| events::ALL.iter().any(|row| event.starts_with(row.target));
    assert!(events.iter().all(known), "{events:#?}");
    assert!(
        events.iter().all(|event| !event.contains(char::is_control)),
        "{events:#?}"
    );
    Ok(())
}
