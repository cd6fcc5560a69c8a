// PCRE2: patterns compiled, found in n KiB of text and replaced, by its interpreter.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "program.h"
#include <pcre2.h>
#include <stdlib.h>

static const char *const patterns[] = {
    "\\b(\\w+) \\1\\b",
    "(?i)(?<=the )(function|TABLE|memory)s?\\b",
    "[0-9]{3,5}(?= |\\n)",
    "^(?:a|the|of)[^\\n]*?(?:wasm|stack)",
    "\\(see (?<section>\\d+(?:\\.\\d+)*)\\)",
    "(?:\\p{L}{2,}\\s+){3}is",
    "(?>t[a-z]+) (?!of|the)\\w+ [aeiou]",
};

static uint32_t find_all(const pcre2_code *code, const uint8_t *text, size_t size, uint32_t hash) {
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(code, 0);
    CHECK(match);
    for (size_t at = 0; pcre2_match(code, text, size, at, PCRE2_NO_UTF_CHECK, match, 0) > 0;) {
        const size_t *ends = pcre2_get_ovector_pointer(match);
        hash = mix(mix(hash, (uint32_t)ends[0]), (uint32_t)ends[1]);
        at = ends[1] > at ? ends[1] : at + 1;
    }
    pcre2_match_data_free(match);
    return hash;
}

static uint32_t replace_all(const pcre2_code *code, const uint8_t *text, size_t size, uint32_t hash) {
    size_t room = 2 * size + 64;
    uint8_t *out = malloc(room);
    CHECK(out);
    uint32_t options = PCRE2_SUBSTITUTE_GLOBAL | PCRE2_NO_UTF_CHECK;
    CHECK(pcre2_substitute(code, text, size, 0, options, 0, 0, (PCRE2_SPTR)"<$0>", 4, out, &room) >= 0);
    for (size_t i = 0; i < room; i++) hash = mix(hash, out[i]);
    free(out);
    return hash;
}

int32_t work(int32_t n) {
    size_t size = (size_t)n * 1024;
    uint8_t *text = malloc(size);
    CHECK(text);
    make_text((char *)text, size);
    uint32_t hash = 0;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        int error;
        size_t where;
        uint32_t options = PCRE2_UTF | PCRE2_MULTILINE;
        pcre2_code *code = pcre2_compile((PCRE2_SPTR)patterns[i], PCRE2_ZERO_TERMINATED, options, &error, &where, 0);
        CHECK(code);
        hash = find_all(code, text, size, hash);
        hash = replace_all(code, text, size, hash);
        pcre2_code_free(code);
    }
    free(text);
    return (int32_t)hash;
}
