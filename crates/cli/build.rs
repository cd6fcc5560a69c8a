//! Keeps the symbols by which debuggers find compiled code, where all others are stripped.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for symbol in ["__jit_debug_register_code", "__jit_debug_descriptor"] {
        println!("cargo:rustc-link-arg-bins=-Wl,--export-dynamic-symbol={symbol}");
    }
}
