//! WASI preview 1, as sequences of calls.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| transom_fuzz::wasi::check(bytes));
