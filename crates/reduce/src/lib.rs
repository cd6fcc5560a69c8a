//! Reduces a module while a predicate holds. The result contains only what the predicate depends on.
//!
//! A reducer of our own, as what there is (`wasm-shrink` on `wasm-mutate`) picks its steps at random and refuses types that
//! are collected, which most of the modules have that are worth reducing.
//!
//! It is one mechanism from top to bottom. A pass lists changes of a module, such as all functions that might go or all
//! instructions that might give way to defaults (`passes`); the search tries them together, then in halves, quarters, and so
//! on, keeping what the predicate lets pass (`search`); and one encoder writes the module with the changes, finding
//! everywhere else what depends on them (`encode` and, for code, `rewrite`). It need not always succeed: the validator
//! has the last word, which costs little beside a predicate that starts an engine. Every step makes less of one measure
//! (`measure`), so the search comes to an end, and as each step is chosen by the module alone, reducing what is reduced
//! changes nothing.
//!
//! ```
//! use transom_reduce::{Bounds, reduce};
//! use transom_inspect::{Source, stats};
//!
//! let text = "(module (memory 9) (func (export \"f\") (param i32) (i32.store (local.get 0) (i32.const 5))))";
//! let source = Source::new("demo.wat", text);
//! let binary = source.binary()?;
//! let mut has_function = |binary: &[u8]| stats::stats(binary).is_ok_and(|stats| stats.functions.count == 1);
//! let reduced = reduce(&binary, &Bounds::default(), &mut has_function, &mut |_| ())?;
//! assert!(reduced.complete && reduced.instructions == 0);
//! # Ok::<(), transom_inspect::Error>(())
//! ```

#![forbid(unsafe_code)]

mod body;
mod encode;
mod expose;
mod immediates;
mod measure;
mod module;
mod passes;
mod plan;
mod remap;
mod rewrite;
mod search;
#[cfg(test)]
mod tests;
mod types;

pub use search::{Bounds, Progress};

use transom_inspect::{Error, Result, needs};
use wasmparser::WasmFeatures;

/// The result of a reduction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduced {
    /// The smallest module that was found.
    pub binary: Vec<u8>,
    /// The number of predicate calls.
    pub tried: u64,
    /// How many instructions its functions have; `else` and `end` belong to their blocks.
    pub instructions: usize,
    /// Whether nothing smaller was found, rather than a bound reached.
    pub complete: bool,
}

/// Reduces a module while a predicate holds.
///
/// The predicate is asked about valid modules only, which need no feature that the module doesn't need, each smaller than the
/// last that it held for, and no two of them equal. It is asked about the module itself first, encoded anew.
///
/// # Errors
///
/// The module is malformed or invalid, or the predicate doesn't hold for it.
pub fn reduce(
    binary: &[u8],
    bounds: &Bounds,
    keeps: &mut dyn FnMut(&[u8]) -> bool,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Reduced> {
    let features = features(binary)?;
    let again = encode::encode(&module::Module::read(binary, features)?, &plan::Plan::default());
    let again = again.map_err(|remap::Gone| Error::new("cannot re-encode this module"))?;
    needs::validate(&again, features)?;
    if !keeps(&again) {
        return Err(match keeps(binary) {
            true => Error::new("the property holds for the module, but not after re-encoding it"),
            false => Error::new("the property does not hold for the original module"),
        });
    }
    let mut search = search::Search::new(again, features, bounds, keeps, progress)?;
    let complete = search.run()?;
    let (binary, instructions, tried) = search.finish();
    Ok(Reduced {
        binary,
        tried,
        instructions,
        complete,
    })
}

/// What the module needs; everything, if it needs what has no name here.
fn features(binary: &[u8]) -> Result<WasmFeatures> {
    let Ok(needs) = needs::needs(binary) else {
        needs::validate(binary, WasmFeatures::all())?;
        return Ok(WasmFeatures::all());
    };
    match needs.is_empty() {
        true => needs::set("wasm1"),
        false => {
            let names: Vec<&str> = needs.iter().map(|need| need.feature.as_str()).collect();
            needs::set(&names.join(","))
        }
    }
}
