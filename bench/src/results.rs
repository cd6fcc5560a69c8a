//! What came of a run: everything that tables, pages and comparisons are made of, and nothing that they could not read
//! from a file.

#[cfg(test)]
mod tests;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The results of all suites that were run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    pub machine: Machine,
    /// Whether rounds were few and programs short.
    pub quick: bool,
    /// Those that have results, Transom first.
    pub peers: Vec<Peer>,
    pub suites: Vec<Suite>,
}

/// Where the results are from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    /// In bytes.
    pub memory: u64,
    pub system: String,
    pub compiler: String,
    /// The revision of Transom's sources.
    pub revision: String,
    /// When, in UTC.
    pub date: String,
}

impl Machine {
    /// All of it in a line.
    pub fn text(&self) -> String {
        format!(
            "{}, {} cores, {:.0} GiB; {}; {}; Transom's revision {}; {} UTC",
            self.processor,
            self.cores,
            self.memory as f64 / f64::from(1 << 30),
            self.system,
            self.compiler,
            self.revision,
            self.date
        )
    }
}

/// An engine with results.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Peer {
    pub id: String,
    pub title: String,
    pub version: String,
}

/// The results of a suite.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Suite {
    pub name: String,
    pub about: String,
    pub rows: Vec<Row>,
}

/// One thing measured, on every engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    /// What it stresses, where the name does not say it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    pub quantity: Quantity,
    pub goal: Option<Goal>,
    pub cells: Vec<Cell>,
}

/// What a row's values are. More is better only of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantity {
    /// Seconds.
    Time,
    /// Bytes.
    Memory,
    /// Bytes per second.
    Rate,
    /// How many times another value.
    Factor,
}

/// What Transom aims at in a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// At most this value.
    Most(f64),
    /// So many times as good as the engine.
    Ahead(Vec<(String, f64)>),
}

/// A row on one engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cell {
    pub peer: String,
    /// Of all rounds, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<f64>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How much two medians have to differ before it means anything, even where rounds agree.
const LEAST_DIFFERENCE: f64 = 0.03;

impl Cell {
    /// The median, if there are values.
    pub fn median(&self) -> Option<f64> {
        self.values.get(self.values.len() / 2).copied()
    }

    /// Half the distance between the quartiles, as a part of the median.
    pub fn spread(&self) -> f64 {
        let quarter = self.values.len() / 4;
        match (
            self.values.get(quarter),
            self.values.get(self.values.len().wrapping_sub(1 + quarter)),
            self.median(),
        ) {
            (Some(low), Some(high), Some(median)) if median > 0.0 => (high - low) / 2.0 / median,
            _ => 0.0,
        }
    }
}

/// Peers that are ahead of Transom, with Transom's ratios to them.
pub type Ahead<'a> = Vec<(&'a str, f64)>;

impl Row {
    pub fn cell(&self, peer: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.peer == peer)
    }

    /// How many times as good as a peer Transom is.
    pub fn ratio(&self, peer: &str) -> Option<f64> {
        let (own, other) = (self.cell("transom")?.median()?, self.cell(peer)?.median()?);
        let ratio = self.quantity.times_as_good(own, other);
        ratio.is_finite().then_some(ratio)
    }

    /// The engines that Transom is behind, beyond noise, the one that is furthest ahead first.
    pub fn behind(&self) -> Ahead<'_> {
        let noise = |cell: &Cell| cell.spread() + self.cell("transom").map_or(0.0, Cell::spread);
        let mut behind: Ahead<'_> = self
            .cells
            .iter()
            // Native code is no engine: it shows what there is to reach.
            .filter(|cell| cell.peer != "transom" && cell.peer != "native")
            .filter_map(|cell| Some((cell, self.ratio(&cell.peer)?)))
            .filter(|(cell, ratio)| *ratio < 1.0 - noise(cell).max(LEAST_DIFFERENCE))
            .map(|(cell, ratio)| (cell.peer.as_str(), ratio))
            .collect();
        behind.sort_by(|a, b| a.1.total_cmp(&b.1));
        behind
    }

    /// Whether the goal is reached, if there is one, and the values that it is about.
    pub fn reached(&self) -> Option<bool> {
        let own = self.cell("transom")?.median()?;
        match self.goal.as_ref()? {
            Goal::Most(most) => Some(own <= *most),
            Goal::Ahead(peers) => {
                let ratios = peers
                    .iter()
                    .filter_map(|(peer, least)| Some(self.ratio(peer)? >= *least));
                ratios.reduce(|all, reached| all && reached)
            }
        }
    }
}

