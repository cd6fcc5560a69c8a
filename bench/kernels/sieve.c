// The sieve of Eratosthenes in bits: memory read and written with strides, and bits counted.
#include "kernel.h"

// Only odd numbers have bits.
#define LIMIT (1 << 21)
#define WORDS (LIMIT / 64)

static u32 composite[WORDS];

static NOINLINE void cross_out(u32 prime) {
    for (u32 i = prime * prime / 2; i < LIMIT / 2; i += prime) composite[i >> 5] |= 1u << (i & 31);
}

static NOINLINE u32 count(void) {
    u32 sum = 0;
    for (i32 i = 0; i < WORDS; i++) sum += (u32)__builtin_popcount(~composite[i]);
    return sum;
}

KERNEL i32 run(i32 n) {
    u32 hash = 0;
    for (i32 round = 0; round < n; round++) {
        for (i32 i = 0; i < WORDS; i++) composite[i] = 0;
        for (u32 prime = 3; prime * prime < LIMIT; prime += 2)
            if (!(composite[prime >> 6] >> (prime >> 1 & 31) & 1)) cross_out(prime);
        hash = mix(hash, count() + composite[round & (WORDS - 1)]);
    }
    return (i32)hash;
}
