// SipHash-2-4 of short strings: 64-bit additions and rotations in one dependency chain, and bytes put together.
#include "kernel.h"

static u8 text[1 << 12];

static u64 rotate(u64 x, i32 by) { return x << by | x >> (64 - by); }

static void mix_rounds(u64 v[4], i32 count) {
    while (count--) {
        v[0] += v[1], v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0], v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1], v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2], v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static NOINLINE u64 siphash(const u8 *bytes, i32 size, u64 k0, u64 k1) {
    u64 v[4] = {
        k0 ^ 0x736f6d6570736575ull,
        k1 ^ 0x646f72616e646f6dull,
        k0 ^ 0x6c7967656e657261ull,
        k1 ^ 0x7465646279746573ull,
    };
    u64 word = 0;
    for (i32 i = 0; i < size; i++) {
        word |= (u64)bytes[i] << 8 * (i & 7);
        if ((i & 7) == 7) {
            v[3] ^= word;
            mix_rounds(v, 2);
            v[0] ^= word;
            word = 0;
        }
    }
    word |= (u64)size << 56;
    v[3] ^= word;
    mix_rounds(v, 2);
    v[0] ^= word;
    v[2] ^= 255;
    mix_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

KERNEL i32 run(i32 n) {
    u32 random = 23;
    for (u32 i = 0; i < sizeof text; i++) text[i] = (u8)next_random(&random);
    u64 hash = 0;
    for (i32 i = 0; i < n; i++) {
        u32 x = next_random(&random);
        hash += siphash(text + (x & 0x7ff), (i32)(x >> 24 & 31), 1, (u64)i);
    }
    return fold_u64(hash);
}
