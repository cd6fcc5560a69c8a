//! The command line.
//!
//! Without a subcommand, suites run.

use crate::setup::Step;
use crate::suites::Suite;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Measures Transom beside other engines.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Suites to run; all of them if none is named.
    pub suites: Vec<Suite>,
    /// Engines to measure beside Transom, separated by commas; `none` measures Transom alone.
    #[arg(long, value_name = "LIST", default_value = "all")]
    pub peers: String,
    /// Few rounds and short programs: three minutes.
    #[arg(long)]
    pub quick: bool,
    /// Rounds, in place of those of each suite.
    #[arg(long, value_name = "N")]
    pub rounds: Option<usize>,
    /// Only subjects whose name contains this.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// The folder for results.json and results.html.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Earlier results: shows what has changed since, beyond noise.
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Subcommand)]
pub enum Command {
    /// Brings what is measured: engines, native programs, larger programs. Takes about half an hour, once.
    Setup {
        /// Only these steps.
        steps: Vec<Step>,
    },
    /// Makes docs/performance.md and its picture of results.
    Document {
        /// Results, as a run has written them.
        #[arg(value_name = "RESULTS.json")]
        results: PathBuf,
        /// The folder for both.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Makes the page of results once more.
    Page {
        /// Results, as a run has written them.
        #[arg(value_name = "RESULTS.json")]
        results: PathBuf,
        /// The file of HTML.
        #[arg(value_name = "FILE")]
        out: PathBuf,
    },
    /// Does one job and prints a report; the benchmark starts such processes.
    #[command(hide = true)]
    Child {
        #[arg(allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}
