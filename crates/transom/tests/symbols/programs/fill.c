// Traps in a function that is inlined, when it is told to push more than fits.
#include "stack.h"

static inline int square(int value) {
    return value * value;
}

__attribute__((noinline)) int fill(struct stack *stack, int count) {
    for (int i = 0; i < count; i++)
        push(stack, square(i));
    return stack->depth;
}

__attribute__((export_name("run"))) int run(int count) {
    struct stack stack = {.depth = 0};
    return fill(&stack, count) + stack.values[0];
}
