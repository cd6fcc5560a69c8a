// WebP: a picture of 64 columns and 8 n rows encoded with loss and without, and decoded.
#include "program.h"
#include <stdlib.h>
#include <webp/decode.h>
#include <webp/encode.h>

#define WIDTH 64

static void paint(uint8_t *pixels, int height) {
    uint32_t random = 9;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < WIDTH; x++) {
            uint8_t *pixel = pixels + 3 * (y * WIDTH + x);
            int inside = (x - 32) * (x - 32) + (y % 64 - 32) * (y % 64 - 32) < 600;
            pixel[0] = (uint8_t)(x * 4);
            pixel[1] = (uint8_t)(inside ? 200 : y * 2);
            pixel[2] = (uint8_t)(128 + (next_random(&random) & 15) + (x ^ y) % 32);
        }
}

static uint32_t decode(const uint8_t *packed, size_t size, uint32_t hash) {
    int width, height;
    uint8_t *pixels = WebPDecodeRGB(packed, size, &width, &height);
    CHECK(pixels && width == WIDTH);
    for (int i = 0; i < 3 * width * height; i++) hash = mix(hash, pixels[i]);
    WebPFree(pixels);
    return hash;
}

int32_t work(int32_t n) {
    int height = 8 * n;
    uint8_t *pixels = malloc((size_t)(3 * WIDTH * height)), *packed;
    CHECK(pixels);
    paint(pixels, height);
    size_t size = WebPEncodeRGB(pixels, WIDTH, height, 3 * WIDTH, 75.0f, &packed);
    CHECK(size);
    uint32_t hash = decode(packed, size, (uint32_t)size);
    WebPFree(packed);
    size = WebPEncodeLosslessRGB(pixels, WIDTH, height, 3 * WIDTH, &packed);
    CHECK(size);
    hash = decode(packed, size, mix(hash, (uint32_t)size));
    WebPFree(packed);
    free(pixels);
    return (int32_t)hash;
}
