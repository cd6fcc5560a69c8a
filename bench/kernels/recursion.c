// Tak, Ackermann's function and Hanoi's towers: little but calls and returns.
#include "kernel.h"

static u32 moves[3];

static NOINLINE i32 tak(i32 x, i32 y, i32 z) {
    if (y >= x) return z;
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

static NOINLINE i32 ackermann(i32 m, i32 n) {
    if (m == 0) return n + 1;
    if (n == 0) return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

static NOINLINE void hanoi(i32 height, i32 from, i32 to) {
    if (height == 0) return;
    hanoi(height - 1, from, 3 - from - to);
    moves[to] = moves[to] * 3 + (u32)(height + from);
    hanoi(height - 1, 3 - from - to, to);
}

KERNEL i32 run(i32 n) {
    u32 hash = 0;
    for (i32 i = 0; i < 3; i++) moves[i] = 0;
    for (i32 round = 0; round < n; round++) {
        hash = mix(hash, (u32)tak(8 + round % 3, 4, round % 4));
        hash = mix(hash, (u32)ackermann(2, 10 + round % 16));
        hanoi(8 + round % 2, 0, 2);
    }
    return (i32)mix(mix(hash, moves[0]), moves[2]);
}
