// A picture blurred with binomial weights: vectors of eight 16-bit integers, widened from bytes and narrowed again.
#include "vector.h"

#define WIDTH 256
#define HEIGHT 128
#define EDGE 16

static u8 picture[HEIGHT][WIDTH + 2 * EDGE], between[HEIGHT][WIDTH + 2 * EDGE];

static u16x8 widen(const u8 *from) { return __builtin_convertvector(LOAD(u8x8, from), u16x8); }

static u8x8 weigh(u16x8 a, u16x8 b, u16x8 c, u16x8 d, u16x8 e) {
    return __builtin_convertvector((a + e + 4 * (b + d) + 6 * c + 8) >> 4, u8x8);
}

static NOINLINE void blur_rows(void) {
    for (i32 y = 0; y < HEIGHT; y++)
        for (i32 x = EDGE; x < WIDTH + EDGE; x += 8) {
            const u8 *at = &picture[y][x];
            STORE(u8x8, &between[y][x], weigh(widen(at - 2), widen(at - 1), widen(at), widen(at + 1), widen(at + 2)));
        }
}

static NOINLINE void blur_columns(void) {
    for (i32 x = EDGE; x < WIDTH + EDGE; x += 8) {
        u16x8 a = widen(&between[0][x]), b = a, c = a, d = widen(&between[1][x]), e;
        for (i32 y = 0; y < HEIGHT; y++) {
            e = widen(&between[y + 2 < HEIGHT ? y + 2 : HEIGHT - 1][x]);
            STORE(u8x8, &picture[y][x], weigh(a, b, c, d, e));
            a = b, b = c, c = d, d = e;
        }
    }
}

KERNEL i32 run(i32 n) {
    u32 random = 67, hash = 0;
    for (i32 y = 0; y < HEIGHT; y++)
        for (i32 x = 0; x < WIDTH + 2 * EDGE; x++) picture[y][x] = (u8)next_random(&random);
    for (i32 round = 0; round < n; round++) {
        blur_rows();
        blur_columns();
        // Something bright, or all would be grey soon.
        picture[round % HEIGHT][EDGE + next_random(&random) % WIDTH] ^= 255;
    }
    for (i32 y = 0; y < HEIGHT; y++)
        for (i32 x = 0; x < WIDTH; x++) hash = mix(hash, picture[y][x + EDGE]);
    return (i32)hash;
}
