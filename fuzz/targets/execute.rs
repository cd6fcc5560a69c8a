//! Running modules in two engines.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| transom_fuzz::execute::check(bytes));
