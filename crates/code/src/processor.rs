//! What every compiler requires of the processor.

/// Checks that the processor has the instruction sets that machine code takes for granted. Every x86-64 machine of the last fifteen years
/// has them; without them, vectors would need a library of functions.
///
/// # Errors
///
/// One is missing: the text says which.
pub fn check_processor() -> Result<(), String> {
    macro_rules! has {
        ($($name:tt),+) => { [$(($name, std::arch::is_x86_feature_detected!($name))),+] };
    }
    let sets = has!("sse3", "ssse3", "sse4.1", "sse4.2", "popcnt");
    match sets.iter().find(|(_, has)| !has) {
        Some((name, _)) => Err(format!("this processor lacks {name}, which Transom requires")),
        None => Ok(()),
    }
}
