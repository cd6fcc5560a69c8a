// ChaCha20 encrypts a buffer: 32-bit additions and rotations on sixteen values at once.
#include "kernel.h"

static u32 buffer[1 << 12];

static u32 rotate(u32 x, i32 by) { return x << by | x >> (32 - by); }

#define QUARTER(a, b, c, d)                 \
    a += b, d = rotate(d ^ a, 16), c += d, b = rotate(b ^ c, 12), \
    a += b, d = rotate(d ^ a, 8), c += d, b = rotate(b ^ c, 7)

static NOINLINE void encrypt_block(const u32 state[16], u32 *block) {
    u32 x[16];
    for (i32 i = 0; i < 16; i++) x[i] = state[i];
    for (i32 i = 0; i < 10; i++) {
        QUARTER(x[0], x[4], x[8], x[12]);
        QUARTER(x[1], x[5], x[9], x[13]);
        QUARTER(x[2], x[6], x[10], x[14]);
        QUARTER(x[3], x[7], x[11], x[15]);
        QUARTER(x[0], x[5], x[10], x[15]);
        QUARTER(x[1], x[6], x[11], x[12]);
        QUARTER(x[2], x[7], x[8], x[13]);
        QUARTER(x[3], x[4], x[9], x[14]);
    }
    for (i32 i = 0; i < 16; i++) block[i] ^= x[i] + state[i];
}

KERNEL i32 run(i32 n) {
    u32 state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    u32 random = 29;
    for (i32 i = 4; i < 16; i++) state[i] = next_random(&random);
    for (i32 i = 0; i < 1 << 12; i++) buffer[i] = (u32)i;
    for (i32 round = 0; round < n; round++)
        for (i32 at = 0; at < 1 << 12; at += 16) {
            encrypt_block(state, buffer + at);
            state[12]++;
        }
    u32 hash = 0;
    for (i32 i = 0; i < 1 << 12; i++) hash = mix(hash, buffer[i]);
    return (i32)hash;
}