impl Quantity {
    /// How many times as good a value is as another.
    pub fn times_as_good(self, value: f64, other: f64) -> f64 {
        match self {
            Quantity::Rate => value / other,
            _ => other / value,
        }
    }

    /// A value with its unit, three digits of which count.
    pub fn text(self, value: f64) -> String {
        let scales: &[(f64, &str)] = match self {
            Quantity::Time => &[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")],
            Quantity::Memory => &[(1e9, "GB"), (1e6, "MB"), (1e3, "KB"), (1.0, "B")],
            Quantity::Rate => &[(1e9, "GB/s"), (1e6, "MB/s"), (1e3, "KB/s")],
            Quantity::Factor => &[(1.0, "×")],
        };
        let last = scales[scales.len() - 1];
        let (scale, unit) = scales
            .iter()
            .find(|(scale, _)| value.abs() >= *scale)
            .copied()
            .unwrap_or(last);
        format!("{} {unit}", number(value / scale))
    }
}

/// A number, three digits of which count; of a small one two.
pub fn number(value: f64) -> String {
    let decimals = match value.abs() {
        tiny if tiny > 0.0 && tiny < 0.0995 => (1.0 - tiny.log10().floor()).min(7.0) as usize,
        small if small < 9.995 => 2,
        middle if middle < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

impl Suite {
    /// The geometric mean of Transom's ratios to a peer over all rows that both have, and how many those are.
    pub fn mean_ratio(&self, peer: &str) -> Option<(f64, usize)> {
        let ratios: Vec<f64> = self
            .rows
            .iter()
            .filter_map(|row| row.ratio(peer))
            .filter(|ratio| *ratio > 0.0)
            .collect();
        let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
        (!ratios.is_empty()).then(|| ((sum / ratios.len() as f64).exp(), ratios.len()))
    }
}

impl Results {
    /// Reads what [`Results::write`] has written.
    ///
    /// # Errors
    ///
    /// The file can't be read, or is something else.
    pub fn read(path: &Path) -> Result<Results> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no file of results", path.display()))
    }

    /// Writes all of it, in JSON.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(path, text).with_context(|| format!("{}", path.display()))
    }

    /// Notes that a peer has results, and what it says that it is.
    pub fn note_peer(&mut self, id: &str, version: String) {
        match self.peers.iter_mut().find(|peer| peer.id == id) {
            // Not every run of a peer knows.
            Some(peer) if peer.version.is_empty() => peer.version = version,
            Some(_) => {}
            None => {
                let title = crate::peers::find(id).map_or(id, |peer| peer.title);
                self.peers.push(Peer {
                    id: id.to_owned(),
                    title: title.to_owned(),
                    version,
                });
                let place = |id: &str| crate::peers::PEERS.iter().position(|peer| peer.id == id);
                self.peers.sort_by_key(|peer| place(&peer.id));
            }
        }
    }

    /// Whether anything was measured.
    pub fn has_rows(&self) -> bool {
        self.suites.iter().any(|suite| !suite.rows.is_empty())
    }

    /// The columns beside Transom's.
    pub fn others<'a>(&'a self, suite: &'a Suite) -> Vec<&'a Peer> {
        let columns = self.columns(suite).into_iter();
        columns.filter(|peer| peer.id != "transom").collect()
    }

    /// The peers that a suite has columns for: those with a value or a reason in one of its rows.
    pub fn columns<'a>(&'a self, suite: &'a Suite) -> Vec<&'a Peer> {
        let there = |peer: &&Peer| suite.rows.iter().any(|row| row.cell(&peer.id).is_some());
        self.peers.iter().filter(there).collect()
    }

    /// All rows with their suites, those first where Transom is furthest behind.
    pub fn behind(&self) -> Vec<(&Suite, &Row, Ahead<'_>)> {
        let rows = self
            .suites
            .iter()
            .flat_map(|suite| suite.rows.iter().map(move |row| (suite, row, row.behind())));
        let mut rows: Vec<_> = rows.filter(|(.., behind)| !behind.is_empty()).collect();
        rows.sort_by(|a, b| a.2[0].1.total_cmp(&b.2[0].1));
        rows
    }
}
