// Collatz sequences: 64-bit integers and a branch. All of the work is one loop in `run`, for on-stack replacement.
#include "kernel.h"

KERNEL i32 run(i32 n) {
    u64 start = 1000003, x = start, highest = 0, hash = 0;
    for (i32 step = 0; step < n; step++) {
        if (x == 1) {
            hash = hash * 31 + highest;
            highest = 0;
            x = start += 2;
        } else {
            x = x & 1 ? 3 * x + 1 : x >> 1;
        }
        if (x > highest) highest = x;
    }
    return fold_u64(hash + highest);
}
