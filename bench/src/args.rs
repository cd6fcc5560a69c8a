//! The command line.
//!
//! Without a subcommand, suites run.

use crate::setup::Step;
use crate::suites::Suite;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Measures Transom and other engines.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Suites to run. Default: all.
    pub suites: Vec<Suite>,
    /// Engines to measure in addition to Transom, separated by commas. `none` measures Transom alone.
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub peers: String,
    /// Run few rounds of short programs: three minutes.
    #[arg(long)]
    pub quick: bool,
    /// Run N rounds of each suite. Default: the number that the suite defines.
    #[arg(long, value_name = "N")]
    pub rounds: Option<usize>,
    /// Measure only subjects whose name contains TEXT.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Write results.json and results.html to this folder. Default: `bench/results` in the target folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Show rows that changed by more than noise since these earlier results.
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Subcommand)]
pub enum Command {
    /// Installs engines, native programs and larger programs. Takes about half an hour, once.
    Setup {
        /// Steps to run. Default: all.
        steps: Vec<Step>,
    },
    /// Generates docs/performance.md and its picture from results.
    Document {
        /// The `results.json` of a run.
        #[arg(value_name = "RESULTS.json")]
        results: PathBuf,
        /// Write both to this folder. Default: the folder `docs`.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Generates the HTML page from results again.
    Page {
        /// The `results.json` of a run.
        #[arg(value_name = "RESULTS.json")]
        results: PathBuf,
        /// The HTML file to write.
        #[arg(value_name = "FILE")]
        out: PathBuf,
    },
    /// Runs one job and prints a report. The benchmark starts such processes.
    #[command(hide = true)]
    Child {
        #[arg(allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}
