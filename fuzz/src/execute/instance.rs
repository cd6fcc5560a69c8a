//! An instance of a module in one of the engines, and how long each of its calls may run.

use super::outcome::{Outcome, State};

/// Fuel of a call in the engines that count it. A unit is about an instruction.
pub const FUEL: u64 = 200_000;

/// An engine with an instance of the module.
pub trait Instance {
    /// Calls an exported function that has no parameters.
    fn call(&mut self, name: &str) -> Outcome;
    /// What the host sees of the instance.
    fn state(&mut self) -> State;
    /// What is left of the fuel, if it is counted as Transom does.
    fn fuel(&self) -> Option<u64>;
}
