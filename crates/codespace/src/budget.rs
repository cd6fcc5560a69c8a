//! How much memory an engine's machine code may take, and takes.

use crate::error::PublishError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A limit on memory for machine code, and what of it is used.
#[derive(Debug)]
pub struct CodeBudget {
    limit: usize,
    used: AtomicUsize,
}

/// A part of a budget, in use until it is dropped.
#[derive(Debug)]
pub struct Charge {
    budget: Arc<CodeBudget>,
    bytes: usize,
}

impl CodeBudget {
    /// A budget of `limit` bytes.
    pub fn new(limit: usize) -> CodeBudget {
        CodeBudget {
            limit,
            used: AtomicUsize::new(0),
        }
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Whether there is room for code that a program could do without. It leaves half of the budget to code that is needed: a
    /// function that is called first when nothing is left can't run.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn check_spare(&self, bytes: usize) -> Result<(), PublishError> {
        let (used, limit) = (self.used(), self.limit / 2);
        match used.checked_add(bytes) {
            Some(total) if total <= limit => Ok(()),
            _ => Err(PublishError::Limit { bytes, used, limit }),
        }
    }

    /// Takes a part, for as long as the result lives.
    ///
    /// # Errors
    ///
    /// There is not so much left.
    pub fn charge(self: &Arc<Self>, bytes: usize) -> Result<Charge, PublishError> {
        let taken = self
            .used
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|&total| total <= self.limit)
            });
        match taken {
            Ok(_) => Ok(Charge {
                budget: self.clone(),
                bytes,
            }),
            Err(used) => Err(PublishError::Limit {
                bytes,
                used,
                limit: self.limit,
            }),
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
