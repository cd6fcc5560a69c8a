//! The targets of events for the `log` crate, in one table.
//!
//! Every crate of the runtime that logs uses one of these targets. No instruction of compiled code logs, only what it calls
//! out of line. Level `info` is for what happens once for a module, an instance or a program, `debug` for what may happen
//! often, `trace` for each function. An event is one line, and the names of modules and functions in it are escaped.

/// A target of events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventTarget {
    /// The target that the `log` crate sees: `transom::` and the name.
    pub target: &'static str,
    /// The name alone.
    pub name: &'static str,
    /// The events, in words.
    pub about: &'static str,
}

macro_rules! targets {
    ($($constant:ident $name:literal: $about:literal;)*) => {
        $(
            #[doc = concat!("Events about ", $about, ".")]
            pub const $constant: &str = concat!("transom::", $name);
        )*

        /// All targets.
        pub const ALL: &[EventTarget] = &[$(EventTarget {
            target: $constant,
            name: $name,
            about: $about,
        }),*];
    };
}

targets! {
    MODULE "module": "modules that were decoded and validated, with sizes and times";
    COMPILE "compile": "modules that were compiled, large functions left unoptimised; trace: each function";
    CACHE "cache": "entries of the cache that were written, or not used";
    INSTANCE "instance": "instances that were made";
    MEMORY "memory": "memories that grow or fail to";
    TABLE "table": "tables that grow or fail to";
    GC "gc": "collections of the whole heap with their pauses; debug: of the nursery too";
    INTERRUPT "interrupt": "epoch deadlines that were reached, programs that were interrupted";
    TRAP "trap": "traps, with the function in which they happened";
}
