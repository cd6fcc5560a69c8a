// What every program has in common.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Does `n` units of work, and returns what comes of it: the same in each call with the same `n`.
int32_t work(int32_t n);

// Writes text of words and numbers, the same on every machine.
void make_text(char *to, size_t size);

// Says that something is not as it has to be, by a trap.
#define CHECK(condition) ((condition) ? (void)0 : __builtin_trap())

static inline uint32_t next_random(uint32_t *state) {
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static inline uint32_t mix(uint32_t hash, uint32_t value) { return (hash ^ value) * 0x01000193u; }
