//! Compiling modules in many configurations.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| transom_fuzz::compile::check(bytes));
