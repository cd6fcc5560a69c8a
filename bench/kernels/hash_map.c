// A hash table with open addressing that grows and shrinks: loads that miss, and short loops of unknown length.
#include "kernel.h"

#define LARGEST (1 << 16)

struct slot {
    u32 key, value;
};

// Two halves: entries move from one to the other when the table grows. The key 0 means that a slot is free.
static struct slot slots[2][LARGEST];
static struct slot *table;
static u32 mask, count;

static u32 place_of(u32 key) { return key * 2654435769u >> 7 & mask; }

static NOINLINE struct slot *find(u32 key) {
    u32 at = place_of(key);
    while (table[at].key && table[at].key != key) at = (at + 1) & mask;
    return &table[at];
}

static NOINLINE void grow(void) {
    struct slot *old = table;
    u32 old_mask = mask;
    table = old == slots[0] ? slots[1] : slots[0];
    mask = 2 * mask + 1;
    for (u32 i = 0; i <= mask; i++) table[i] = (struct slot){0, 0};
    for (u32 i = 0; i <= old_mask; i++)
        if (old[i].key) *find(old[i].key) = old[i];
}

static void add(u32 key, u32 value) {
    struct slot *slot = find(key);
    if (!slot->key) {
        if (++count > mask / 4 * 3) {
            grow();
            slot = find(key);
        }
        slot->key = key, slot->value = 0;
    }
    slot->value += value;
}

// What follows a removed entry moves into its slot, if it could be there.
static void take_out(u32 key) {
    struct slot *slot = find(key);
    if (!slot->key) return;
    count--;
    u32 hole = (u32)(slot - table);
    for (u32 at = (hole + 1) & mask; table[at].key; at = (at + 1) & mask)
        if (((at - place_of(table[at].key)) & mask) >= ((at - hole) & mask)) {
            table[hole] = table[at];
            hole = at;
        }
    table[hole].key = 0;
}

KERNEL i32 run(i32 n) {
    u32 random = 83, hash = 0;
    for (i32 round = 0; round < n; round++) {
        table = slots[0], mask = 15, count = 0;
        for (u32 i = 0; i <= mask; i++) table[i].key = 0;
        for (u32 i = 0; i < 20000; i++) {
            add((next_random(&random) & 0x7fff) + 1, i);
            if (i % 3 == 0) take_out((next_random(&random) & 0x7fff) + 1);
        }
        for (u32 key = 1; key < 0x8000; key++) {
            struct slot *slot = find(key);
            if (slot->key) hash = mix(hash, slot->value + count);
        }
    }
    return (i32)hash;
}
