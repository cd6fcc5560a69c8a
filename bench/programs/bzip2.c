// bzip2: n KiB of text compressed and decompressed.
#include "program.h"
#include <bzlib.h>
#include <stdlib.h>
#include <string.h>

void bz_internal_error(int code) { (void)code, __builtin_trap(); }

int32_t work(int32_t n) {
    unsigned size = (unsigned)n * 1024, packed_size = size + size / 100 + 600, read_size = size;
    char *text = malloc(size), *packed = malloc(packed_size), *read = malloc(size);
    CHECK(text && packed && read);
    make_text(text, size);
    CHECK(BZ2_bzBuffToBuffCompress(packed, &packed_size, text, size, 9, 0, 0) == BZ_OK);
    CHECK(BZ2_bzBuffToBuffDecompress(read, &read_size, packed, packed_size, 0, 0) == BZ_OK);
    CHECK(read_size == size && memcmp(read, text, size) == 0);
    uint32_t hash = packed_size;
    for (unsigned i = 0; i < packed_size; i++) hash = mix(hash, (uint8_t)packed[i]);
    free(text), free(packed), free(read);
    return (int32_t)hash;
}
