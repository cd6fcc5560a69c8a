// Products of square matrices, in vectors of four.
#include "vector.h"

#define SIZE 256
#define VECTORS (SIZE / 4)
static float a[SIZE][SIZE];
static f32x4 b[SIZE][VECTORS], c[SIZE][VECTORS];

static NOINLINE void add_product(void) {
    for (i32 i = 0; i < SIZE; i++)
        for (i32 j = 0; j < VECTORS; j += 4) {
            f32x4 s0 = c[i][j], s1 = c[i][j + 1], s2 = c[i][j + 2], s3 = c[i][j + 3];
            for (i32 k = 0; k < SIZE; k++) {
                float x = a[i][k];
                s0 += x * b[k][j];
                s1 += x * b[k][j + 1];
                s2 += x * b[k][j + 2];
                s3 += x * b[k][j + 3];
            }
            c[i][j] = s0, c[i][j + 1] = s1, c[i][j + 2] = s2, c[i][j + 3] = s3;
        }
}

KERNEL i32 run(i32 n) {
    u32 random = 3;
    for (i32 i = 0; i < SIZE; i++)
        for (i32 j = 0; j < SIZE; j++) {
            a[i][j] = (float)(next_random(&random) & 15) / 16.0f;
            b[i][j / 4][j % 4] = (float)(next_random(&random) & 15) / 16.0f;
            c[i][j / 4][j % 4] = 0.0f;
        }
    for (i32 round = 0; round < n; round++) add_product();
    u32 hash = 0;
    for (i32 i = 0; i < SIZE; i++)
        for (i32 j = 0; j < SIZE; j++) {
            union { float value; u32 bits; } cell = {c[i][j / 4][j % 4]};
            hash = mix(hash, cell.bits);
        }
    return (i32)hash;
}
