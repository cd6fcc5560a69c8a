// Edit distances and longest common subsequences of strings: dynamic programming over rows.
#include "kernel.h"

#define LENGTH 256

static u8 first[LENGTH], second[LENGTH];
static i32 row[LENGTH + 1];
static u16 table[LENGTH + 1][LENGTH + 1];

static i32 min(i32 a, i32 b) { return a < b ? a : b; }

static NOINLINE i32 edit_distance(void) {
    for (i32 j = 0; j <= LENGTH; j++) row[j] = j;
    for (i32 i = 1; i <= LENGTH; i++) {
        i32 diagonal = row[0];
        row[0] = i;
        for (i32 j = 1; j <= LENGTH; j++) {
            i32 replaced = diagonal + (first[i - 1] != second[j - 1]);
            diagonal = row[j];
            row[j] = min(replaced, min(row[j], row[j - 1]) + 1);
        }
    }
    return row[LENGTH];
}

// Returns a hash of the subsequence, found by walking the table backwards.
static NOINLINE u32 common_subsequence(void) {
    for (i32 i = 1; i <= LENGTH; i++)
        for (i32 j = 1; j <= LENGTH; j++) {
            u16 left = table[i][j - 1], above = table[i - 1][j];
            if (first[i - 1] == second[j - 1]) table[i][j] = (u16)(table[i - 1][j - 1] + 1);
            else table[i][j] = left > above ? left : above;
        }
    u32 hash = table[LENGTH][LENGTH];
    for (i32 i = LENGTH, j = LENGTH; i && j;) {
        if (first[i - 1] == second[j - 1]) hash = mix(hash, first[--i]), j--;
        else if (table[i - 1][j] >= table[i][j - 1]) i--;
        else j--;
    }
    return hash;
}

KERNEL i32 run(i32 n) {
    u32 random = 79, hash = 0;
    for (i32 i = 0; i < LENGTH; i++) first[i] = (u8)(next_random(&random) & 7);
    for (i32 round = 0; round < n; round++) {
        // The second string is the first one with changes.
        for (i32 i = 0, j = 0; i < LENGTH; i++) {
            u32 x = next_random(&random);
            if ((x & 0x700) == 0 && j < LENGTH - 1) j++;
            second[i] = (x & 0xf000) == 0 ? (u8)(x & 7) : first[j];
            if (j < LENGTH - 1) j++;
        }
        hash = mix(hash, (u32)edit_distance());
        hash = mix(hash, common_subsequence());
        first[round % LENGTH] = (u8)(next_random(&random) & 7);
    }
    return (i32)hash;
}
