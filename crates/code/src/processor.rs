//! What every compiler requires of the processor.

macro_rules! optional_sets {
    ($($name:tt),+ $(,)?) => {
        /// The instruction sets that a compiler may use if the processor has them. A test of the optimising compiler compares them with those
        /// that the code generator knows.
        pub const OPTIONAL_SETS: &[&str] = &[$($name),+];

        /// Those of [`OPTIONAL_SETS`] that this processor has: code runs where all of them are.
        pub fn processor_sets() -> String {
            let sets = [$(($name, std::arch::is_x86_feature_detected!($name))),+];
            let present = sets.into_iter().filter(|&(_, has)| has).map(|(name, _)| name);
            present.collect::<Vec<_>>().join(" ")
        }
    };
}

optional_sets!(
    "sse3",
    "ssse3",
    "sse4.1",
    "sse4.2",
    "popcnt",
    "avx",
    "avx2",
    "fma",
    "bmi1",
    "bmi2",
    "lzcnt",
    "cmpxchg16b",
    "avxvnni",
    "avx512bitalg",
    "avx512dq",
    "avx512f",
    "avx512vbmi",
    "avx512vl",
    "avx512vnni",
);

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
