//! `--stats`: the times and memory of a run, as a table on standard error.

use crate::failure::Failure;
use crate::output::note;
use std::fmt::Write;
use std::time::{Duration, Instant};
use transom::{Module, ModuleStatistics, Store, TierUpStatistics};

/// The times of a run as they become known.
#[derive(Default)]
pub struct Times {
    pub instantiate: Duration,
    pub run: Duration,
}

/// Calls a function and measures its time.
pub fn timed<R>(time: &mut Duration, work: impl FnOnce() -> R) -> R {
    let start = Instant::now();
    let done = work();
    *time += start.elapsed();
    done
}

/// The statistics of several modules together.
pub fn total<'a>(modules: impl IntoIterator<Item = &'a Module>) -> ModuleStatistics {
    let mut total = ModuleStatistics::default();
    for module in modules {
        let made = module.statistics();
        total.decode += made.decode;
        total.validate += made.validate;
        total.compile += made.compile;
        total.functions += made.functions;
        total.binary_size += made.binary_size;
        total.code_size += made.code_size;
        total.compiled_functions += made.compiled_functions;
        total.compile_on_call += made.compile_on_call;
        total.tier_up.time += made.tier_up.time;
        total.tier_up.functions += made.tier_up.functions;
        total.tier_up.loops += made.tier_up.loops;
        total.tier_up.failures += made.tier_up.failures;
        total.tier_up.replacements += made.tier_up.replacements;
        total.tier_up.inlined_calls += made.tier_up.inlined_calls;
    }
    total
}

/// Prints the statistics of a finished run: of its modules, and of its store.
pub fn print<T: 'static>(made: &ModuleStatistics, store: &Store<T>, times: &Times) -> Result<(), Failure> {
    let mut text = String::new();
    let mut row = |name: &str, value: String, note: String| {
        // Writing to a string can't fail.
        let _ = writeln!(text, "{name:>12}  {value:>10}  {note}");
    };
    let functions = format!("{} functions", made.functions);
    row(
        "parse",
        time(made.decode),
        format!("{} of WebAssembly", size(made.binary_size as u64)),
    );
    row("validate", time(made.validate), functions);
    let code = format!("{} of machine code", size(made.code_size as u64));
    if made.compiled_functions < made.functions || made.compile_on_call > Duration::ZERO {
        let called = count(made.compiled_functions, "function", "functions");
        row(
            "compile",
            time(made.compile + made.compile_on_call),
            format!("{called} when first called, {code}"),
        );
    } else {
        row("compile", time(made.compile), code);
    }
    if made.tier_up.time > Duration::ZERO {
        row("optimise", time(made.tier_up.time), optimized(&made.tier_up));
    }
    row("instantiate", time(times.instantiate), String::new());
    row("run", time(times.run), fuel(store));
    let held = store.statistics();
    row(
        "memory",
        size(held.memory_bytes),
        count(held.memories, "memory", "memories"),
    );
    let taken = store.memory_usage();
    row("", size(taken.memories), "of it written".to_owned());
    if held.table_elements > 0 {
        let tables = count(held.tables, "table", "tables");
        row(
            "tables",
            held.table_elements.to_string(),
            format!("elements of {tables}"),
        );
    }
    if let Some(heap) = store.heap_statistics().filter(|heap| heap.allocated_bytes > 0) {
        let note = format!(
            "of objects allocated, {} live after the last full collection",
            size(heap.live_bytes)
        );
        row("gc heap", size(heap.allocated_bytes), note);
        for (name, pauses) in [("nursery", &heap.minor), ("full", &heap.full)] {
            let note = format!(
                "{name} collections: {} in total, {} for the longest",
                time(pauses.total),
                time(pauses.max)
            );
            row("", pauses.count.to_string(), note);
        }
    }
    note(text)
}

/// What was compiled once more.
fn optimized(made: &TierUpStatistics) -> String {
    let mut text = format!(
        "{} and {} that ran often, entered while they ran: {}",
        count(made.functions, "function", "functions"),
        count(made.loops, "loop", "loops"),
        made.replacements
    );
    if made.inlined_calls > 0 {
        // Writing to a string can't fail.
        let _ = write!(text, ", calls inlined as seen: {}", made.inlined_calls);
    }
    if made.failures > 0 {
        let _ = write!(text, ", failed: {}", made.failures);
    }
    text
}

fn fuel<T: 'static>(store: &Store<T>) -> String {
    store
        .get_fuel()
        .map_or_else(|_| String::new(), |fuel| format!("{fuel} fuel left"))
}

fn count(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        ..1e-3 => format!("{:.1} µs", seconds * 1e6),
        1e-3..1.0 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        ..1e3 => format!("{bytes} B"),
        1e3..1e6 => format!("{:.1} kB", bytes / 1e3),
        1e6..1e9 => format!("{:.1} MB", bytes / 1e6),
        _ => format!("{:.2} GB", bytes / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_units() {
        assert_eq!(time(Duration::from_nanos(1500)), "1.5 µs");
        assert_eq!(time(Duration::from_millis(15)), "15.0 ms");
        assert_eq!(time(Duration::from_millis(1500)), "1.50 s");
        assert_eq!(
            (size(999), size(65_536)),
            ("999 B".to_owned(), "65.5 kB".to_owned())
        );
        assert_eq!(
            (size(69_000_000), size(4 << 30)),
            ("69.0 MB".to_owned(), "4.29 GB".to_owned())
        );
    }
}
