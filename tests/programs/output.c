// Writes to standard output in the way that it is told to, and tells on standard error what came of it.
#include "observe.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void report(const char *what, long long result) {
    if (result < 0) fprintf(stderr, "%s: %s\n", what, error_name(errno));
    else fprintf(stderr, "%s: %lld\n", what, result);
}
#define REPORT(call) report(#call, (errno = 0, (call)))

int main(int argc, char **argv) {
    struct stat st;
    // Left to themselves, C libraries differ in when they write the first line.
    setvbuf(stdout, NULL, _IOFBF, 1024);
    REPORT(fstat(1, &st));
    REPORT(write(1, "one\n", 4));
    REPORT(write(1, "two\n", 4));
    if (argc > 1 && !strcmp(argv[1], "seek")) {
        REPORT(lseek(1, 0, SEEK_CUR));
        REPORT(lseek(1, 1, SEEK_SET));
        REPORT(write(1, "N", 1));
    }
    REPORT(fputs("three\n", stdout) < 0 ? -1 : 0);
    REPORT(fflush(stdout));
    REPORT(fsync(1) < 0 && errno != EINVAL ? -1 : 0);
    static char large[300000];
    memset(large, 'x', sizeof large);
    if (argc > 1 && !strcmp(argv[1], "large")) REPORT(write(1, large, sizeof large));
    REPORT(close(1));
    REPORT(write(1, "gone", 4));
    return 0;
}
