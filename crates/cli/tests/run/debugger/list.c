// A list in linear memory, with a text, a callback and variables of several kinds.
struct node {
    int value;
    struct node *next;
};

static struct node nodes[3];
static const char *const names[] = {"zero", "one"};
int total;

static int twice(int value) {
    return 2 * value;
}

static int add(int sum, const struct node *node) {
    int result = sum + node->value;
    return result;
}

static int walk(const struct node *first, int (*change)(int)) {
    int sum = 0;
    for (const struct node *node = first; node; node = node->next) {
        int before = sum;
        sum = add(before, node);
    }
    return change(sum);
}

__attribute__((export_name("run"))) int run(int count) {
    const char *name = names[1];
    double half = count / 2.0;
    for (int i = 0; i < 3; i++) {
        nodes[i].value = count + i;
        nodes[i].next = i < 2 ? &nodes[i + 1] : 0;
    }
    total = walk(nodes, twice);
    return total + (name[0] == 'o') + (half > 1);
}

__attribute__((export_name("fail"))) int fail(int count) {
    volatile int *nowhere = (int *)0x7fffffff;
    return *nowhere + count;
}
