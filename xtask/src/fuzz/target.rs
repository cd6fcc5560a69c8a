//! The targets of the workspace `fuzz`, and how each is run.

/// A target; the check itself is in the file of its name in `fuzz/src`.
#[derive(Debug)]
pub struct Target {
    pub name: &'static str,
    /// Bytes of an input.
    pub max_len: usize,
    /// Bytes of an input of the kept corpus.
    pub keep_len: usize,
    /// Seconds after which an input hangs.
    pub timeout: u64,
    /// Mebibytes of memory that the process may use, not counting address space.
    pub rss_mb: u64,
}

/// All targets.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "decode",
        max_len: 16 << 10,
        keep_len: 512,
        timeout: 20,
        rss_mb: 2048,
    },
    Target {
        name: "text",
        max_len: 8 << 10,
        keep_len: 512,
        timeout: 20,
        rss_mb: 2048,
    },
    Target {
        name: "compile",
        max_len: 4 << 10,
        keep_len: 512,
        timeout: 30,
        rss_mb: 3072,
    },
    Target {
        name: "component",
        max_len: 4 << 10,
        keep_len: 4 << 10,
        timeout: 30,
        rss_mb: 3072,
    },
    Target {
        name: "execute",
        max_len: 4 << 10,
        keep_len: 512,
        timeout: 30,
        rss_mb: 3072,
    },
    Target {
        name: "embed",
        max_len: 1 << 10,
        keep_len: 512,
        timeout: 30,
        rss_mb: 3072,
    },
    Target {
        name: "wasi",
        max_len: 1 << 10,
        keep_len: 512,
        timeout: 30,
        rss_mb: 2048,
    },
];
