//! Larger programs in C, where much code is compiled and little of it is hot; `programs/build.sh` builds them.

larger! {
    // name, what it is, (n, run(n)) for some milliseconds, for some tens of them, and for some seconds, optimised
    "bzip2", "n KiB of text compressed and decompressed by bzip2", (1, 593_122_121), (600, 854_464_697), (10_000, -1_352_060_322);
    "lua", "Lua runs a script's n rounds of strings, tables and closures", (1, -6_878_531), (60, -233_702_482), (2_000, -1_983_300_042);
    "pcre2", "PCRE2 compiles patterns, finds and replaces them in n KiB", (1, 1_030_576_969), (60, -706_217_673), (2_000, -683_501_217);
    "quickjs", "QuickJS runs a script's n rounds of strings, maps and classes", (1, -1_020_259_825), (50, -1_543_052_093), (2_000, 561_600_178);
    "sqlite", "SQLite fills, queries and changes a database of 100 n orders", (1, 288_862_329), (80, 464_597_566), (2_000, 961_200_265);
    "tree_sitter", "Tree-sitter parses n KiB of Rust, and again after changes", (2, 843_630_767), (100, 895_508_545), (2_000, -1_244_837_105);
    "webp", "a picture of 8 n rows encoded and decoded by WebP", (1, -232_159_928), (60, 1_379_862_351), (2_000, 1_317_798_774);
    "zstd", "n KiB of text compressed at three levels and decompressed by Zstandard", (5, 232_507_926), (400, 1_155_508_811), (10_000, -1_842_416_101);
}
