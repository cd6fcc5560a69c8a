//! Shows the progress of long compilations on a terminal.

use crate::output::{clear_progress, is_watched, show_progress};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use transom::{CompileProgress, Config};

/// Compilations that take less time than this show no progress.
const PATIENCE: Duration = Duration::from_millis(700);

/// Makes an engine's compilations show their progress on a terminal.
pub fn show(config: &mut Config) {
    if !is_watched() {
        return;
    }
    let line = Mutex::new(Line {
        start: Instant::now(),
        shown: 0,
    });
    config.compile_progress(move |progress| {
        line.lock().unwrap_or_else(PoisonError::into_inner).show(progress);
    });
}

struct Line {
    start: Instant,
    /// The percentage that was written last.
    shown: u64,
}

impl Line {
    fn show(&mut self, progress: CompileProgress) {
        let CompileProgress { done, total, .. } = progress;
        if done == total {
            return self.clear();
        }
        let percentage = done * 100 / total;
        let elapsed = self.start.elapsed();
        if elapsed < PATIENCE || percentage <= self.shown {
            return;
        }
        self.shown = percentage;
        let left = elapsed.as_secs_f64() * (100 - percentage) as f64 / percentage as f64;
        let size = total as f64 / 1e6;
        show_progress(format_args!(
            "compiling {size:.1} MB: {percentage} %, {left:.0} s left"
        ));
    }

    /// Takes the line away, so that the program begins where it would without it. What comes later of a thread that
    /// was overtaken is not shown any more.
    fn clear(&mut self) {
        if self.shown > 0 {
            clear_progress();
        }
        self.shown = 100;
    }
}
