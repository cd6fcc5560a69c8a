//! Components, by the host and by code.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| transom_fuzz::component::check(bytes));
