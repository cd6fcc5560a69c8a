// Regular expressions by backtracking over compiled patterns: recursion, switches and bytes.
#include "kernel.h"

enum op { BYTE, ANY, RANGE, SPLIT, JUMP, END_OF_LINE, MATCH };

// SPLIT tries x, then y; a RANGE goes from x to y.
struct instruction {
    enum op op;
    i32 x, y;
};

static struct instruction program[128];
static i32 length;
static const char *pattern;
static u8 text[1 << 13];

static void emit(enum op op, i32 x, i32 y) { program[length++] = (struct instruction){op, x, y}; }

// Makes room for an instruction before what begins at `start`, whose own targets move along.
static void insert(i32 start, enum op op, i32 x, i32 y) {
    for (i32 i = length++; i > start; i--) {
        program[i] = program[i - 1];
        if (program[i].op == SPLIT || program[i].op == JUMP) program[i].x++, program[i].y++;
    }
    program[start] = (struct instruction){op, x, y};
}

static void compile_alternatives(void);

static void compile_atom(void) {
    switch (*pattern) {
    case '(': pattern++, compile_alternatives(); break;
    case '[': emit(RANGE, pattern[1], pattern[3]), pattern += 4; break;
    case '.': emit(ANY, 0, 0); break;
    case '$': emit(END_OF_LINE, 0, 0); break;
    default: emit(BYTE, *pattern, 0);
    }
    pattern++;
}

static void compile_sequence(void) {
    while (*pattern && *pattern != '|' && *pattern != ')') {
        i32 start = length;
        compile_atom();
        if (*pattern == '*') {
            insert(start, SPLIT, start + 1, length + 2);
            emit(JUMP, start, 0);
        } else if (*pattern == '+') {
            emit(SPLIT, start, length + 1);
        } else if (*pattern == '?') {
            insert(start, SPLIT, start + 1, length + 1);
        } else {
            continue;
        }
        pattern++;
    }
}

static void compile_alternatives(void) {
    i32 start = length;
    compile_sequence();
    if (*pattern != '|') return;
    pattern++;
    insert(start, SPLIT, start + 1, length + 2);
    i32 jump = length;
    emit(JUMP, 0, 0);
    compile_alternatives();
    program[jump].x = length;
}

// Where a match from here on ends, or null.
static NOINLINE const u8 *match(i32 pc, const u8 *at) {
    for (;; pc++) {
        const struct instruction *i = &program[pc];
        switch (i->op) {
        case BYTE: if (*at++ != i->x) return 0; break;
        case ANY: if (*at++ == '\n') return 0; break;
        case RANGE: if (*at < i->x || *at > i->y) return 0; at++; break;
        case END_OF_LINE: if (*at != '\n') return 0; break;
        case JUMP: pc = i->x - 1; break;
        case SPLIT: {
            const u8 *end = match(i->x, at);
            if (end) return end;
            pc = i->y - 1;
            break;
        }
        case MATCH: return at;
        }
    }
}

static NOINLINE u32 find_all(u32 hash) {
    for (const u8 *at = text; *at;) {
        const u8 *end = match(0, at);
        if (end && end > at) {
            hash = mix(mix(hash, (u32)(at - text)), (u32)(end - at));
            at = end;
        } else {
            at++;
        }
    }
    return hash;
}

static void make_text(void) {
    static const char *words[] = {
        "error: ", "in 1995 ", "file.c ", "10.0.0.1 ", "warning ", "abab ", "at 12:30\n", "x=17, ",
    };
    u32 random = 61;
    u8 *to = text, *end = text + sizeof text - 16;
    while (to < end)
        for (const char *word = words[next_random(&random) >> 13 & 7]; *word; word++) *to++ = (u8)*word;
    *to++ = '\n';
    *to = 0;
}

KERNEL i32 run(i32 n) {
    static const char *patterns[] = {
        "[0-9]+.[0-9]+.[0-9]+.[0-9]+ ", "(error|warning):? .*$", "(a|b)*abb?",
        "[a-z]+.c ", "[a-z]=[0-9]+,", "[0-9]?[0-9]:[0-9]+$",
    };
    u32 hash = 0;
    make_text();
    for (i32 round = 0; round < n; round++) {
        pattern = patterns[round % 6], length = 0;
        compile_alternatives();
        emit(MATCH, 0, 0);
        hash = find_all(hash);
    }
    return (i32)hash;
}
