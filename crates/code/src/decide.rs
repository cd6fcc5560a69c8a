//! What every compiler decides in the same way.
//!
//! A program must not notice which compiler has made the code of a function: it uses the same fuel, can be stopped in the same
//! places, traps for the same accesses, and has the same backtraces. So these decisions are functions of the module, its
//! instructions and the tunables alone; compilers only emit what they say.

pub mod bounds;
pub mod fuel;
pub mod inlining;
pub mod legacy;
pub mod polls;
pub mod work;
