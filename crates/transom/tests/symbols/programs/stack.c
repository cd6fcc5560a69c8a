#include "stack.h"

void push(struct stack *stack, int value) {
    stack->values[checked(stack->depth, 8)] = value;
    stack->depth++;
}
