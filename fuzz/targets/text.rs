//! The text format, on arbitrary text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| transom_fuzz::text::check(bytes));
