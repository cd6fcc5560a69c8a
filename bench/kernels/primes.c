// Primes by the test of Miller and Rabin, and greatest common divisors: 64-bit remainders.
#include "kernel.h"

static NOINLINE u64 power(u64 base, u64 exponent, u64 modulus) {
    u64 result = 1;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) result = result * base % modulus;
        base = base * base % modulus;
    }
    return result;
}

static NOINLINE i32 is_prime(u64 candidate) {
    static const u32 witnesses[] = {2, 7, 61};
    i32 twos = __builtin_ctzll(candidate - 1);
    for (i32 i = 0; i < 3; i++) {
        u64 x = power(witnesses[i], (candidate - 1) >> twos, candidate);
        if (x == 1) continue;
        i32 left = twos;
        while (left > 0 && x != candidate - 1) {
            x = x * x % candidate;
            left--;
        }
        if (left == 0) return 0;
    }
    return 1;
}

static NOINLINE i64 greatest_divisor(i64 a, i64 b) {
    while (b != 0) {
        i64 rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

KERNEL i32 run(i32 n) {
    u32 random = 41;
    u64 hash = 0;
    for (i32 i = 0; i < n; i++) {
        u64 candidate = next_random(&random) | 0x80000001u;
        if (is_prime(candidate)) hash = hash * 31 + candidate;
        i64 other = (i64)((u64)next_random(&random) << 31 | next_random(&random));
        hash += (u64)greatest_divisor(other - ((i64)1 << 61), (i64)hash | 1);
    }
    return fold_u64(hash);
}
