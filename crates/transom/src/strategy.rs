//! When, and by which compiler, functions are compiled.

/// When the functions of a module are compiled, and by which compiler; see [`Config::compilation`](crate::Config::compilation).
/// Programs behave the same with every strategy.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum Strategy {
    /// Compiles each function when it is first called, by the baseline compiler. Functions that run often are compiled once more by
    /// the optimising compiler, on threads of the engine while the program goes on; a long loop goes on in the new code while it
    /// runs. Programs start quickly, and run fast after some milliseconds. This is the default.
    #[default]
    Tiered,
    /// Compiles each function when it is first called, by the baseline compiler alone: about 30 MB of WebAssembly in a second. For
    /// programs that run once.
    Baseline,
    /// Compiles all functions by the optimising compiler in [`Module::new`](crate::Module::new). Programs run fast from the
    /// beginning, and [`Module::text`](crate::Module::text) has the code. For servers that compile ahead.
    Optimized,
    /// Compiles each function when it is first called, by the optimising compiler. For tests.
    #[doc(hidden)]
    OptimizedOnFirstCall,
}

/// The names that the `wasmtime` crate has.
#[expect(non_upper_case_globals, reason = "the names of variants there")]
impl Strategy {
    /// [`Strategy::Tiered`].
    pub const Auto: Strategy = Strategy::Tiered;
    /// [`Strategy::Optimized`].
    pub const Cranelift: Strategy = Strategy::Optimized;
    /// [`Strategy::Baseline`].
    pub const Winch: Strategy = Strategy::Baseline;
}
