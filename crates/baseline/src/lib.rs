//! The baseline compiler: from instructions of WebAssembly straight to x86-64 machine code, in one pass, without an intermediate
//! representation. What it makes is called, trapped, unwound and described as the optimiser's code is.
//!
//! It is being built; the engine does not use it yet. So far there are the [`assembler`]: buffer, labels, constants, and the tables of
//! places in the code; and the [`abi`]: where arguments and results are.
#![forbid(unsafe_code)]

pub mod abi;
pub mod assembler;
