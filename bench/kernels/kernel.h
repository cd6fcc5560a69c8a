// What every kernel has in common: fixed-width types, a generator of numbers, and the export.
#pragma once

typedef signed char i8;
typedef unsigned char u8;
typedef short i16;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;
typedef long long i64;

#ifdef __wasm__
#define KERNEL __attribute__((export_name("run")))
#else
#define KERNEL
#endif
#define NOINLINE __attribute__((noinline))

KERNEL i32 run(i32 n);

// Xorshift; the same sequence on every machine.
static inline u32 next_random(u32 *state) {
    u32 x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static inline u32 mix(u32 hash, u32 value) { return (hash ^ value) * 0x01000193u; }

static inline i32 fold_u64(u64 value) { return (i32)((u32)value ^ (u32)(value >> 32)); }

static inline i32 fold_f64(double value) {
    union { double value; u64 bits; } of = {value};
    return fold_u64(of.bits);
}
