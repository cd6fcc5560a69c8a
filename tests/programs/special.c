// Files that are none: a pipe with a name, and devices, the paths of which are the arguments.
#include "observe.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

// A named pipe is no kind of file that WASI knows, so what it is is not told, only what it isn't.
static void pipe_with_a_name(const char *path) {
    struct stat st;
    char text[8] = {0};
    TELL(stat(path, &st));
    HOLDS(!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode));
    TELL_OPENED(open(path, O_WRONLY | O_NONBLOCK));
    int in = TELL_OPENED(open(path, O_RDONLY | O_NONBLOCK));
    TELL(read(in, text, sizeof text));
    int out = TELL_OPENED(open(path, O_WRONLY | O_NONBLOCK));
    TELL(read(in, text, sizeof text));
    struct pollfd waits[] = {{in, POLLIN, 0}, {out, POLLOUT, 0}};
    TELL(poll(waits, 2, 0));
    HOLDS(!(waits[0].revents & POLLIN) && waits[1].revents == POLLOUT);
    TELL(write(out, "abcd", 4));
    TELL(poll(waits, 1, 0));
    HOLDS(waits[0].revents == POLLIN);
    TELL(fcntl(in, F_SETFL, 0));
    TELL(read(in, text, 3));
    TELL(lseek(in, 0, SEEK_CUR));
    TELL(lseek(out, 1, SEEK_SET));
    TELL(pread(in, text, 1, 0));
    TELL(pwrite(out, text, 1, 0));
    HOLDS(ftruncate(out, 0) < 0);
    TELL(close(out));
    TELL(read(in, text, sizeof text));
    TELL(read(in, text, sizeof text));
    TELL(close(in));
    HOLDS(open(path, O_RDONLY | O_CREAT | O_EXCL, 0644) < 0 && errno == EEXIST);
    HOLDS(open(path, O_RDONLY | O_DIRECTORY) < 0 && errno == ENOTDIR);
    TELL(unlink(path));
}

static void device(const char *path) {
    static char block[10000];
    struct stat st;
    memset(block, 'x', sizeof block);
    int fd = TELL_OPENED(open(path, O_RDWR));
    TELL(fstat(fd, &st));
    HOLDS(S_ISCHR(st.st_mode));
    TELL(read(fd, block, sizeof block));
    printf("%d and %d\n", block[0], block[sizeof block - 1]);
    TELL(write(fd, block, sizeof block));
    HOLDS(!isatty(fd));
    TELL(close(fd));
    fd = TELL_OPENED(open(path, O_WRONLY | O_TRUNC | O_APPEND));
    TELL(write(fd, "x", 1));
    TELL(close(fd));
}

int main(int argc, char **argv) {
    pipe_with_a_name(argv[1]);
    for (int i = 2; i < argc; i++) device(argv[i]);
    return 0;
}
