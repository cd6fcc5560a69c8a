// Tells what standard input is: closed, empty, seekable, how long, and what calls on it come to.
#include "observe.h"
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    static char buffer[5000];
    struct stat st;
    TELL(fstat(0, &st));
    TELL(lseek(0, 0, SEEK_CUR));
    long total = 0;
    uint32_t hash = 2166136261;
    ssize_t got;
    while ((got = read(0, buffer, sizeof buffer)) > 0) {
        total += got;
        for (ssize_t i = 0; i < got; i++) hash = (hash ^ (unsigned char)buffer[i]) * 16777619;
    }
    if (got < 0) printf("read: %s\n", error_name(errno));
    printf("%ld bytes, %08x\n", total, hash);
    if (TELL(lseek(0, -3, SEEK_END)) >= 0) {
        TELL(read(0, buffer, sizeof buffer));
        printf("%.3s\n", buffer);
    }
    HOLDS(!isatty(0));
    TELL(getchar() == EOF);
    printf("end %d, error %d\n", feof(stdin) != 0, ferror(stdin) != 0);
    return 0;
}
