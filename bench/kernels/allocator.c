// Search trees on a heap with free lists: nodes of several sizes allocated, linked, freed and reused.
#include "kernel.h"

#define HEAP_SIZE (1 << 20)
#define CLASSES 4

struct node {
    struct node *left, *right;
    u32 key, class;
    u8 payload[];
};

// Freed nodes are linked by `left`, by class.
static u64 heap[HEAP_SIZE / 8];
static struct node *freed[CLASSES];
static u32 used, fresh;

static NOINLINE struct node *allocate(u32 key, u32 class) {
    struct node *node = freed[class];
    if (node) {
        freed[class] = node->left;
    } else {
        node = (struct node *)(heap + used);
        fresh++;
        used += (u32)(sizeof *node + (8u << class)) / 8;
    }
    node->left = node->right = 0;
    node->key = key, node->class = class;
    for (u32 i = 0; i < 8u << class; i++) node->payload[i] = (u8)(key + i);
    return node;
}

static NOINLINE void release(struct node *node) {
    node->left = freed[node->class];
    freed[node->class] = node;
}

static NOINLINE struct node **find(struct node **tree, u32 key) {
    while (*tree && (*tree)->key != key) tree = key < (*tree)->key ? &(*tree)->left : &(*tree)->right;
    return tree;
}

static NOINLINE void take_out(struct node **at) {
    struct node *node = *at;
    if (node->left && node->right) {
        struct node **next = &node->right;
        while ((*next)->left) next = &(*next)->left;
        struct node *successor = *next;
        *next = successor->right;
        successor->left = node->left, successor->right = node->right;
        *at = successor;
    } else {
        *at = node->left ? node->left : node->right;
    }
    release(node);
}

static u32 sum(const struct node *tree) {
    if (!tree) return 0;
    u32 here = tree->payload[(8u << tree->class) - 1];
    return sum(tree->left) * 3 + here + sum(tree->right);
}

KERNEL i32 run(i32 n) {
    u32 random = 97, hash = 0;
    struct node *tree = 0;
    used = fresh = 0;
    for (i32 i = 0; i < CLASSES; i++) freed[i] = 0;
    // About half of the 4096 keys are there after a while: each comes and goes.
    for (i32 i = 0; i < n; i++) {
        u32 x = next_random(&random), key = x >> 20;
        struct node **at = find(&tree, key);
        if (*at) take_out(at);
        else *at = allocate(key, x & (CLASSES - 1));
        if ((i & 0xfff) == 0) hash = mix(hash, sum(tree));
    }
    return (i32)mix(hash, sum(tree) + fresh);
}
