// The export of every program, and what stands in for its host, so that the module imports nothing.
#include "program.h"

extern void __wasm_call_ctors(void);

static int constructed;

__attribute__((constructor)) static void know_that_constructed(void) { constructed = 1; }

// Hosts that know of `_initialize` have called it; others needn't.
__attribute__((export_name("run"))) int32_t run(int32_t n) {
    if (!constructed) __wasm_call_ctors();
    return work(n);
}

void make_text(char *to, size_t size) {
    static const char *words[] = {
        "store", "module", "table", "of", "the", "function", "and", "memory", "is", "a", "reference", "type", "traps",
        "end", "value", "index", "(see 4.2)", "wasm", "an instance", "in", "which", "list", "byte", "to", "stack",
    };
    uint32_t random = 5;
    for (size_t at = 0; at < size;) {
        uint32_t x = next_random(&random);
        for (const char *from = words[(x >> 8 & x >> 16 & 255) % 25]; *from && at < size;) to[at++] = *from++;
        if (at < size) to[at++] = (x & 15) == 0 ? '\n' : ' ';
        if ((x & 0xf0) == 0)
            for (uint32_t digits = x >> 12; digits && at < size; digits /= 10) to[at++] = (char)('0' + digits % 10);
    }
}

// WASI without files, arguments or variables, in which it is always the same time.
enum { SUCCESS = 0, BAD_DESCRIPTOR = 8, NOT_SUPPORTED = 58 };
#define WASI(name) __imported_wasi_snapshot_preview1_##name

int32_t WASI(args_get)(int32_t pointers, int32_t bytes) { return (void)pointers, (void)bytes, SUCCESS; }
int32_t WASI(args_sizes_get)(int32_t count, int32_t size) {
    *(uint32_t *)count = *(uint32_t *)size = 0;
    return SUCCESS;
}
int32_t WASI(environ_get)(int32_t pointers, int32_t bytes) { return (void)pointers, (void)bytes, SUCCESS; }
int32_t WASI(environ_sizes_get)(int32_t count, int32_t size) {
    *(uint32_t *)count = *(uint32_t *)size = 0;
    return SUCCESS;
}
int32_t WASI(clock_time_get)(int32_t clock, int64_t precision, int32_t time) {
    (void)clock, (void)precision;
    *(uint64_t *)time = 1577836800000000000u;
    return SUCCESS;
}
int32_t WASI(clock_res_get)(int32_t clock, int32_t resolution) {
    (void)clock;
    *(uint64_t *)resolution = 1000;
    return SUCCESS;
}
int32_t WASI(random_get)(int32_t bytes, int32_t size) {
    __builtin_memset((void *)bytes, 42, (size_t)size);
    return SUCCESS;
}
// Standard streams take what is written, and show it to nobody.
int32_t WASI(fd_write)(int32_t fd, int32_t vectors, int32_t count, int32_t written) {
    if (fd != 1 && fd != 2) return BAD_DESCRIPTOR;
    uint32_t sum = 0;
    for (int32_t i = 0; i < count; i++) sum += ((uint32_t *)vectors)[2 * i + 1];
    *(uint32_t *)written = sum;
    return SUCCESS;
}
int32_t WASI(fd_read)(int32_t fd, int32_t vectors, int32_t count, int32_t read) {
    return (void)fd, (void)vectors, (void)count, (void)read, BAD_DESCRIPTOR;
}
int32_t WASI(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t at) {
    return (void)fd, (void)offset, (void)whence, (void)at, BAD_DESCRIPTOR;
}
int32_t WASI(fd_close)(int32_t fd) { return (void)fd, BAD_DESCRIPTOR; }
// The same for what Zig adds to the C library, under the name that its compiler gives an import.
int32_t close_for_zig(int32_t fd) __asm__("fd_close|wasi_snapshot_preview1");
int32_t close_for_zig(int32_t fd) { return (void)fd, BAD_DESCRIPTOR; }
int32_t WASI(fd_renumber)(int32_t from, int32_t to) { return (void)from, (void)to, BAD_DESCRIPTOR; }
int32_t WASI(fd_fdstat_get)(int32_t fd, int32_t status) { return (void)fd, (void)status, BAD_DESCRIPTOR; }
int32_t WASI(fd_fdstat_set_flags)(int32_t fd, int32_t flags) { return (void)fd, (void)flags, BAD_DESCRIPTOR; }
int32_t WASI(fd_prestat_get)(int32_t fd, int32_t status) { return (void)fd, (void)status, BAD_DESCRIPTOR; }
int32_t WASI(fd_prestat_dir_name)(int32_t fd, int32_t path, int32_t size) {
    return (void)fd, (void)path, (void)size, BAD_DESCRIPTOR;
}
int32_t WASI(path_open)(int32_t fd, int32_t lookup, int32_t path, int32_t size, int32_t flags, int64_t rights,
                        int64_t inherited, int32_t fd_flags, int32_t opened) {
    (void)fd, (void)lookup, (void)path, (void)size, (void)flags, (void)rights, (void)inherited, (void)fd_flags;
    return (void)opened, NOT_SUPPORTED;
}
_Noreturn void WASI(proc_exit)(int32_t code) { (void)code, __builtin_trap(); }
