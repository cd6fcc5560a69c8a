//! Decoding, validation and the tools, on arbitrary bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| transom_fuzz::decode::check(bytes));
