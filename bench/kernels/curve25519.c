// Scalar multiplication on Curve25519: sums of 64-bit products, without a branch that depends on data.
#include "kernel.h"

// Numbers modulo 2^255 - 19, in ten digits of 26 bits; 2^260 is 19 * 32 there.
#define DIGITS 10
#define MASK 0x3ffffff
#define FOLD 608

typedef struct {
    u64 digits[DIGITS];
} field;

static void carry(u64 *digits) {
    u64 over = 0;
    for (i32 i = 0; i < DIGITS; i++) {
        digits[i] += over;
        over = digits[i] >> 26;
        digits[i] &= MASK;
    }
    digits[0] += over * FOLD;
}

static NOINLINE void multiply(field *to, const field *a, const field *b) {
    u64 wide[2 * DIGITS] = {0};
    for (i32 i = 0; i < DIGITS; i++)
        for (i32 j = 0; j < DIGITS; j++) wide[i + j] += a->digits[i] * b->digits[j];
    for (i32 i = DIGITS; i < 2 * DIGITS - 1; i++) {
        wide[i + 1] += wide[i] >> 26;
        wide[i] &= MASK;
    }
    for (i32 i = 0; i < DIGITS; i++) wide[i] += wide[i + DIGITS] * FOLD;
    carry(wide);
    carry(wide);
    for (i32 i = 0; i < DIGITS; i++) to->digits[i] = wide[i];
}

static void add(field *to, const field *a, const field *b) {
    for (i32 i = 0; i < DIGITS; i++) to->digits[i] = a->digits[i] + b->digits[i];
    carry(to->digits);
}

// A multiple of the modulus is added first, so that no digit becomes negative.
static void subtract(field *to, const field *a, const field *b) {
    for (i32 i = 0; i < DIGITS; i++)
        to->digits[i] = a->digits[i] + (i ? 2ull * MASK : 2 * (MASK + 1ull - FOLD)) - b->digits[i];
    carry(to->digits);
}

static void swap_if(u64 condition, field *a, field *b) {
    for (i32 i = 0; i < DIGITS; i++) {
        u64 change = (a->digits[i] ^ b->digits[i]) & (0 - condition);
        a->digits[i] ^= change;
        b->digits[i] ^= change;
    }
}

// One step of Montgomery's ladder: doubles (x, z), and adds it to (u, w), where their difference is `base`.
static NOINLINE void step(field *x, field *z, field *u, field *w, const field *base) {
    static const field constant = {{121665}};
    field sum, difference, other_sum, other_difference, t;
    add(&sum, x, z);
    subtract(&difference, x, z);
    add(&other_sum, u, w);
    subtract(&other_difference, u, w);
    multiply(&other_difference, &other_difference, &sum);
    multiply(&other_sum, &other_sum, &difference);
    add(u, &other_sum, &other_difference);
    multiply(u, u, u);
    subtract(w, &other_sum, &other_difference);
    multiply(w, w, w);
    multiply(w, w, base);
    multiply(&sum, &sum, &sum);
    multiply(&difference, &difference, &difference);
    multiply(x, &sum, &difference);
    subtract(&difference, &sum, &difference);
    multiply(&t, &difference, &constant);
    add(&t, &t, &sum);
    multiply(z, &difference, &t);
}

static void invert(field *to, const field *of) {
    // To the power of 2^255 - 21, whose bits are ones but for two.
    field power = *of;
    for (i32 bit = 253; bit >= 0; bit--) {
        multiply(&power, &power, &power);
        if (bit != 2 && bit != 4) multiply(&power, &power, of);
    }
    *to = power;
}

static void reduce(field *value) {
    // Twice, as the digits above 2^255 are only seen when those below are carried.
    for (i32 round = 0; round < 2; round++) {
        carry(value->digits);
        u64 over = value->digits[9] >> 21;
        value->digits[9] &= (1 << 21) - 1;
        value->digits[0] += 19 * over;
    }
    carry(value->digits);
}

static NOINLINE void scale(field *point, const u8 scalar[32]) {
    field x = {{1}}, z = {{0}}, u = *point, w = {{1}};
    for (i32 bit = 254; bit >= 0; bit--) {
        u64 set = scalar[bit >> 3] >> (bit & 7) & 1;
        swap_if(set, &x, &u);
        swap_if(set, &z, &w);
        step(&x, &z, &u, &w, point);
        swap_if(set, &x, &u);
        swap_if(set, &z, &w);
    }
    invert(&z, &z);
    multiply(point, &x, &z);
    reduce(point);
}

KERNEL i32 run(i32 n) {
    u32 random = 37, hash = 0;
    u8 scalar[32];
    field point = {{9}};
    for (i32 i = 0; i < n; i++) {
        for (i32 at = 0; at < 32; at++) scalar[at] = (u8)next_random(&random);
        scalar[0] &= 248, scalar[31] = (scalar[31] & 127) | 64;
        scale(&point, scalar);
    }
    for (i32 i = 0; i < DIGITS; i++) hash = mix(hash, (u32)point.digits[i]);
    return (i32)hash;
}
