// A JSON document read into a tree, walked and written again: recursion, bytes and branches.
#include "kernel.h"

#define SIZE (1 << 16)

enum kind { NOTHING, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT };

struct node {
    enum kind kind;
    i32 value, length;
    const u8 *text, *key;
    i32 key_length;
    struct node *child, *next;
};

static u8 text[SIZE], written[SIZE];
static struct node nodes[SIZE / 4];
static i32 node_count;
static const u8 *at;
static u8 *to;

static void put_text(const char *bytes) {
    while (*bytes) *to++ = (u8)*bytes++;
}

static void put_number(i32 value) {
    u8 digits[12];
    i32 count = 0;
    u32 rest = value < 0 ? 0u - (u32)value : (u32)value;
    if (value < 0) *to++ = '-';
    do digits[count++] = (u8)('0' + rest % 10); while (rest /= 10);
    while (count) *to++ = digits[--count];
}

static u8 *make_document(void) {
    u32 random = 47;
    to = text;
    put_text("{\"version\": 3, \"items\": [");
    for (i32 i = 0; i < 500; i++) {
        put_text(i ? ",\n  {\"id\": " : "\n  {\"id\": ");
        put_number((i32)next_random(&random) >> 8);
        put_text(", \"name\": \"an \\\"item\\\" of the list\", \"tags\": [\"red\", \"blue\"], \"size\": {\"x\": ");
        put_number((i32)(next_random(&random) & 255));
        put_text(", \"y\": null}, \"stock\": ");
        put_text(next_random(&random) & 1 ? "true}" : "false}");
    }
    put_text("]}");
    return to;
}

static void skip_space(void) {
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') at++;
}

static i32 parse_string(const u8 **start) {
    *start = ++at;
    while (*at != '"') at += *at == '\\' ? 2 : 1;
    return (i32)(at++ - *start);
}

static i32 parse_number(void) {
    i32 negative = *at == '-', value = 0;
    at += negative;
    for (; *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
    return negative ? -value : value;
}

static NOINLINE struct node *parse(void);

static void parse_children(struct node *node, u8 end) {
    struct node **last = &node->child;
    at++;
    for (skip_space(); *at != end; skip_space()) {
        const u8 *key = 0;
        i32 key_length = 0;
        if (node->kind == OBJECT) {
            key_length = parse_string(&key);
            skip_space();
            at++;
        }
        struct node *child = parse();
        child->key = key, child->key_length = key_length;
        *last = child;
        last = &child->next;
        node->length++;
        skip_space();
        if (*at == ',') at++;
    }
    at++;
}

static NOINLINE struct node *parse(void) {
    skip_space();
    struct node *node = &nodes[node_count++];
    *node = (struct node){.kind = NOTHING};
    switch (*at) {
    case '{': node->kind = OBJECT, parse_children(node, '}'); break;
    case '[': node->kind = ARRAY, parse_children(node, ']'); break;
    case '"': node->kind = STRING, node->length = parse_string(&node->text); break;
    case 't': node->kind = BOOLEAN, node->value = 1, at += 4; break;
    case 'f': node->kind = BOOLEAN, at += 5; break;
    case 'n': at += 4; break;
    default: node->kind = NUMBER, node->value = parse_number();
    }
    return node;
}

static void write_bytes(const u8 *bytes, i32 count) {
    *to++ = '"';
    for (i32 i = 0; i < count; i++) *to++ = bytes[i];
    *to++ = '"';
}

static NOINLINE void write_node(const struct node *node) {
    switch (node->kind) {
    case NOTHING: put_text("null"); return;
    case BOOLEAN: put_text(node->value ? "true" : "false"); return;
    case NUMBER: put_number(node->value); return;
    case STRING: write_bytes(node->text, node->length); return;
    case ARRAY: case OBJECT: break;
    }
    *to++ = node->kind == ARRAY ? '[' : '{';
    for (const struct node *child = node->child; child; child = child->next) {
        if (child != node->child) *to++ = ',';
        if (child->key) write_bytes(child->key, child->key_length), *to++ = ':';
        write_node(child);
    }
    *to++ = node->kind == ARRAY ? ']' : '}';
}

KERNEL i32 run(i32 n) {
    u32 hash = 0;
    *make_document() = 0;
    for (i32 round = 0; round < n; round++) {
        at = text, to = written, node_count = 0;
        struct node *root = parse();
        root->child->value = round;
        write_node(root);
        for (const u8 *byte = written; byte < to; byte++) hash = mix(hash, *byte);
    }
    return (i32)hash;
}
