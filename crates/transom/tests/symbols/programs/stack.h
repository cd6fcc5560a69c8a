struct stack {
    int values[8];
    int depth;
};

void push(struct stack *stack, int value);

static inline int checked(int value, int limit) {
    if (value >= limit)
        __builtin_trap();
    return value;
}
