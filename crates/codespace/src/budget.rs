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
pub(crate) struct Charge {
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

    /// Takes a part, for as long as the result lives.
    pub(crate) fn charge(self: &Arc<Self>, bytes: usize) -> Result<Charge, PublishError> {
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
