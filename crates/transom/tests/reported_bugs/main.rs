//! What users of other engines have reported as bugs, and security advisories that name a class of them: Transom
//! must not have any.

mod calls;
mod memories;
mod narrow_loads;
mod stores;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod types;
mod vectors;
