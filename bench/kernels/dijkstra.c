// Shortest paths in a graph with a binary heap: indices into arrays, and branches that depend on data.
#include "kernel.h"

#define NODES 4096
#define EDGES (4 * NODES)

struct edge {
    u32 to, length;
};

struct entry {
    u32 distance, node;
};

static struct edge edges[EDGES];
static u32 distances[NODES];
static struct entry heap[EDGES + 1];
static i32 heap_size;

static NOINLINE void push(struct entry entry) {
    i32 at = ++heap_size;
    for (; at > 1 && heap[at / 2].distance > entry.distance; at /= 2) heap[at] = heap[at / 2];
    heap[at] = entry;
}

static NOINLINE struct entry pop(void) {
    struct entry least = heap[1], last = heap[heap_size--];
    i32 at = 1, child;
    while ((child = 2 * at) <= heap_size) {
        if (child < heap_size && heap[child + 1].distance < heap[child].distance) child++;
        if (heap[child].distance >= last.distance) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return least;
}

static NOINLINE u32 search(u32 from) {
    for (i32 i = 0; i < NODES; i++) distances[i] = ~0u;
    distances[from] = 0, heap_size = 0;
    push((struct entry){0, from});
    u32 sum = 0;
    while (heap_size) {
        struct entry entry = pop();
        if (entry.distance != distances[entry.node]) continue;
        sum += entry.distance;
        for (u32 i = 4 * entry.node; i < 4 * entry.node + 4; i++) {
            u32 distance = entry.distance + edges[i].length;
            if (distance < distances[edges[i].to]) {
                distances[edges[i].to] = distance;
                push((struct entry){distance, edges[i].to});
            }
        }
    }
    return sum;
}

KERNEL i32 run(i32 n) {
    u32 random = 73, hash = 0;
    // Each node has two edges to neighbours, and two to anywhere.
    for (u32 i = 0; i < EDGES; i++) {
        u32 x = next_random(&random), to = i & 2 ? x >> 8 : i / 4 + (i & 1 ? 1 : NODES - 1);
        edges[i] = (struct edge){to % NODES, 1 + (x & 255) * (i & 2)};
    }
    for (i32 round = 0; round < n; round++) hash = mix(hash, search(next_random(&random) % NODES));
    return (i32)hash;
}
