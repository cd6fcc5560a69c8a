// The Mandelbrot set, four pixels at once: floats in vectors, compared and counted without branches.
#include "vector.h"

#define WIDTH 256

static i32x4 counts[WIDTH / 4];

static NOINLINE void compute_row(i32 row) {
    const f32x4 four = {4.0f, 4.0f, 4.0f, 4.0f};
    float middle = (float)row / 128.0f - 1.0f;
    f32x4 cy = {middle, middle, middle, middle};
    for (i32 column = 0; column < WIDTH; column += 4) {
        f32x4 cx = {(float)column, (float)(column + 1), (float)(column + 2), (float)(column + 3)};
        cx = cx / 96.0f - 2.0f;
        f32x4 x = cx - cx, y = x;
        i32x4 count = {0, 0, 0, 0};
        for (i32 step = 0; step < 100; step++) {
            f32x4 xx = x * x, yy = y * y;
            i32x4 inside = xx + yy <= four;
            if (!any((u8x16)inside)) break;
            count -= inside;
            // Pixels outside stay where they are, as they would grow until they are no numbers.
            f32x4 next_y = 2.0f * x * y + cy, next_x = xx - yy + cx;
            x = (f32x4)(((i32x4)next_x & inside) | ((i32x4)x & ~inside));
            y = (f32x4)(((i32x4)next_y & inside) | ((i32x4)y & ~inside));
        }
        counts[column / 4] = count;
    }
}

KERNEL i32 run(i32 n) {
    u32 hash = 0;
    for (i32 row = 0; row < n; row++) {
        compute_row((row & 255) ^ 128);
        for (i32 i = 0; i < WIDTH; i++) hash = mix(hash, (u32)counts[i / 4][i % 4]);
    }
    return (i32)hash;
}
