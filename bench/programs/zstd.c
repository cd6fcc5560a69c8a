// Zstandard: n KiB of text compressed at three levels, and decompressed.
#include "program.h"
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

int32_t work(int32_t n) {
    static const int levels[] = {1, 5, 12};
    size_t size = (size_t)n * 1024, room = ZSTD_compressBound(size);
    char *text = malloc(size), *packed = malloc(room), *read = malloc(size);
    CHECK(text && packed && read);
    make_text(text, size);
    uint32_t hash = 0;
    for (int i = 0; i < 3; i++) {
        size_t packed_size = ZSTD_compress(packed, room, text, size, levels[i]);
        CHECK(!ZSTD_isError(packed_size));
        CHECK(ZSTD_decompress(read, size, packed, packed_size) == size && memcmp(read, text, size) == 0);
        for (size_t at = 0; at < packed_size; at++) hash = mix(hash, (uint8_t)packed[at]);
    }
    free(text), free(packed), free(read);
    return (int32_t)hash;
}
