// Reading and writing with several buffers at once, at the position and elsewhere.
#include "observe.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

static void show(const struct iovec *vectors, int count) {
    for (int i = 0; i < count; i++) {
        printf("[");
        for (size_t j = 0; j < vectors[i].iov_len; j++) putchar(((char *)vectors[i].iov_base)[j]);
        printf("]");
    }
    printf("\n");
}

static void many(int fd) {
    static char bytes[1024], back[1024];
    static struct iovec vectors[1024];
    for (int i = 0; i < 1024; i++) bytes[i] = 'a' + i % 26, vectors[i] = (struct iovec){bytes + i, 1};
    TELL(ftruncate(fd, 0));
    TELL(lseek(fd, 0, SEEK_SET));
    TELL(writev(fd, vectors, 1024));
    for (int i = 0; i < 1024; i++) vectors[i].iov_base = back + 1023 - i;
    TELL(lseek(fd, 0, SEEK_SET));
    TELL(readv(fd, vectors, 1024));
    int same = 1;
    for (int i = 0; i < 1024; i++) same &= back[1023 - i] == bytes[i];
    HOLDS(same);
}

int main(void) {
    int fd = TELL_OPENED(open("file", O_RDWR | O_CREAT | O_TRUNC, 0644));
    const struct iovec out[] = {{"one", 3}, {"", 0}, {"two two", 7}, {"three", 5}};
    char a[4], b[1], c[20];
    memset(a, '.', sizeof a), memset(b, '.', sizeof b), memset(c, '.', sizeof c);
    const struct iovec in[] = {{a, sizeof a}, {NULL, 0}, {b, sizeof b}, {c, sizeof c}};
    TELL(writev(fd, out, 4));
    TELL(lseek(fd, 0, SEEK_CUR));
    TELL(lseek(fd, 1, SEEK_SET));
    TELL(readv(fd, in, 4));
    show(in, 4);
    TELL(readv(fd, in, 4));
    TELL(preadv(fd, in, 3, 8));
    show(in, 4);
    TELL(preadv(fd, in, 4, 100));
    TELL(pwritev(fd, out, 4, 5));
    TELL(pwritev(fd, out, 4, -1));
    TELL(lseek(fd, 0, SEEK_CUR));
    TELL(preadv(fd, in, 4, 0));
    show(in, 4);
    TELL(writev(fd, out, 0));
    TELL(readv(fd, in, 0));
    TELL(readv(99, in, 4));
    TELL(writev(99, out, 4));
    TELL(read(fd, a, 0));
    TELL(write(fd, a, 0));
    many(fd);
    TELL(close(fd));
    return 0;
}
