// Seeking, appending, holes, lengths, space, synchronisation.
#include "observe.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void show(int fd) {
    char text[80];
    struct stat st;
    fstat(fd, &st);
    ssize_t length = pread(fd, text, sizeof text, 0);
    printf("%lld bytes: ", (long long)st.st_size);
    for (ssize_t i = 0; i < length; i++) putchar(text[i] ? text[i] : '_');
    printf("\n");
}

static void seeking(int fd) {
    TELL(write(fd, "0123456789", 10));
    TELL(lseek(fd, 0, SEEK_CUR));
    TELL(lseek(fd, 3, SEEK_SET));
    TELL(lseek(fd, 2, SEEK_CUR));
    TELL(lseek(fd, -1, SEEK_END));
    TELL(lseek(fd, -11, SEEK_END));
    TELL(lseek(fd, -1, SEEK_SET));
    TELL(lseek(fd, 0, SEEK_CUR));
    TELL(lseek(fd, 0x7fffffffffffffffLL, SEEK_CUR));
    TELL(lseek(fd, 0, 77));
    TELL(lseek(99, 0, SEEK_CUR));
    TELL(lseek(fd, 15, SEEK_SET));
    char byte;
    TELL(read(fd, &byte, 1));
    TELL(write(fd, "x", 1));
    show(fd);
    TELL(pwrite(fd, "PQ", 2, 4));
    TELL(pwrite(fd, "Z", 1, 20));
    TELL(pwrite(fd, "Z", 1, -1));
    TELL(pread(fd, &byte, 1, -1));
    TELL(pread(fd, &byte, 1, 1000));
    TELL(lseek(fd, 0, SEEK_CUR));
    show(fd);
}

static void lengths(int fd) {
    TELL(ftruncate(fd, 5));
    show(fd);
    TELL(lseek(fd, 0, SEEK_CUR));
    TELL(ftruncate(fd, 8));
    show(fd);
    TELL(ftruncate(fd, -1));
    TELL(ftruncate(99, 0));
    TELL(truncate("file", 6));
    TELL(truncate("missing", 6));
    TELL(truncate(".", 6));
    show(fd);
    printf("posix_fallocate: %s\n", error_name(posix_fallocate(fd, 4, 8)));
    show(fd);
    printf("posix_fallocate: %s\n", error_name(posix_fallocate(fd, 0, 2)));
    printf("posix_fallocate: %s\n", error_name(posix_fallocate(fd, 0, 0)));
    printf("posix_fallocate: %s\n", error_name(posix_fallocate(fd, -1, 2)));
    printf("posix_fallocate: %s\n", error_name(posix_fallocate(99, 0, 2)));
    show(fd);
    printf("posix_fadvise: %d\n", posix_fadvise(fd, 0, 100, POSIX_FADV_SEQUENTIAL));
    printf("posix_fadvise: %d\n", posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
    printf("posix_fadvise: %s\n", error_name(posix_fadvise(fd, 0, 0, 99)));
    printf("posix_fadvise: %s\n", error_name(posix_fadvise(99, 0, 0, POSIX_FADV_NORMAL)));
    TELL(fsync(fd));
    TELL(fdatasync(fd));
    TELL(fsync(99));
}

// What pwrite does to a file that is open for appending is not told: Linux appends, WASI and POSIX write at the offset.
static void appending(void) {
    int fd = TELL_OPENED(open("log", O_RDWR | O_CREAT | O_APPEND, 0644));
    int other = open("log", O_RDWR);
    TELL(write(fd, "one ", 4));
    TELL(write(other, "ONE", 3));
    TELL(lseek(fd, 0, SEEK_SET));
    TELL(write(fd, "two ", 4));
    TELL(lseek(fd, 0, SEEK_CUR));
    TELL(lseek(other, 0, SEEK_CUR));
    show(other);
    TELL(ftruncate(other, 2));
    TELL(write(fd, "three", 5));
    show(other);
    close(fd), close(other);
}

// A file of 5 GB with two bytes in it.
static void holes(void) {
    const off_t far = 5000000000;
    int fd = open("holes", O_RDWR | O_CREAT, 0644);
    char bytes[4] = "....";
    TELL(pwrite(fd, "a", 1, 0));
    TELL(lseek(fd, far, SEEK_SET));
    TELL(write(fd, "b", 1));
    TELL(lseek(fd, 0, SEEK_END));
    TELL(pread(fd, bytes, 4, far - 3));
    HOLDS(!memcmp(bytes, "\0\0\0b", 4));
    struct stat st;
    TELL(fstat(fd, &st));
    printf("%lld bytes\n", (long long)st.st_size);
    TELL(ftruncate(fd, 1));
    close(fd);
}

// To read from a folder is EISDIR on Linux and EBADF in WASI, so it is not told.
static void folders(void) {
    char byte = 'x';
    int fd = TELL_OPENED(open(".", O_RDONLY | O_DIRECTORY));
    TELL(write(fd, &byte, 1));
    TELL(fsync(fd));
    TELL(close(fd));
    TELL(close(fd));
    TELL(close(-1));
    TELL(read(-1, &byte, 1));
}

int main(void) {
    int fd = TELL_OPENED(open("file", O_RDWR | O_CREAT | O_EXCL, 0644));
    seeking(fd);
    lengths(fd);
    TELL(close(fd));
    appending();
    holes();
    folders();
    return 0;
}
