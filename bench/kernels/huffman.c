// Huffman codes made, written and read again: bits of one stream, and tables looked up.
#include "kernel.h"

#define SIZE (1 << 15)
#define SYMBOLS 64
#define LONGEST 15

static u8 text[SIZE], decoded[SIZE], packed[SIZE + 8];
static u32 lengths[SYMBOLS], codes[SYMBOLS];
// What each prefix of LONGEST bits begins with: a symbol, and its length.
static u8 symbol_of[1 << LONGEST], length_of[1 << LONGEST];

// Lengths from weights, by joining the two lightest trees until one is left; halved weights if a code is too long.
static NOINLINE void choose_lengths(u32 *weights) {
    u32 weight[2 * SYMBOLS], parent[2 * SYMBOLS], longest;
    do {
        u32 count = SYMBOLS;
        for (u32 i = 0; i < SYMBOLS; i++) weight[i] = weights[i], parent[i] = 0;
        for (; count < 2 * SYMBOLS - 1; count++) {
            u32 least[2];
            for (i32 k = 0; k < 2; k++) {
                u32 best = ~0u;
                for (u32 i = 0; i < count; i++)
                    if (parent[i] == 0 && weight[i] < best) best = weight[i], least[k] = i;
                parent[least[k]] = count;
            }
            weight[count] = weight[least[0]] + weight[least[1]];
            parent[count] = 0;
        }
        longest = 0;
        for (u32 i = 0; i < SYMBOLS; i++) {
            lengths[i] = 0;
            for (u32 node = i; parent[node]; node = parent[node]) lengths[i]++;
            if (lengths[i] > longest) longest = lengths[i];
            weights[i] = weights[i] / 2 + 1;
        }
    } while (longest > LONGEST);
}

// Codes in the order of their lengths, and the table that reads them.
static NOINLINE void assign_codes(void) {
    u32 code = 0;
    for (u32 length = 1; length <= LONGEST; length++)
        for (u32 i = 0; i < SYMBOLS; i++) {
            if (lengths[i] != length) continue;
            codes[i] = code >> (LONGEST - length);
            u32 end = code + (1u << (LONGEST - length));
            for (; code < end; code++) symbol_of[code] = (u8)i, length_of[code] = (u8)length;
        }
}

static NOINLINE u32 encode(void) {
    u32 bits = 0, count = 0, at = 0;
    for (u32 i = 0; i < SIZE; i++) {
        u32 length = lengths[text[i]];
        bits = bits << length | codes[text[i]];
        count += length;
        for (; count >= 8; count -= 8) packed[at++] = (u8)(bits >> (count - 8));
    }
    packed[at] = (u8)(bits << (8 - count));
    packed[at + 1] = packed[at + 2] = 0;
    return at + 1;
}

static NOINLINE void decode(void) {
    u32 bits = 0, count = 0, at = 0;
    for (u32 i = 0; i < SIZE; i++) {
        for (; count < LONGEST; count += 8) bits = bits << 8 | packed[at++];
        u32 prefix = bits >> (count - LONGEST) & ((1u << LONGEST) - 1);
        decoded[i] = symbol_of[prefix];
        count -= length_of[prefix];
    }
}

KERNEL i32 run(i32 n) {
    u32 random = 43, hash = 0;
    for (i32 round = 0; round < n; round++) {
        u32 weights[SYMBOLS] = {0};
        for (u32 i = 0; i < SIZE; i++) {
            // The more bits are set in a row, the rarer.
            u32 x = next_random(&random);
            text[i] = (u8)((u32)__builtin_ctz(x | 1 << 15) << 2 | x >> 30);
            weights[text[i]]++;
        }
        choose_lengths(weights);
        assign_codes();
        for (i32 again = 0; again < 4; again++) {
            hash = mix(hash, encode());
            decode();
            for (u32 i = 0; i < SIZE; i += 16) hash = mix(hash, decoded[i]);
        }
    }
    return (i32)hash;
}
