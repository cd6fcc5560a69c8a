//! What comes of a case, and the process that answers with the specification's program.

use super::case::Case;
use super::published;
use serde::Deserialize;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The program that runs the specification's.
const PROGRAM: &str = include_str!("oracle.py");

#[derive(Deserialize, Debug)]
pub(super) struct Answer {
    pub(super) shape: Shape,
    /// From one instance to the other.
    pub(super) direct: Outcome,
    /// By way of the host.
    pub(super) hosted: Outcome,
    /// Whether one of the values is no number, so that the results may differ.
    pub(super) has_nan: bool,
}

/// What the types of the values look like.
#[derive(Deserialize, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    /// `None` if values are passed in memory.
    pub(super) flat: Option<Vec<String>>,
    pub(super) size: u32,
    pub(super) align: u32,
    pub(super) borrows: bool,
}

#[derive(Deserialize, PartialEq, Eq, Debug, Default)]
#[serde(default)]
pub(super) struct Outcome {
    pub(super) end: End,
    /// The arguments of `realloc`.
    pub(super) calls: Vec<[u32; 4]>,
    pub(super) flat: Vec<u64>,
    /// The destination's memory in hexadecimal digits, without what is as it was at the end.
    pub(super) memory: String,
    pub(super) source: Table,
    pub(super) destination: Table,
    /// How many borrowed handles the call has.
    pub(super) borrows: u32,
}

/// Where it ended.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "lowercase")]
pub(super) enum End {
    #[default]
    Ok,
    /// A trap while values were read.
    Lift,
    /// A trap while values were written.
    Lower,
    /// A trap while values were read and written.
    #[serde(skip)]
    Either,
}

#[derive(Deserialize, PartialEq, Eq, Debug, Default)]
pub(super) struct Table {
    /// The index, the resource, its representation, what the handle belongs to (0: it owns the resource, 1: an outer call, 2: this call), and how
    /// many calls it is lent to.
    pub(super) entries: Vec<[u32; 5]>,
    /// How many entries there are, with holes.
    pub(super) length: u32,
    /// The indices that further handles get.
    pub(super) following: Vec<u32>,
}

impl Outcome {
    /// Whether an outcome is what the specification says.
    ///
    /// What is read and written at once may be written in part before a trap, and nobody sees how far.
    pub(super) fn agrees(&self, expected: &Outcome) -> bool {
        match (self.end, expected.end) {
            (End::Lift | End::Either, End::Lift) => true,
            (End::Lower | End::Either, End::Lower) => self.calls == expected.calls,
            (End::Ok, End::Ok) => self == expected,
            _ => false,
        }
    }
}

pub(super) struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    /// `None` if there is no Python that the specification can run on.
    pub(super) fn start() -> Option<Oracle> {
        let is_new_enough = Command::new("python3")
            .args(["-c", "import sys; sys.exit(sys.version_info < (3, 10))"])
            .status();
        if !is_new_enough.is_ok_and(|status| status.success()) {
            return None;
        }
        let mut child = Command::new("python3")
            .args(["-c", PROGRAM])
            .arg(published::component_model().join("design/mvp/canonical-abi/definitions.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it has just run");
        Some(Oracle {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().expect("it is piped")),
            child,
        })
    }

    pub(super) fn ask(&mut self, case: &Case) -> Answer {
        let mut line = serde_json::to_vec(case).expect("a case is plain data");
        line.push(b'\n');
        let input = self
            .input
            .as_mut()
            .expect("it is open as long as questions are asked");
        input.write_all(&line).expect("the program reads");
        input.flush().expect("the program reads");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("the program writes");
        assert!(
            !answer.is_empty(),
            "the specification's program failed; its message is above"
        );
        serde_json::from_str(&answer).expect("the program writes answers")
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        self.input = None;
        _ = self.child.wait();
    }
}
