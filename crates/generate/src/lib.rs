//! Modules to try engines with, and exports that every engine can call.
//!
//! [`generate`](generate()) makes a valid module from a seed; [`drive`] adds exports to any module that call its own
//! ones; [`values`] makes arguments for functions of components. All depend on their inputs alone, on every machine.
//!
//! ```
//! use transom_generate::{drive::drive, generate};
//!
//! let generated = generate(7);
//! let driven = drive(&generated.binary, 7)?;
//! assert!(driven.calls.iter().all(|call| call.driver.starts_with("drive")));
//! # Ok::<(), transom_inspect::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod drive;
mod generate;
mod random;
pub mod values;

pub use generate::{FLAVOURS, Flavour, Generated, generate};
