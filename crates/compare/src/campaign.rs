//! Campaigns search for unknown divergences: they run generated modules on all engines.
//!
//! A journal stores the results, so a campaign resumes where it stopped, even if a module crashed the process. A campaign
//! stores each divergence once, by its signature, and counts repetitions.

use crate::comparer::Comparer;
use crate::comparison::Comparison;
use crate::subjects::Subject;
use crate::verdict::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use transom_generate::{drive, generate};
use transom_inspect::print;

/// The parameters of a campaign.
pub struct Campaign {
    /// The folder for the journal and the findings.
    pub folder: PathBuf,
    /// The seed of the first module; the next one has the next seed.
    pub seed: u64,
    /// The number of modules.
    pub count: u64,
}

/// The progress of a campaign.
pub struct Progress<'j> {
    /// The number of compared modules.
    pub done: u64,
    /// The number of requested modules.
    pub count: u64,
    /// The number of modules in this run, and the elapsed time.
    pub here: (u64, Duration),
    /// The current journal.
    pub journal: &'j Journal,
}

/// The results of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// The seed of its first module.
    pub seed: u64,
    /// The engines, with their versions. A campaign resumes only with the same engines.
    pub engines: Vec<String>,
    /// The number of compared modules.
    pub done: u64,
    /// The number of modules for each kind of verdict.
    pub verdicts: BTreeMap<String, u64>,
    /// The number of modules of each flavour.
    pub flavours: BTreeMap<String, u64>,
    /// The findings, by signature.
    pub findings: BTreeMap<String, Finding>,
    /// Modules that a run was at; still there when the next one begins if it ended before they did.
    running: Option<Running>,
    /// Up to here modules are compared one by one, since one of them may have ended a run.
    careful: u64,
}

/// A divergence of engines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The kind of the divergence.
    pub kind: String,
    /// The number of modules with this divergence.
    pub count: u64,
    /// The seeds of the first few.
    pub seeds: Vec<u64>,
}

/// Modules that a run is at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Running {
    count: u64,
    /// How many runs it ended, if it is one module alone.
    tries: u32,
}

/// Modules that are compared at once, so that engines which can do many need not be started for each.
const BATCH: u64 = 50;
/// Exports of a module that are called, one after another by one driver: engines that are commands are started for each.
const CALLS: usize = 4;
/// Seeds that are kept of a finding.
const SEEDS: usize = 5;
const JOURNAL: &str = "journal.json";

