// Allocates, sorts through a function pointer, and frees: calls, memory growth, a little arithmetic.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state = 12345;
static uint32_t next(void) { return state = state * 1664525u + 1013904223u; }
static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int main(void) {
    uint32_t hash = 2166136261u;
    for (size_t n = 1000; n <= 100000; n *= 10) {
        uint32_t *numbers = malloc(n * sizeof *numbers);
        for (size_t i = 0; i < n; i++) numbers[i] = next();
        qsort(numbers, n, sizeof *numbers, by_value);
        for (size_t i = 0; i < n; i++) {
            if (i && numbers[i - 1] > numbers[i]) return puts("out of order"), 1;
            hash = (hash ^ numbers[i]) * 16777619u;
        }
        free(numbers);
    }
    char *blocks[200];
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 200; i++) {
            size_t size = next() % 20000 + 1;
            blocks[i] = malloc(size);
            memset(blocks[i], i, size);
            hash = (hash ^ (uint8_t)blocks[i][size - 1]) * 16777619u;
        }
        for (int i = 0; i < 200; i++) free(blocks[i]);
    }
    printf("hash %08x\n", hash);
    return 0;
}
