// Products of square matrices, without vectors.
#include "kernel.h"

#define SIZE 192

static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

static NOINLINE void add_product(void) {
    for (i32 i = 0; i < SIZE; i++)
        for (i32 k = 0; k < SIZE; k++) {
            double x = a[i][k];
            for (i32 j = 0; j < SIZE; j++) c[i][j] += x * b[k][j];
        }
}

KERNEL i32 run(i32 n) {
    u32 random = 3;
    for (i32 i = 0; i < SIZE; i++)
        for (i32 j = 0; j < SIZE; j++) {
            a[i][j] = (double)(next_random(&random) & 255) / 256.0;
            b[i][j] = (double)(next_random(&random) & 255) / 256.0;
            c[i][j] = 0.0;
        }
    for (i32 round = 0; round < n; round++) add_product();
    double sum = 0.0;
    for (i32 i = 0; i < SIZE; i++)
        for (i32 j = 0; j < SIZE; j++) sum += c[i][j] * (double)(i - j);
    return fold_f64(sum);
}
