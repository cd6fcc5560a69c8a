//! What calls through references have led to, as baseline code has noted it.
//!
//! Compiled code writes a [`VmCallSite`] at an address that is built into it. So the sites of a function stay where they are for as long
//! as their module, whose code they belong to. They say nothing that anything relies on: threads write them without order.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use transom_code::CompiledFunction;
use transom_codespace::{Charge, CodeBudget, PublishError};
use transom_layout::VmCallSite;

/// The sites of a module, by the positions of its functions.
#[derive(Debug, Default)]
pub struct CallSites(Mutex<BTreeMap<u32, Arc<FunctionSites>>>);

/// The sites of a function.
#[derive(Debug)]
struct FunctionSites {
    /// Where the calls are in the module's bytes, in ascending order.
    offsets: Box<[u32]>,
    sites: Box<[VmCallSite]>,
    _charge: Charge,
}

impl CallSites {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Arc<FunctionSites>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, function: u32) -> Option<Arc<FunctionSites>> {
        self.lock().get(&function).cloned()
    }

    /// Gives the calls of a function that was compiled the sites to which they write. Whatever was compiled before for the
    /// function must never have run.
    ///
    /// # Errors
    ///
    /// The budget for code has no room for them.
    pub fn link(
        &self,
        function: u32,
        code: &mut CompiledFunction,
        budget: &Arc<CodeBudget>,
    ) -> Result<(), PublishError> {
        let calls = code.tier_up.calls.len();
        if calls == 0 {
            return Ok(());
        }
        let charge = budget.charge(calls * (size_of::<VmCallSite>() + size_of::<u32>()))?;
        let offsets = code.tier_up.calls.iter().map(|site| site.wasm_offset).collect();
        let sites: Box<[VmCallSite]> = code.tier_up.calls.iter().map(|_| VmCallSite::default()).collect();
        code.link_call_sites(|index| (&raw const sites[index]).expose_provenance());
        let sites = FunctionSites {
            offsets,
            sites,
            _charge: charge,
        };
        self.lock().insert(function, Arc::new(sites));
        Ok(())
    }

    /// The lower halves of the addresses of the code slots of all functions that the call at an offset has led to. Empty if it has not
    /// been executed, or has led to too many.
    pub fn targets(&self, function: u32, offset: u32) -> Vec<u32> {
        let Some(function) = self.get(function) else {
            return Vec::new();
        };
        let Ok(index) = function.offsets.binary_search(&offset) else {
            return Vec::new();
        };
        let site = &function.sites[index];
        if site.more.load(Relaxed) != 0 {
            return Vec::new();
        }
        let targets = site.targets.iter().map(|target| target.load(Relaxed));
        targets.filter(|&target| target != 0).collect()
    }

    /// Forgets what is noted of calls that have led to too many functions: what counts is how the program goes on.
    pub fn renew(&self, function: u32) {
        // The next sample comes soon. And in the child of a fork, a thread that holds the lock may be gone.
        let function = self.0.try_lock().ok().and_then(|all| all.get(&function).cloned());
        let Some(function) = function else {
            return;
        };
        for site in function.sites.iter().filter(|site| site.more.load(Relaxed) != 0) {
            for target in &site.targets {
                target.store(0, Relaxed);
            }
            site.more.store(0, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
