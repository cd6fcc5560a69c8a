// Tree-sitter: n KiB of Rust parsed, changed and parsed again; a grammar of large tables.
#include "program.h"
#include <stdlib.h>
#include <string.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_rust(void);

static const char *const items[] = {
    "/// A point.\n#[derive(Clone, Copy, Debug)]\npub struct Point<T: Into<f64>> { pub x: T, pub y: T }\n",
    "impl<T> Iterator for Walk<'_, T> where T: Ord {\n    type Item = (usize, T);\n"
    "    fn next(&mut self) -> Option<Self::Item> { self.stack.pop().map(|node| (node.depth, node.value)) }\n}\n",
    "fn sum(values: &[u64]) -> u64 {\n    let mut total = 0;\n"
    "    for (index, value) in values.iter().enumerate() {\n"
    "        if index % 2 == 0 && *value > 0x1f { total += value * 3; } else { total ^= !value >> 2 }\n"
    "    }\n    total\n}\n",
    "const NAMES: [&str; 3] = [\"one\", r#\"two\"#, \"thr\\u{65}e\"];\n",
    "macro_rules! square { ($e:expr) => { $e * $e }; }\n",
    "async fn load(path: &Path) -> Result<Vec<u8>, Error> {\n    match read(path).await? {\n"
    "        Some(bytes) if !bytes.is_empty() => Ok(bytes),\n        Some(_) | None => Err(Error::Empty),\n    }\n}\n",
};

static size_t make_source(char *to, size_t size) {
    uint32_t random = 3;
    size_t at = 0;
    for (;;) {
        const char *item = items[(next_random(&random) >> 8) % 6];
        size_t length = strlen(item);
        if (at + length > size) return at;
        memcpy(to + at, item, length);
        at += length;
    }
}

static uint32_t hash_tree(const TSTree *tree, uint32_t hash) {
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    for (int done = 0; !done;) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        hash = mix(mix(hash, ts_node_symbol(node)), ts_node_end_byte(node));
        if (ts_tree_cursor_goto_first_child(&cursor)) continue;
        while (!ts_tree_cursor_goto_next_sibling(&cursor) && !(done = !ts_tree_cursor_goto_parent(&cursor)));
    }
    ts_tree_cursor_delete(&cursor);
    return hash;
}

// A space in place of a byte, which is where the next parse has to look again.
static void edit(TSTree *tree, char *source, uint32_t at) {
    TSPoint start = {0, at}, end = {0, at + 1};
    source[at] = ' ';
    ts_tree_edit(tree, &(TSInputEdit){at, at + 1, at + 1, start, end, end});
}

int32_t work(int32_t n) {
    size_t room = (size_t)n * 1024;
    char *source = malloc(room);
    TSParser *parser = ts_parser_new();
    CHECK(source && ts_parser_set_language(parser, tree_sitter_rust()));
    uint32_t size = (uint32_t)make_source(source, room);
    TSTree *tree = ts_parser_parse_string(parser, 0, source, size);
    CHECK(tree);
    uint32_t hash = hash_tree(tree, size);
    for (uint32_t i = 1; i < 4; i++) {
        edit(tree, source, size / 4 * i);
        TSTree *changed = ts_parser_parse_string(parser, tree, source, size);
        CHECK(changed);
        ts_tree_delete(tree);
        tree = changed;
        hash = hash_tree(tree, hash);
    }
    ts_tree_delete(tree);
    ts_parser_delete(parser);
    free(source);
    return (int32_t)hash;
}
