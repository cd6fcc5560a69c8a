//! The transitions between the host and programs.

/// A transition between the host and a program; see [`Store::call_hook`](crate::Store::call_hook).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallHook {
    /// The host calls a function of a program.
    CallingWasm,
    /// A function that the host has called returns, or ends with an error.
    ReturningFromWasm,
    /// A program calls a function of the host.
    CallingHost,
    /// A function of the host returns to a program, or ends it with an error.
    ReturningFromHost,
}

impl CallHook {
    /// Whether the host runs after the transition.
    pub fn entering_host(&self) -> bool {
        matches!(self, CallHook::ReturningFromWasm | CallHook::CallingHost)
    }

    /// Whether a program runs after the transition.
    pub fn exiting_host(&self) -> bool {
        !self.entering_host()
    }
}
