//! How far a target is, as libFuzzer's lines tell it.

use std::fmt;

/// Numbers of the last lines that had them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Inputs that were run.
    pub runs: u64,
    /// Inputs per second.
    pub rate: u64,
    /// Edges that were reached.
    pub coverage: u64,
    /// Inputs of the corpus.
    pub corpus: u64,
}

impl Progress {
    /// Reads a line, such as `#4096 pulse  cov: 210 ft: 340 corp: 52/1024b exec/s: 2048 rss: 61Mb`.
    pub fn read(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(runs) = words.first().and_then(|word| word.strip_prefix('#'))
            && let Ok(runs) = runs.parse()
        {
            self.runs = runs;
        }
        for pair in words.windows(2) {
            let number = || pair[1].split('/').next().and_then(|text| text.parse().ok());
            let place = match pair[0] {
                "cov:" => &mut self.coverage,
                "corp:" => &mut self.corpus,
                "exec/s:" | "stat::average_exec_per_sec:" => &mut self.rate,
                "stat::number_of_executed_units:" => &mut self.runs,
                _ => continue,
            };
            *place = number().unwrap_or(*place);
        }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Progress {
            runs,
            rate,
            coverage,
            corpus,
        } = self;
        write!(
            f,
            "{runs:>8} runs {rate:>6}/s  coverage {coverage:>6}  corpus {corpus:>5}"
        )
    }
}
