// A Forth of function pointers: each word is an indirect call, colon definitions call further ones.
#include "kernel.h"

typedef union cell cell;
typedef void primitive(const cell *self);

// What code is made of: a word, which is an array whose first cell is a primitive; or a number.
union cell {
    primitive *run;
    const cell *word;
    i32 number;
};

static i32 stack[64], *top, variables[4];
static const cell *returns[64], **return_top, *ip;

static void docol(const cell *self) { *return_top++ = ip, ip = self + 1; }
static void do_exit(const cell *self) { (void)self, ip = *--return_top; }
static void lit(const cell *self) { (void)self, *++top = ip++->number; }
static void dup(const cell *self) { (void)self, top[1] = top[0], top++; }
static void drop(const cell *self) { (void)self, top--; }
static void swap(const cell *self) {
    (void)self;
    i32 x = top[0];
    top[0] = top[-1], top[-1] = x;
}
static void plus(const cell *self) { (void)self, top--, *top = (i32)((u32)top[0] + (u32)top[1]); }
static void minus(const cell *self) { (void)self, top--, *top = (i32)((u32)top[0] - (u32)top[1]); }
static void times(const cell *self) { (void)self, top--, *top = (i32)((u32)top[0] * (u32)top[1]); }
static void less(const cell *self) { (void)self, top--, *top = top[0] < top[1]; }
static void fetch(const cell *self) { (void)self, *top = variables[*top & 3]; }
static void store(const cell *self) { (void)self, variables[*top & 3] = top[-1], top -= 2; }
static void branch_if_zero(const cell *self) {
    (void)self;
    i32 by = ip++->number;
    if (*top-- == 0) ip += by;
}

#define PRIMITIVE(name, function) static const cell name[] = {{.run = function}}
PRIMITIVE(EXIT, do_exit);
PRIMITIVE(LIT, lit);
PRIMITIVE(DUP, dup);
PRIMITIVE(DROP, drop);
PRIMITIVE(SWAP, swap);
PRIMITIVE(PLUS, plus);
PRIMITIVE(MINUS, minus);
PRIMITIVE(TIMES, times);
PRIMITIVE(LESS, less);
PRIMITIVE(FETCH, fetch);
PRIMITIVE(STORE, store);
PRIMITIVE(BRANCH_IF_ZERO, branch_if_zero);

#define W(name) {.word = name}
#define N(value) W(LIT), {.number = value}
#define UNLESS(by) W(BRANCH_IF_ZERO), {.number = by}

// : FIB DUP 2 < IF EXIT THEN DUP 1 - FIB SWAP 2 - FIB + ;
static const cell FIB[] = {
    {.run = docol}, W(DUP), N(2), W(LESS), UNLESS(1), W(EXIT),
    W(DUP), N(1), W(MINUS), W(FIB), W(SWAP), N(2), W(MINUS), W(FIB), W(PLUS), W(EXIT),
};
// : SUM ( limit -- ) BEGIN DUP DUP * 0 @ + 31 * 0 ! 1 - DUP 1 < UNTIL DROP ;
static const cell SUM[] = {
    {.run = docol}, W(DUP), W(DUP), W(TIMES), N(0), W(FETCH), W(PLUS), N(31), W(TIMES), N(0), W(STORE),
    N(1), W(MINUS), W(DUP), N(1), W(LESS), UNLESS(-22), W(DROP), W(EXIT),
};
// : MAIN ( n -- ) 15 FIB + 0 @ + 0 ! 100 SUM ;
static const cell MAIN[] = {
    {.run = docol}, N(15), W(FIB), W(PLUS), N(0), W(FETCH), W(PLUS), N(0), W(STORE), N(100), W(SUM), W(EXIT),
};

static NOINLINE void execute(const cell *word) {
    static const cell end[] = {{.word = 0}};
    ip = end;
    for (; word; word = ip++->word) word->run(word);
}

KERNEL i32 run(i32 n) {
    top = stack, return_top = returns;
    for (i32 i = 0; i < 4; i++) variables[i] = 0;
    for (i32 i = 0; i < n; i++) {
        *++top = i;
        execute(MAIN);
    }
    return variables[0] + (i32)(top - stack);
}
