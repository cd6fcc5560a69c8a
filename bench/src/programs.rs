//! Programs that several suites run: the kernels, and larger ones that `setup` builds.

/// A program in C that computes, compiled to WebAssembly and natively.
pub struct Kernel {
    pub name: &'static str,
    /// What it stresses.
    pub about: &'static str,
    /// The argument that keeps it busy for 40 to 80 ms, and the one for quick runs.
    pub arguments: [i32; 2],
    /// What it returns for them.
    pub known: [i32; 2],
}

/// A larger program, made by others.
pub struct Larger {
    pub name: &'static str,
    pub about: &'static str,
    /// Arguments, and what it returns for them: from a moment's work to seconds.
    pub runs: &'static [(i32, i32)],
}

macro_rules! kernels {
    ($($name:literal, $about:literal, $n:literal, $quick:literal, $known:literal, $quick_known:literal;)*) => {
        use super::Kernel;

        /// All kernels.
        pub const KERNELS: &[Kernel] = &[$(Kernel {
            name: $name,
            about: $about,
            arguments: [$n, $quick],
            known: [$known, $quick_known],
        }),*];
    };
}

macro_rules! larger {
    ($($name:literal, $about:literal $(, ($n:literal, $known:literal))*;)*) => {
        use super::Larger;

        /// All larger programs.
        pub const LARGER: &[Larger] = &[$(Larger { name: $name, about: $about, runs: &[$(($n, $known)),*] }),*];
    };
}

mod kernels;
mod larger;

pub use kernels::KERNELS;
pub use larger::LARGER;
