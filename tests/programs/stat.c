// What is known of files, by path and by descriptor, and the setting of times.
#include "world.h"
#include <time.h>

static const char *kind(mode_t mode) {
    return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "folder" : S_ISLNK(mode) ? "link" : S_ISCHR(mode) ? "device" : "other";
}

// How many links a folder has depends on the file system.
static void describe(const char *name, int (*call)(const char *, struct stat *), const char *path) {
    struct stat st;
    printf("%s %s: ", name, path);
    errno = 0;
    if (call(path, &st)) {
        printf("%s\n", error_name(errno));
        return;
    }
    printf("%s", kind(st.st_mode));
    if (!S_ISDIR(st.st_mode)) printf(" of %lld bytes, %d links", (long long)st.st_size, (int)st.st_nlink);
    printf("\n");
}

static int same(const char *a, const char *b) {
    struct stat x, y;
    return !stat(a, &x) && !stat(b, &y) && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

static void print_times(const char *path) {
    struct stat st;
    MUST(lstat(path, &st) == 0);
    printf("%s: read %lld.%09ld, written %lld.%09ld\n", path, (long long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
           (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static int recent(struct timespec time) {
    struct timespec now;
    MUST(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return llabs((long long)(now.tv_sec - time.tv_sec)) <= 100;
}

static void times(void) {
    const struct timespec both[] = {{1000000000, 123456789}, {1234567890, 987654321}};
    const struct timespec one[] = {{0, UTIME_OMIT}, {86400, 1}};
    const struct timespec now[] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
    const struct timespec late[] = {{5000000000, 0}, {0, 0}};
    const struct timespec wrong[] = {{0, 1000000000}, {0, 0}};
    struct stat st;
    TELL(utimensat(AT_FDCWD, "file", both, 0));
    print_times("file");
    TELL(utimensat(AT_FDCWD, "file", one, 0));
    print_times("file");
    TELL(utimensat(AT_FDCWD, "to-file", late, 0));
    print_times("file");
    TELL(utimensat(AT_FDCWD, "to-file", both, AT_SYMLINK_NOFOLLOW));
    print_times("to-file");
    print_times("file");
    TELL(utimensat(AT_FDCWD, "dir", both, 0));
    print_times("dir");
    TELL(utimensat(AT_FDCWD, "file", wrong, 0));
    TELL(utimensat(AT_FDCWD, "missing", both, 0));
    TELL(utimensat(AT_FDCWD, "dangling", both, 0));
    TELL(utimensat(AT_FDCWD, "loop", both, 0));
    TELL(utimensat(AT_FDCWD, "file/", both, 0));
    int fd = open("file", O_RDWR);
    TELL(futimens(fd, both));
    print_times("file");
    TELL(futimens(fd, now));
    MUST(fstat(fd, &st) == 0);
    HOLDS(recent(st.st_atim));
    HOLDS(st.st_mtim.tv_sec == 1234567890);
    TELL(futimens(fd, NULL));
    MUST(fstat(fd, &st) == 0);
    HOLDS(recent(st.st_mtim));
    TELL(futimens(99, both));
    TELL(futimens(fd, both));
    // To write sets the time, and to read what is set doesn't.
    TELL(write(fd, "x", 1));
    MUST(fstat(fd, &st) == 0);
    HOLDS(recent(st.st_mtim));
    HOLDS(recent(st.st_ctim));
    close(fd);
    fd = open("dir", O_RDONLY | O_DIRECTORY);
    TELL(futimens(fd, one));
    MUST(fstat(fd, &st) == 0);
    HOLDS(st.st_mtim.tv_sec == 86400);
    close(fd);
}

int main(void) {
    make_world();
    MUST(link("file", "again") == 0);
    for (size_t i = 0; i < COUNT(TARGETS); i++) {
        describe("stat", stat, TARGETS[i]);
        describe("lstat", lstat, TARGETS[i]);
    }
    for (size_t i = 0; i < COUNT(TARGETS); i++) {
        errno = 0;
        int result = access(TARGETS[i], F_OK);
        printf("access %s: %s\n", TARGETS[i], result ? error_name(errno) : "fine");
    }
    HOLDS(same("file", "again"));
    HOLDS(same("file", "to-file"));
    HOLDS(same("dir", "to-dir"));
    HOLDS(same("dir/..", "."));
    HOLDS(!same("dir", "empty"));
    HOLDS(!same("file", "dir/inner"));
    struct stat st;
    TELL(fstat(99, &st));
    TELL(fstatat(AT_FDCWD, "to-file", &st, AT_SYMLINK_NOFOLLOW));
    HOLDS(S_ISLNK(st.st_mode));
    int dir = open("dir", O_RDONLY | O_DIRECTORY);
    TELL(fstatat(dir, "inner", &st, 0));
    TELL(faccessat(dir, "inner", R_OK | W_OK, 0));
    TELL(unlinkat(dir, "inner", 0));
    TELL(mkdirat(dir, "sub", 0755));
    TELL(unlinkat(dir, "sub", 0));
    TELL(unlinkat(dir, "sub", AT_REMOVEDIR));
    TELL(symlinkat("x", dir, "link"));
    TELL(renameat(dir, "link", dir, "other"));
    TELL(linkat(dir, "other", dir, "third", 0));
    TELL(fstat(dir, &st));
    HOLDS(S_ISDIR(st.st_mode));
    close(dir);
    print_folder("."), printf("\n");
    world_is_new = 0;
    make_world();
    times();
    return 0;
}
