// Base64 written, checked and read: bytes chosen, shifted and compared in vectors of sixteen.
#include "vector.h"

#define BLOCKS 1024

static u8 bytes[BLOCKS * 12 + 4], text[BLOCKS * 16], read[BLOCKS * 12 + 4];

static u8x16 fill(u8 x) { return (u8x16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

static NOINLINE void encode(void) {
    const u8x16 spread = {2, 1, 0, 0, 5, 4, 3, 3, 8, 7, 6, 6, 11, 10, 9, 9};
    // What is added to digits below 26, below 52, of each decimal digit, and to the last two.
    const u8x16 offsets = {'a' - 26, 252, 252, 252, 252, 252, 252, 252, 252, 252, 252, '+' - 62, '/' - 63, 'A', 0, 0};
    for (i32 block = 0; block < BLOCKS; block++) {
        // Three bytes become a number of 24 bits, and that four of six.
        u32x4 word = (u32x4)choose(LOAD(u8x16, bytes + 12 * block), spread);
        u32x4 even = (word >> 18 & 63) | (word << 10 & 0x3f0000), odd = (word >> 4 & 0x3f00) | (word << 24 & 0x3f000000);
        u8x16 digits = (u8x16)(even | odd);
        u8x16 small = (u8x16)(digits < fill(26)), middle = (u8x16)(digits < fill(52));
        u8x16 kind = (digits - 51) & ~middle;
        kind = (kind & ~small) | (fill(13) & small);
        STORE(u8x16, text + 16 * block, digits + choose(offsets, kind));
    }
}

static u8x16 within(u8x16 value, u8 first, u8 last) {
    return (u8x16)(value >= fill(first)) & (u8x16)(value <= fill(last));
}

// Returns whether all was Base64.
static NOINLINE i32 decode(void) {
    const u8x16 gather = {2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 3, 3, 3};
    u8x16 wrong = fill(0);
    for (i32 block = 0; block < BLOCKS; block++) {
        u8x16 input = LOAD(u8x16, text + 16 * block);
        u8x16 upper = within(input, 'A', 'Z'), lower = within(input, 'a', 'z'), number = within(input, '0', '9');
        u8x16 plus = (u8x16)(input == fill('+')), slash = (u8x16)(input == fill('/'));
        wrong |= ~(upper | lower | number | plus | slash);
        u8x16 offset = (upper & fill('A')) | (lower & fill('a' - 26)) | (number & fill(252));
        u32x4 digits = (u32x4)(input - (offset | (plus & fill((u8)('+' - 62))) | (slash & fill((u8)('/' - 63)))));
        u32x4 word = digits << 18 | (digits << 4 & 0x3f000) | (digits >> 10 & 0xfc0) | digits >> 24;
        STORE(u8x16, read + 12 * block, choose((u8x16)word, gather));
    }
    return !any(wrong);
}

KERNEL i32 run(i32 n) {
    u32 random = 71, hash = 0;
    for (u32 i = 0; i < sizeof bytes; i++) bytes[i] = (u8)next_random(&random);
    for (i32 round = 0; round < n; round++) {
        encode();
        if (round % 3 == 0) text[round & 1023] = '-';
        hash = mix(hash, (u32)decode());
        for (u32 i = 0; i < 12; i++) bytes[i] ^= read[(u32)round * 12 % (BLOCKS * 12) + i];
    }
    for (u32 i = 0; i < BLOCKS * 12; i++) hash = mix(hash, bytes[i]);
    for (u32 i = 0; i < sizeof text; i++) hash = mix(hash, text[i]);
    return (i32)hash;
}
