// Writes to a file until there is no space any more, in several ways; a device or a disk that is full is to be told.
#include "observe.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
    static char block[65536];
    const char *path = argc > 1 ? argv[1] : "/dev/full";
    int fd = TELL_OPENED(open(path, O_WRONLY | O_CREAT, 0644));
    long long total = 0;
    ssize_t written;
    while ((written = write(fd, block, sizeof block)) > 0 && total < 1 << 24) total += written;
    printf("%lld bytes, then %s\n", total, error_name(errno));
    TELL(write(fd, "x", 1));
    if (total) printf("posix_fallocate: %s\n", error_name(posix_fallocate(fd, total, 1 << 20)));
    TELL(close(fd));
    FILE *file = fopen(path, "a");
    HOLDS(fputs("buffered", file) >= 0);
    TELL(fflush(file));
    HOLDS(ferror(file));
    HOLDS(fclose(file) == 0 || errno == ENOSPC);
    return 0;
}
