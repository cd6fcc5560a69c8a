//! The embedding API, as a random sequence of calls.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| transom_fuzz::embed::check(bytes));
