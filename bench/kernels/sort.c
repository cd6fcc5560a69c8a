// Quicksort, then binary searches: memory accesses and branches that can't be predicted.
#include "kernel.h"

#define COUNT (1 << 15)

static u32 values[COUNT];

static NOINLINE void sort(i32 low, i32 high) {
    while (high - low > 12) {
        u32 a = values[low], b = values[(low + high) / 2], c = values[high];
        u32 pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        i32 i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot) i++;
            while (values[j] > pivot) j--;
            if (i <= j) {
                u32 swapped = values[i];
                values[i++] = values[j];
                values[j--] = swapped;
            }
        }
        if (j - low < high - i) {
            sort(low, j);
            low = i;
        } else {
            sort(i, high);
            high = j;
        }
    }
    for (i32 i = low + 1; i <= high; i++) {
        u32 value = values[i];
        i32 j = i;
        for (; j > low && values[j - 1] > value; j--) values[j] = values[j - 1];
        values[j] = value;
    }
}

static NOINLINE i32 search(u32 value) {
    i32 low = 0, high = COUNT;
    while (low < high) {
        i32 middle = (low + high) / 2;
        if (values[middle] < value) low = middle + 1; else high = middle;
    }
    return low;
}

KERNEL i32 run(i32 n) {
    u32 random = 99, hash = 0;
    for (i32 round = 0; round < n; round++) {
        for (i32 i = 0; i < COUNT; i++) values[i] = next_random(&random);
        sort(0, COUNT - 1);
        for (i32 i = 0; i < COUNT; i++) hash = mix(hash, (u32)search(next_random(&random)));
    }
    return (i32)hash;
}
