//! Files and lines of a profile, in its JSON: the library that writes profiles has no means for them.
//!
//! A frame gets the line in the function that the module has, as it has that function's name; functions that the module's compiler
//! inlined there have no frames of their own. A function's file is that of its first frame with one. The tables are written by the
//! library, so what is not as expected is left as it is.

use crate::Module;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The time that lookups may take together. Each takes microseconds, unless somebody has made debug information for that.
const TIME: Duration = Duration::from_secs(10);

/// Adds files and lines to the frames of modules with debug information, given by the ids of their libraries.
pub fn add(profile: &mut Value, modules: &HashMap<String, &Module>) {
    let libraries: Vec<Option<&Module>> = items(&profile["libs"])
        .map(|library| modules.get(library["breakpadId"].as_str()?).copied())
        .collect();
    let Some(threads) = profile["threads"].as_array_mut() else {
        return;
    };
    let end = Instant::now() + TIME;
    for thread in threads {
        let mut files = HashMap::new();
        for frame in 0..items(&thread["frameTable"]["address"]).count() {
            if Instant::now() >= end {
                return;
            }
            let _unknown = add_to_frame(thread, frame, (&libraries, &mut files));
        }
    }
}

fn items(column: &Value) -> impl Iterator<Item = &Value> {
    column.as_array().into_iter().flatten()
}

/// Adds what is known of a frame. `None` if nothing is.
fn add_to_frame(
    thread: &mut Value,
    frame: usize,
    (libraries, files): (&[Option<&Module>], &mut HashMap<String, usize>),
) -> Option<()> {
    let address = position(&thread["frameTable"]["address"][frame])?;
    let function = position(&thread["frameTable"]["func"][frame])?;
    let resource = position(&thread["funcTable"]["resource"][function])?;
    let library = position(&thread["resourceTable"]["lib"][resource])?;
    let module = (*libraries.get(library)?)?;
    let symbols = module.description().symbols(address);
    let symbol = symbols.last()?;
    set(&mut thread["frameTable"]["line"], frame, json!(symbol.line()));
    set(&mut thread["frameTable"]["column"], frame, json!(symbol.column()));
    if thread["funcTable"]["fileName"].get(function)?.is_null() {
        let file = symbol.file()?;
        let strings = thread["stringArray"].as_array_mut()?;
        let known = *files.entry(file.to_owned()).or_insert_with(|| {
            strings.push(json!(file));
            strings.len() - 1
        });
        set(&mut thread["funcTable"]["fileName"], function, json!(known));
    }
    Some(())
}

fn set(column: &mut Value, row: usize, value: Value) {
    if let Some(cell) = column.get_mut(row) {
        *cell = value;
    }
}

/// A number that is no negative one: those stand for nothing.
fn position(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok()
}
