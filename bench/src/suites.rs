//! The suites: each says what it is about, on which peers, and what it measures.

mod answer;
mod calls;
mod cold;
mod compile;
mod components;
mod gc;
mod instantiate;
mod interrupt;
mod steady;
mod wasi;

use crate::peers::Peer;
use crate::subject::Subject;
use crate::world::World;
use anyhow::Result;
use clap::ValueEnum;

/// A suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// Whole processes up to their first output.
    Cold,
    /// Time from bytes to result: compiling and running.
    Answer,
    /// Kernels after warm-up.
    Steady,
    /// Speed and memory of compilers.
    Compile,
    /// Calls across every boundary.
    Calls,
    /// Instances: one after another, and ten thousand at once.
    Instantiate,
    /// Programs with garbage-collected objects.
    Gc,
    /// The cost of interruption and of fuel.
    Interrupt,
    /// Calls of WASI, and files.
    Wasi,
    /// Calls across the boundaries of components, and instances of them.
    Components,
}

impl Suite {
    pub fn name(self) -> String {
        let value = self.to_possible_value().expect("no suite is hidden");
        value.get_name().to_owned()
    }

    /// What the rows are, for people.
    pub fn about(self) -> &'static str {
        match self {
            Suite::Cold => cold::ABOUT,
            Suite::Answer => answer::ABOUT,
            Suite::Steady => steady::ABOUT,
            Suite::Compile => compile::ABOUT,
            Suite::Calls => calls::ABOUT,
            Suite::Instantiate => instantiate::ABOUT,
            Suite::Gc => gc::ABOUT,
            Suite::Interrupt => interrupt::ABOUT,
            Suite::Wasi => wasi::ABOUT,
            Suite::Components => components::ABOUT,
        }
    }

    /// What is measured.
    ///
    /// # Errors
    ///
    /// A module can't be made, or a folder.
    pub fn subjects(self, world: &World) -> Result<Vec<Subject>> {
        match self {
            Suite::Cold => cold::subjects(world),
            Suite::Answer => Ok(answer::subjects(world)),
            Suite::Steady => Ok(steady::subjects(world)),
            Suite::Compile => Ok(compile::subjects(world)),
            Suite::Calls => calls::subjects(world),
            Suite::Instantiate => instantiate::subjects(world),
            Suite::Gc => gc::subjects(world),
            Suite::Interrupt => Ok(interrupt::subjects(world)),
            Suite::Wasi => wasi::subjects(world),
            Suite::Components => components::subjects(world),
        }
    }

    /// The peers that the suite is about, of those wanted.
    pub fn peers(self, wanted: &[&'static Peer]) -> Vec<&'static Peer> {
        let without: &[&str] = match self {
            Suite::Cold | Suite::Steady => &["pooled", "pooling"],
            Suite::Answer | Suite::Compile | Suite::Calls | Suite::Gc | Suite::Interrupt => {
                &["pooled", "pooling", "native"]
            }
            Suite::Instantiate => &["winch", "singlepass", "native"],
            Suite::Components => &[
                "pooled",
                "winch",
                "pooling",
                "wasmer",
                "singlepass",
                "wasmi",
                "liftoff",
                "v8",
                "jsc",
                "native",
            ],
            Suite::Wasi => &["pooled", "winch", "pooling", "singlepass"],
        };
        wanted
            .iter()
            .copied()
            .filter(|peer| !without.contains(&peer.id))
            .collect()
    }

    /// Rounds in usual and in quick runs, and the seconds that a run may take in each.
    pub fn rounds(self, quick: bool) -> (usize, u64) {
        match (self, quick) {
            (Suite::Cold, false) => (5, 240),
            (Suite::Compile, false) => (3, 120),
            (Suite::Answer | Suite::Interrupt, false) => (3, 20),
            (_, false) => (3, 60),
            (Suite::Cold, true) => (2, 20),
            (_, true) => (1, 10),
        }
    }
}
