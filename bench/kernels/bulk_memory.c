// Blocks of a few bytes to a megabyte copied, moved and filled by the instructions for bulk memory.
#include "kernel.h"

#define SIZE (1 << 20)

static u8 bytes[2 * SIZE];

// A text in one block: insertions and deletions move what follows.
static NOINLINE u32 edit(u32 size, u32 at, u32 count, u8 letter) {
    if (size + count > SIZE) {
        __builtin_memmove(bytes + at, bytes + at + count, size - at - count);
        return size - count;
    }
    __builtin_memmove(bytes + at + count, bytes + at, size - at);
    __builtin_memset(bytes + at, letter, count);
    return size + count;
}

static NOINLINE void copy_pieces(u32 from, u32 count, u32 length) {
    for (u32 i = 0; i < count; i++) __builtin_memcpy(bytes + SIZE + i * length, bytes + from + i * 2 * length, length);
}

KERNEL i32 run(i32 n) {
    u32 random = 103, hash = 0, size = 1 << 15;
    __builtin_memset(bytes, 0, sizeof bytes);
    for (u32 i = 0; i < size; i++) bytes[i] = (u8)next_random(&random);
    for (i32 i = 0; i < n; i++) {
        u32 x = next_random(&random);
        size = edit(size, x % (size / 2), 1 + (x >> 22), (u8)x);
        copy_pieces(x & 1023, 256, 1 + (x >> 10 & 63));
        if ((i & 255) == 0) {
            __builtin_memcpy(bytes + SIZE, bytes, SIZE);
            __builtin_memset(bytes + size / 2, (u8)x, size / 8);
        }
        hash = mix(hash, bytes[x >> 12] + (u32)bytes[SIZE + (x & 0x3fff)]);
    }
    for (u32 i = 0; i < 2 * SIZE; i += 97) hash = mix(hash, bytes[i]);
    return (i32)hash;
}
