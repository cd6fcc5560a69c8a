//! What a process that runs a program is told, and what it answers: JSON, the same for all engines.

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// An export, its argument, and how often it is called.
pub type Planned = (String, i32, usize);

/// What came of one line of the plan.
#[derive(Default)]
pub struct Called {
    /// How long each call took.
    pub seconds: Vec<f64>,
    /// What each call returned.
    pub results: Vec<i32>,
}

/// What came of a plan.
pub struct Report {
    /// Seconds from bytes to an instance.
    pub compile: f64,
    pub calls: Vec<Called>,
    /// The most memory that the process had, in bytes.
    pub peak: u64,
}

/// The plan as the process is told it.
pub fn plan_text(plan: &[Planned]) -> String {
    json!(plan).to_string()
}

/// Reads a plan.
///
/// # Errors
///
/// It is none.
pub fn read_plan(text: &str) -> Result<Vec<Planned>> {
    let plan: Value = serde_json::from_str(text)?;
    let planned = |line: &Value| -> Option<Planned> {
        Some((
            line[0].as_str()?.to_owned(),
            line[1].as_i64()? as i32,
            line[2].as_u64()? as usize,
        ))
    };
    let lines = plan.as_array().context("a plan is a list")?;
    lines
        .iter()
        .map(|line| planned(line).context("a line is an export, an argument and a number"))
        .collect()
}

impl Report {
    /// The report as the process writes it.
    pub fn text(&self) -> String {
        let called = |call: &Called| json!({"seconds": call.seconds, "results": call.results});
        let calls: Vec<Value> = self.calls.iter().map(called).collect();
        json!({"compile": self.compile, "calls": calls, "peak": self.peak}).to_string()
    }

    /// Reads a report.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn read(text: &str) -> Result<Report> {
        let report: Value = serde_json::from_str(text)?;
        let called = |call: &Value| -> Option<Called> {
            let seconds = call["seconds"]
                .as_array()?
                .iter()
                .map(Value::as_f64)
                .collect::<Option<_>>()?;
            let results = call["results"].as_array()?.iter();
            let results = results.map(|result| result.as_i64().map(|result| result as i32));
            Some(Called {
                seconds,
                results: results.collect::<Option<_>>()?,
            })
        };
        let read = || -> Option<Report> {
            Some(Report {
                compile: report["compile"].as_f64()?,
                calls: report["calls"]
                    .as_array()?
                    .iter()
                    .map(called)
                    .collect::<Option<_>>()?,
                peak: report["peak"].as_u64()?,
            })
        };
        read().context("the report lacks a part")
    }
}

/// The most memory that this process has had, in bytes; 0 where the system does not tell.
pub fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}
