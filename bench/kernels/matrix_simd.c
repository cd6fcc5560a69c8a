// Products of square matrices, in vectors of four.
#include "kernel.h"
#include <wasm_simd128.h>

#define SIZE 256

static float a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

KERNEL i32 run(i32 n) {
    u32 random = 3;
    for (i32 i = 0; i < SIZE; i++)
        for (i32 j = 0; j < SIZE; j++) {
            a[i][j] = (float)(next_random(&random) & 15) / 16.0f;
            b[i][j] = (float)(next_random(&random) & 15) / 16.0f;
            c[i][j] = 0.0f;
        }
    for (i32 round = 0; round < n; round++)
        for (i32 i = 0; i < SIZE; i++)
            for (i32 j = 0; j < SIZE; j += 16) {
                v128_t s0 = wasm_v128_load(&c[i][j]), s1 = wasm_v128_load(&c[i][j + 4]);
                v128_t s2 = wasm_v128_load(&c[i][j + 8]), s3 = wasm_v128_load(&c[i][j + 12]);
                for (i32 k = 0; k < SIZE; k++) {
                    v128_t x = wasm_v128_load32_splat(&a[i][k]);
                    s0 = wasm_f32x4_add(s0, wasm_f32x4_mul(x, wasm_v128_load(&b[k][j])));
                    s1 = wasm_f32x4_add(s1, wasm_f32x4_mul(x, wasm_v128_load(&b[k][j + 4])));
                    s2 = wasm_f32x4_add(s2, wasm_f32x4_mul(x, wasm_v128_load(&b[k][j + 8])));
                    s3 = wasm_f32x4_add(s3, wasm_f32x4_mul(x, wasm_v128_load(&b[k][j + 12])));
                }
                wasm_v128_store(&c[i][j], s0), wasm_v128_store(&c[i][j + 4], s1);
                wasm_v128_store(&c[i][j + 8], s2), wasm_v128_store(&c[i][j + 12], s3);
            }
    u32 hash = 0;
    for (i32 i = 0; i < SIZE; i++)
        for (i32 j = 0; j < SIZE; j++) {
            union { float value; u32 bits; } cell = {c[i][j]};
            hash = mix(hash, cell.bits);
        }
    return (i32)hash;
}
