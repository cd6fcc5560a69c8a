// Strings sorted by merging, then counted and joined: bytes compared behind pointers.
#include "kernel.h"

#define COUNT 4096

static char text[COUNT * 16], joined[COUNT * 20];
static const char *sorted[COUNT], *other[COUNT];

static void make_strings(void) {
    static const char *parts[] = {"al", "be", "ca", "de", "el", "fa", "ga", "ha", "in", "ja", "ka", "lo", "mi", "no"};
    u32 random = 59;
    char *to = text;
    for (i32 i = 0; i < COUNT; i++) {
        sorted[i] = to;
        for (u32 x = next_random(&random), left = 1 + (x >> 29 & 3) + (x >> 31); left; left--, x >>= 4)
            for (const char *part = parts[(x & 15) % 14]; *part; part++) *to++ = *part;
        *to++ = 0;
    }
}

static NOINLINE i32 compare(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return (u8)*a - (u8)*b;
}

static NOINLINE void merge(const char **from, i32 middle, i32 end, const char **to) {
    i32 i = 0, j = middle, k = 0;
    while (i < middle && j < end) to[k++] = compare(from[i], from[j]) <= 0 ? from[i++] : from[j++];
    while (i < middle) to[k++] = from[i++];
    while (j < end) to[k++] = from[j++];
}

// Twelve passes, an even number, so that what is sorted ends where it began.
static NOINLINE void sort(void) {
    const char **from = sorted, **to = other;
    for (i32 width = 1; width < COUNT; width *= 2) {
        for (i32 i = 0; i < COUNT; i += 2 * width) merge(from + i, width, 2 * width, to + i);
        const char **swapped = from;
        from = to;
        to = swapped;
    }
}

// Each different string once, with how often it is there.
static NOINLINE char *join(void) {
    char *to = joined;
    for (i32 i = 0, j; i < COUNT; i = j) {
        for (j = i + 1; j < COUNT && compare(sorted[i], sorted[j]) == 0; j++);
        for (const char *from = sorted[i]; *from; from++) *to++ = *from;
        if (j - i > 9) *to++ = (char)('0' + (j - i) / 10 % 10);
        *to++ = (char)('0' + (j - i) % 10);
        *to++ = ' ';
    }
    return to;
}

KERNEL i32 run(i32 n) {
    u32 hash = 0;
    for (i32 round = 0; round < n; round++) {
        make_strings();
        // Another text in each round.
        for (u32 i = 0; i < sizeof text; i += 7)
            if (text[i]) text[i] = (char)('a' + ((u32)text[i] + (u32)round) % 26);
        sort();
        char *end = join();
        for (char *at = joined; at < end; at++) hash = mix(hash, (u8)*at);
    }
    return (i32)hash;
}
