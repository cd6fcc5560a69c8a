// Flags of descriptors: what fcntl tells and changes.
#include "observe.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __wasi__
#include <wasi/libc.h>
#endif

// The mode and the flags that both systems know.
static void show(const char *what, int fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) {
        printf("%s: %s\n", what, error_name(errno));
        return;
    }
    int mode = flags & O_ACCMODE;
    printf("%s: %s%s%s\n", what, mode == O_RDONLY ? "read" : mode == O_WRONLY ? "write" : mode == O_RDWR ? "both" : "other",
           flags & O_APPEND ? ", append" : "", flags & O_NONBLOCK ? ", no waiting" : "");
}

static void modes(void) {
    const struct { const char *name; int flags; } modes[] = {
        {"O_RDONLY", O_RDONLY}, {"O_WRONLY", O_WRONLY}, {"O_RDWR", O_RDWR}, {"O_WRONLY | O_APPEND", O_WRONLY | O_APPEND},
        {"O_RDWR | O_APPEND", O_RDWR | O_APPEND}, {"O_RDONLY | O_NONBLOCK", O_RDONLY | O_NONBLOCK},
        {"O_RDWR | O_TRUNC", O_RDWR | O_TRUNC}, {"O_RDWR | O_CREAT", O_RDWR | O_CREAT},
    };
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++) {
        int fd = open("file", modes[i].flags, 0644);
        show(modes[i].name, fd);
        TELL(fcntl(fd, F_GETFD) & ~FD_CLOEXEC);
        close(fd);
    }
}

static void changes(void) {
    int fd = open("file", O_RDWR | O_TRUNC);
    TELL(write(fd, "abc", 3));
    TELL(lseek(fd, 0, SEEK_SET));
    TELL(fcntl(fd, F_SETFL, O_APPEND));
    show("appending", fd);
    TELL(write(fd, "d", 1));
    TELL(lseek(fd, 0, SEEK_CUR));
    TELL(fcntl(fd, F_SETFL, O_NONBLOCK));
    show("no waiting", fd);
    TELL(lseek(fd, 0, SEEK_SET));
    TELL(write(fd, "A", 1));
    TELL(fcntl(fd, F_SETFL, 0));
    show("nothing", fd);
    char text[8] = {0};
    TELL(pread(fd, text, sizeof text, 0));
    printf("%s\n", text);
    TELL(fcntl(fd, F_SETFD, FD_CLOEXEC));
    TELL(close(fd));
    TELL(fcntl(fd, F_GETFL));
    TELL(fcntl(fd, F_SETFL, 0));
}

// What a descriptor isn't open for. To cut a file off is EINVAL on Linux and a right that is missing in WASI.
static void refused(void) {
    char byte = 'x';
    int in = open("file", O_RDONLY), out = open("file", O_WRONLY);
    TELL(write(in, &byte, 1));
    TELL(pwrite(in, &byte, 1, 0));
    HOLDS(ftruncate(in, 0) < 0);
    TELL(read(out, &byte, 1));
    TELL(pread(out, &byte, 1, 0));
    TELL(write(out, &byte, 1));
    TELL(read(in, &byte, 1));
    close(in), close(out);
}

// Descriptors that are open have numbers of their own, and a closed one is closed. Which number comes next is not told: the
// lowest natively, which WASI leaves open, and Transom gives out the highest of those that were closed.
static void numbers(void) {
    int a = open("file", O_RDONLY), b = open("file", O_RDONLY), c = open("file", O_RDONLY);
    HOLDS(a != b && b != c && a != c);
    char byte = 0;
    TELL(close(b));
    TELL(read(b, &byte, 1));
    TELL(read(c, &byte, 1));
    close(a), close(c);
    TELL(close(0));
    TELL(read(0, &byte, 1));
    TELL(close(0));
}

// Puts one descriptor in the place of another, which WASI has in place of dup2.
static int replace(int from, int to) {
#ifdef __wasi__
    return __wasilibc_fd_renumber(from, to);
#else
    return dup2(from, to) == to ? close(from) : -1;
#endif
}

static void replacing(void) {
    int a = open("a", O_RDWR | O_CREAT, 0644), b = open("b", O_RDWR | O_CREAT, 0644);
    TELL(write(a, "aaaa", 4));
    TELL(write(b, "b", 1));
    TELL(replace(a, b));
    TELL(lseek(b, 0, SEEK_CUR));
    TELL(write(a, "?", 1));
    TELL(write(b, "more", 4));
    TELL(replace(99, b));
    TELL(close(b));
    // What is printed from here on until the end is in a file.
    fflush(stdout);
    TELL(replace(open("printed", O_WRONLY | O_CREAT, 0644), 1));
    puts("this is in the file, too");
}

int main(void) {
    int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0644);
    show("created", fd);
    close(fd);
    modes();
    changes();
    refused();
    numbers();
    HOLDS(!isatty(1));
    HOLDS(!isatty(99) && errno == EBADF);
    replacing();
    return 0;
}
