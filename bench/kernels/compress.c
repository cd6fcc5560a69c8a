// LZ-style compression, decompression and a CRC of text: bytes, hashing and copying.
#include "kernel.h"

#define SIZE (1 << 17)

static u8 text[SIZE], packed[SIZE + SIZE / 8], unpacked[SIZE];
static u32 heads[1 << 14], crc_table[256];

static NOINLINE void make_text(void) {
    static const char *words[] = {"store ", "module ", "table ", "of ", "the ", "function ", "and ", "memory ",
                                  "is ", "a ", "reference ", "type ", "trap, ", "end. ", "value ", "index "};
    u32 random = 5, at = 0;
    while (at < SIZE) {
        u32 x = next_random(&random);
        const char *word = words[(x >> 3 & x >> 9) & 15];
        while (*word && at < SIZE) text[at++] = (u8)*word++;
        if ((x & 0xff00) == 0 && at < SIZE) text[at++] = (u8)x;
    }
}

static u32 read32(const u8 *at) { return (u32)at[0] | (u32)at[1] << 8 | (u32)at[2] << 16 | (u32)at[3] << 24; }

static NOINLINE u32 compress(void) {
    for (u32 i = 0; i < 1 << 14; i++) heads[i] = 0;
    u32 in = 0, out = 0, literals = 0;
    while (in + 4 < SIZE) {
        u32 word = read32(text + in), hash = word * 2654435761u >> 18;
        u32 candidate = heads[hash];
        heads[hash] = in;
        if (candidate < in && in - candidate < 65536 && read32(text + candidate) == word) {
            u32 length = 4;
            while (length < 127 && in + length < SIZE && text[candidate + length] == text[in + length]) length++;
            u32 distance = in - candidate;
            packed[out++] = (u8)(128 + length);
            packed[out++] = (u8)distance;
            packed[out++] = (u8)(distance >> 8);
            in += length;
            literals = 0;
        } else {
            if (literals == 0 || packed[literals] == 127) {
                literals = out;
                packed[out++] = 0;
            }
            packed[literals]++;
            packed[out++] = text[in++];
        }
    }
    while (in < SIZE) {
        packed[out++] = 1;
        packed[out++] = text[in++];
    }
    return out;
}

static NOINLINE u32 decompress(u32 size) {
    u32 in = 0, out = 0;
    while (in < size) {
        u32 count = packed[in++];
        if (count < 128) {
            while (count--) unpacked[out++] = packed[in++];
        } else {
            u32 from = out - ((u32)packed[in] | (u32)packed[in + 1] << 8);
            in += 2;
            for (count -= 128; count--;) unpacked[out++] = unpacked[from++];
        }
    }
    return out;
}

static NOINLINE u32 crc(const u8 *bytes, u32 size) {
    u32 sum = ~0u;
    for (u32 i = 0; i < size; i++) sum = crc_table[(sum ^ bytes[i]) & 255] ^ sum >> 8;
    return ~sum;
}

KERNEL i32 run(i32 n) {
    for (u32 i = 0; i < 256; i++) {
        u32 c = i;
        for (i32 k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
        crc_table[i] = c;
    }
    make_text();
    u32 hash = 0;
    for (i32 i = 0; i < n; i++) {
        text[i & (SIZE - 1)] ^= (u8)i;
        u32 size = compress();
        hash = mix(hash, size);
        hash = mix(hash, decompress(size));
        hash = mix(hash, crc(unpacked, SIZE));
    }
    return (i32)hash;
}
