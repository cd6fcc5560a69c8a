//! When, and by which compiler, functions are compiled.

/// When the functions of a module are compiled, and by which compiler; see [`Config::compilation`](crate::Config::compilation).
/// Programs behave the same with every strategy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Strategy {
    /// Compiles each function when it is first called, by the quick compiler, and functions that run often once more, by the
    /// optimising compiler. Modules start quickly. Both the quick compiler and the second compilation are still missing: for
    /// now, the optimising compiler compiles each function when it is first called.
    Tiered,
    /// Compiles each function when it is first called, by the quick compiler alone. Intended for programs that run once, and
    /// for tests. The quick compiler is still missing, as above.
    Baseline,
    /// Compiles all functions by the optimising compiler in [`Module::new`](crate::Module::new). Programs run fast from the
    /// beginning, and [`Module::text`](crate::Module::text) has the code. This is the default.
    Optimized,
    /// Compiles each function when it is first called, by the optimising compiler. For tests.
    #[doc(hidden)]
    OptimizedOnFirstCall,
}

impl Strategy {
    /// The strategy of a configuration that names none.
    pub(crate) const DEFAULT: Strategy = Strategy::Optimized;
}

impl Default for Strategy {
    fn default() -> Strategy {
        Strategy::DEFAULT
    }
}
