// The spectral norm of a matrix that is computed, not stored: divisions of doubles.
#include "kernel.h"

#define SIZE 128

static double u[SIZE], v[SIZE], between[SIZE];

static double element(i32 i, i32 j) { return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1); }

static NOINLINE void multiply(const double *from, double *to) {
    for (i32 i = 0; i < SIZE; i++) {
        double sum = 0.0;
        for (i32 j = 0; j < SIZE; j++) sum += element(i, j) * from[j];
        to[i] = sum;
    }
}

static NOINLINE void multiply_transposed(const double *from, double *to) {
    for (i32 i = 0; i < SIZE; i++) {
        double sum = 0.0;
        for (i32 j = 0; j < SIZE; j++) sum += element(j, i) * from[j];
        to[i] = sum;
    }
}

KERNEL i32 run(i32 n) {
    for (i32 i = 0; i < SIZE; i++) u[i] = 1.0, v[i] = 0.0;
    for (i32 round = 0; round < n; round++) {
        multiply(u, between);
        multiply_transposed(between, v);
        multiply(v, between);
        multiply_transposed(between, u);
        // Without this they would grow with the number of rounds.
        for (i32 i = 0; i < SIZE; i++) u[i] *= 0.3, v[i] *= 0.3;
    }
    double product = 0.0, square = 0.0;
    for (i32 i = 0; i < SIZE; i++) {
        product += u[i] * v[i];
        square += v[i] * v[i];
    }
    return fold_f64(__builtin_sqrt(product / square));
}
