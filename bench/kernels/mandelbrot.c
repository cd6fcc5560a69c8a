// The Mandelbrot set: doubles in registers. All of the work is one loop in `run`, for on-stack replacement.
#include "kernel.h"

KERNEL i32 run(i32 n) {
    u32 hash = 0;
    for (i32 pixel = 0; pixel < n; pixel++) {
        // 256 columns and rows; those in the middle come first.
        double cx = (double)(pixel & 255) / 96.0 - 2.0, cy = (double)((pixel >> 8 & 255) ^ 128) / 128.0 - 1.0;
        double x = 0.0, y = 0.0;
        i32 step = 0;
        for (; step < 200; step++) {
            double xx = x * x, yy = y * y;
            if (xx + yy > 4.0) break;
            y = 2.0 * x * y + cy;
            x = xx - yy + cx;
        }
        hash = mix(hash, (u32)step);
    }
    return (i32)hash;
}
