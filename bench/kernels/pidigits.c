// Digits of pi by Machin's formula: long numbers divided by short ones, 64-bit divisions.
#include "kernel.h"

// Numbers in base 10^9, the digits before the point first.
#define WORDS 64
#define BASE 1000000000u

static u32 sum[WORDS], power[WORDS], term[WORDS];

// Divides from the word that is not 0 on, and returns where the result isn't.
static NOINLINE i32 divide(u32 *to, const u32 *from, u32 by, i32 first) {
    u64 rest = 0;
    for (i32 i = first; i < WORDS; i++) {
        rest = rest * BASE + from[i];
        to[i] = (u32)(rest / by);
        rest %= by;
    }
    while (first < WORDS && to[first] == 0) first++;
    return first;
}

static NOINLINE void add(const u32 *value, i32 first) {
    u32 carry = 0;
    for (i32 i = WORDS; i-- > 0;) {
        if (i < first && carry == 0) return;
        u32 word = sum[i] + (i < first ? 0 : value[i]) + carry;
        carry = word >= BASE;
        sum[i] = carry ? word - BASE : word;
    }
}

static NOINLINE void subtract(const u32 *value, i32 first) {
    u32 borrow = 0;
    for (i32 i = WORDS; i-- > 0;) {
        if (i < first && borrow == 0) return;
        i32 word = (i32)(sum[i] - (i < first ? 0 : value[i]) - borrow);
        borrow = word < 0;
        sum[i] = (u32)(borrow ? word + (i32)BASE : word);
    }
}

// Adds `factor` times the arctangent of 1 / `x`, or takes it away.
static void add_arctangent(u32 factor, u32 x, i32 positive) {
    for (i32 i = 0; i < WORDS; i++) power[i] = 0;
    power[0] = factor;
    i32 first = divide(power, power, x, 0);
    for (u32 odd = 1; first < WORDS; odd += 2) {
        for (i32 i = 0; i < first; i++) term[i] = 0;
        i32 start = divide(term, power, odd, first);
        if (positive) add(term, start);
        else subtract(term, start);
        positive = !positive;
        first = divide(power, power, x * x, first);
    }
}

KERNEL i32 run(i32 n) {
    u32 hash = 0;
    for (i32 round = 0; round < n; round++) {
        for (i32 i = 0; i < WORDS; i++) sum[i] = 0;
        add_arctangent(16, 5, 1);
        add_arctangent(4, 239, 0);
        for (i32 i = 0; i < WORDS; i++) hash = mix(hash, sum[i]);
    }
    return (i32)hash;
}
