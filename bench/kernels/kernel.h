// What every kernel has in common: fixed-width types, a generator of numbers, and the export.
#pragma once
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;

#define KERNEL __attribute__((export_name("run")))
#define NOINLINE __attribute__((noinline))

// Xorshift; the same sequence on every machine.
static inline u32 next_random(u32 *state) {
    u32 x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static inline u32 mix(u32 hash, u32 value) { return (hash ^ value) * 0x01000193u; }
