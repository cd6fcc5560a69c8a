// Vectors of 128 bits, as WebAssembly and x86-64 both have them.
#pragma once
#include "kernel.h"
#ifdef __wasm__
#include <wasm_simd128.h>
#else
#include <immintrin.h>
#endif

typedef float f32x4 __attribute__((vector_size(16)));
typedef u32 u32x4 __attribute__((vector_size(16)));
typedef i32 i32x4 __attribute__((vector_size(16)));
typedef u16 u16x8 __attribute__((vector_size(16)));
typedef u8 u8x16 __attribute__((vector_size(16)));
typedef i8 i8x16 __attribute__((vector_size(16)));
typedef u8 u8x8 __attribute__((vector_size(8)));

// Loads and stores anywhere in memory, of vectors whose type is that of `type`.
#define LOAD(type, from) (((const struct { type value; } __attribute__((packed, may_alias)) *)(from))->value)
#define STORE(type, to, vector) (((struct { type value; } __attribute__((packed, may_alias)) *)(to))->value = (vector))

// Bytes of `table` chosen by `index`, whose bytes are below 16.
static inline u8x16 choose(u8x16 table, u8x16 index) {
#ifdef __wasm__
    return (u8x16)wasm_i8x16_swizzle((v128_t)table, (v128_t)index);
#else
    return (u8x16)_mm_shuffle_epi8((__m128i)table, (__m128i)index);
#endif
}

// Whether any bit is set.
static inline i32 any(u8x16 vector) {
#ifdef __wasm__
    return wasm_v128_any_true((v128_t)vector);
#else
    return !_mm_testz_si128((__m128i)vector, (__m128i)vector);
#endif
}
