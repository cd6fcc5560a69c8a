// Fast Fourier transforms there and back: doubles with strides that double.
#include "kernel.h"

#define BITS 11
#define SIZE (1 << BITS)

struct complex {
    double re, im;
};

static struct complex data[SIZE], roots[SIZE / 2];

static struct complex multiply(struct complex a, struct complex b) {
    return (struct complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

// Roots of unity: those of powers of two by halving angles, the others as their products.
static void make_roots(void) {
    struct complex root = {-1.0, 0.0};
    roots[0] = (struct complex){1.0, 0.0};
    for (i32 bit = SIZE / 4; bit >= 1; bit /= 2) {
        double cosine = root.re;
        root = (struct complex){__builtin_sqrt((1.0 + cosine) / 2.0), __builtin_sqrt((1.0 - cosine) / 2.0)};
        roots[bit] = root;
    }
    for (i32 i = 3; i < SIZE / 2; i++) {
        i32 rest = i & (i - 1);
        if (rest) roots[i] = multiply(roots[rest], roots[i ^ rest]);
    }
}

static NOINLINE void reverse_bits(void) {
    for (i32 i = 0, j = 0; i < SIZE; i++) {
        if (i < j) {
            struct complex swapped = data[i];
            data[i] = data[j];
            data[j] = swapped;
        }
        i32 bit = SIZE / 2;
        for (; j & bit; bit /= 2) j ^= bit;
        j |= bit;
    }
}

static NOINLINE void transform(double sign) {
    reverse_bits();
    for (i32 half = 1; half < SIZE; half *= 2)
        for (i32 from = 0; from < SIZE; from += 2 * half)
            for (i32 i = 0; i < half; i++) {
                struct complex root = roots[i * (SIZE / 2 / half)];
                root.im *= sign;
                struct complex a = data[from + i], b = multiply(data[from + i + half], root);
                data[from + i] = (struct complex){a.re + b.re, a.im + b.im};
                data[from + i + half] = (struct complex){a.re - b.re, a.im - b.im};
            }
}

KERNEL i32 run(i32 n) {
    u32 random = 11;
    make_roots();
    for (i32 i = 0; i < SIZE; i++) data[i] = (struct complex){(double)(next_random(&random) & 1023) - 512.0, 0.0};
    for (i32 round = 0; round < n; round++) {
        transform(1.0);
        // A low-pass filter, which also undoes the scale.
        for (i32 i = 0; i < SIZE; i++) {
            double scale = i < SIZE / 4 || i > SIZE - SIZE / 4 ? 1.0 / SIZE : 0.5 / SIZE;
            data[i].re *= scale, data[i].im *= scale;
        }
        transform(-1.0);
        data[round & (SIZE - 1)].re += 100.0;
    }
    double sum = 0.0;
    for (i32 i = 0; i < SIZE; i++) sum += data[i].re * (double)(i + 1) + data[i].im;
    return fold_f64(sum);
}
