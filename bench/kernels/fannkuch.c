// Pancake flipping: permutations of a small array in memory, with short loops.
#include "kernel.h"

#define SIZE 10

static i32 permutation[SIZE], counts[SIZE];

// How many reversals of as many elements as the first one says bring the smallest to the front.
static NOINLINE i32 count_flips(void) {
    i32 copy[SIZE], flips = 0;
    for (i32 i = 0; i < SIZE; i++) copy[i] = permutation[i];
    for (i32 first = copy[0]; first != 0; first = copy[0]) {
        for (i32 i = 0, j = first; i < j; i++, j--) {
            i32 swapped = copy[i];
            copy[i] = copy[j];
            copy[j] = swapped;
        }
        flips++;
    }
    return flips;
}

// The next permutation: prefixes are rotated, longer ones less often. After the last one comes the first.
static NOINLINE void advance(void) {
    for (i32 last = 1; last < SIZE; last++) {
        i32 first = permutation[0];
        for (i32 i = 0; i < last; i++) permutation[i] = permutation[i + 1];
        permutation[last] = first;
        if (++counts[last] <= last) return;
        counts[last] = 0;
    }
}

KERNEL i32 run(i32 n) {
    for (i32 i = 0; i < SIZE; i++) permutation[i] = i, counts[i] = 0;
    i32 most = 0, sum = 0;
    for (i32 i = 0; i < n; i++) {
        i32 flips = count_flips();
        if (flips > most) most = flips;
        sum += i & 1 ? -flips : flips;
        advance();
    }
    return sum * 100 + most;
}