impl Campaign {
    /// Runs it to its end, from where its journal says.
    ///
    /// # Errors
    ///
    /// Files cannot be written, or the folder has the journal of another campaign.
    pub fn run(&self, comparer: &Comparer, progress: &mut dyn FnMut(&Progress<'_>)) -> Result<Journal> {
        std::fs::create_dir_all(&self.folder)?;
        let mut journal = self.journal(comparer)?;
        let (start, before) = (Instant::now(), journal.done);
        while journal.done < self.count {
            self.batch(comparer, &mut journal)?;
            progress(&Progress {
                done: journal.done,
                count: self.count,
                here: (journal.done - before, start.elapsed()),
                journal: &journal,
            });
        }
        Ok(journal)
    }

    /// The journal that is there, or a new one.
    fn journal(&self, comparer: &Comparer) -> Result<Journal> {
        let engines = comparer.engines().map(|engine| {
            let identity = engine.identity();
            format!("{} ({})", identity.name, identity.version)
        });
        let new = Journal {
            seed: self.seed,
            engines: engines.collect(),
            done: 0,
            verdicts: BTreeMap::new(),
            flavours: BTreeMap::new(),
            findings: BTreeMap::new(),
            running: None,
            careful: 0,
        };
        let known = match Journal::read(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(new),
            read => read?,
        };
        if (known.seed, &known.engines) != (new.seed, &new.engines) {
            let what = format!(
                "`{}` contains a campaign with seed {} and the engines {}; use another folder",
                self.folder.display(),
                known.seed,
                known.engines.join(", ")
            );
            return Err(Error::new(ErrorKind::AlreadyExists, what));
        }
        Ok(known)
    }

    fn batch(&self, comparer: &Comparer, journal: &mut Journal) -> Result<()> {
        let left = self.count - journal.done;
        let running = match journal.running.take() {
            None if journal.done < journal.careful => Running { count: 1, tries: 0 },
            None => Running {
                count: BATCH.min(left),
                tries: 0,
            },
            // Whatever ended the run that was at these may have been one of them.
            Some(before) => {
                journal.careful = journal.careful.max(journal.done + before.count);
                let tries = if before.count == 1 { before.tries + 1 } else { 0 };
                Running { count: 1, tries }
            }
        };
        let fatal = running.tries > 1;
        let count = running.count;
        journal.running = Some(running);
        self.keep(journal)?;
        let first = self.seed.wrapping_add(journal.done);
        if fatal {
            journal.find("crash: the process of the comparison", Kind::Crash, first);
            let generated = generate(first);
            self.save("crash", first, &generated.binary, None)?;
        } else {
            let seeds = (0..count)
                .map(|index| first.wrapping_add(index))
                .collect::<Vec<_>>();
            self.compare(comparer, journal, &seeds)?;
        }
        journal.done += count;
        journal.running = None;
        self.keep(journal)
    }

    fn compare(&self, comparer: &Comparer, journal: &mut Journal, seeds: &[u64]) -> Result<()> {
        let mut subjects = Vec::new();
        for seed in seeds {
            let generated = generate(*seed);
            *journal.flavours.entry(generated.flavour.to_owned()).or_default() += 1;
            subjects.push(subject(&generated.binary, *seed));
        }
        let bytes = subjects
            .iter()
            .map(|subject| subject.bytes.clone())
            .collect::<Vec<_>>();
        let comparisons = comparer.compare_all(subjects)?;
        for ((comparison, seed), bytes) in comparisons.iter().zip(seeds).zip(bytes) {
            let kind = comparison.verdict.kind;
            *journal.verdicts.entry(kind.to_string()).or_default() += 1;
            if kind != Kind::Agreement && journal.find(&comparison.verdict.signature(), kind, *seed) {
                let name = kind.to_string().replace(' ', "-");
                self.save(&name, *seed, &bytes, Some(comparison))?;
            }
        }
        Ok(())
    }

    /// Keeps a finding in a folder of its own.
    fn save(&self, kind: &str, seed: u64, binary: &[u8], comparison: Option<&Comparison>) -> Result<()> {
        let folder = self.folder.join(format!("{kind}-{seed}"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("case.wasm"), binary)?;
        if let Ok(text) = print::print(binary, &print::Print::default()) {
            std::fs::write(folder.join("case.wat"), text)?;
        }
        if let Some(comparison) = comparison {
            std::fs::write(folder.join("verdict.txt"), comparison.to_string())?;
            std::fs::write(
                folder.join("comparison.json"),
                serde_json::to_vec_pretty(comparison)?,
            )?;
        }
        Ok(())
    }

    /// Writes the journal, whole or not at all.
    fn keep(&self, journal: &Journal) -> Result<()> {
        let file = self.folder.join(JOURNAL);
        let new = self.folder.join("journal.new");
        std::fs::write(&new, serde_json::to_vec_pretty(journal)?)?;
        std::fs::rename(new, file)
    }
}

impl Journal {
    /// Counts a finding; whether it is new.
    fn find(&mut self, signature: &str, kind: Kind, seed: u64) -> bool {
        let new = !self.findings.contains_key(signature);
        let finding = self
            .findings
            .entry(signature.to_owned())
            .or_insert_with(|| Finding {
                kind: kind.to_string(),
                count: 0,
                seeds: Vec::new(),
            });
        finding.count += 1;
        if finding.seeds.len() < SEEDS {
            finding.seeds.push(seed);
        }
        new
    }

    /// Reads the journal of a folder.
    ///
    /// # Errors
    ///
    /// There is no journal, or the file is malformed.
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(folder.join(JOURNAL))?)?)
    }
}

/// A generated module with its drivers. One that can't be driven is given as it is: engines are to agree about that.
fn subject(binary: &[u8], seed: u64) -> Subject {
    match drive::together(binary, seed, CALLS) {
        Ok(driven) if !driven.calls.is_empty() => Subject::driven(driven),
        _ => Subject::undriven(binary.to_vec()),
    }
}
