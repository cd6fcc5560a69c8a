// A hash in four lanes of 64 bits: multiplications, rotations and loads that don't wait for each other.
#include "kernel.h"

#define P1 0x9e3779b185ebca87ull
#define P2 0xc2b2ae3d27d4eb4full
#define P3 0x165667b19e3779f9ull

static u64 buffer[1 << 13];

static u64 rotate(u64 x, i32 by) { return x << by | x >> (64 - by); }
static u64 round_of(u64 lane, u64 word) { return rotate(lane + word * P2, 31) * P1; }

static NOINLINE u64 hash_words(const u64 *words, i32 count, u64 seed) {
    u64 lanes[4] = {seed + P1 + P2, seed + P2, seed, seed - P1};
    i32 at = 0;
    for (; at + 4 <= count; at += 4)
        for (i32 lane = 0; lane < 4; lane++) lanes[lane] = round_of(lanes[lane], words[at + lane]);
    u64 hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (i32 lane = 0; lane < 4; lane++) hash = (hash ^ round_of(0, lanes[lane])) * P1 + P3;
    for (; at < count; at++) hash = rotate(hash ^ round_of(0, words[at]), 27) * P1 + P3;
    hash = (hash ^ hash >> 33) * P2;
    hash = (hash ^ hash >> 29) * P3;
    return hash ^ hash >> 32;
}

KERNEL i32 run(i32 n) {
    u32 random = 17;
    for (u32 i = 0; i < 1 << 13; i++) {
        u64 high = next_random(&random);
        buffer[i] = high << 32 | next_random(&random);
    }
    u64 hash = 0;
    // Long inputs and short ones.
    for (i32 round = 0; round < n; round++) {
        hash = hash_words(buffer, 1 << 13, hash);
        for (i32 at = 0; at < 1 << 13; at += 32) hash += hash_words(buffer + at, round + at & 15, hash);
    }
    return fold_u64(hash);
}
