// mkdir, rmdir, unlink, remove, readlink, symlink, rename and link, on every kind of path and every pair of kinds.
#include "world.h"

static int make(const char *path) { return mkdir(path, 0755); }
static int link_to_it(const char *path) { return symlink("file", path); }
static int read_link(const char *path) {
    char target[64];
    ssize_t length = readlink(path, target, sizeof target);
    if (length >= 0) printf(" (%.*s)", (int)length, target);
    return length < 0 ? -1 : 0;
}

static const struct {
    const char *name;
    int (*call)(const char *);
} SINGLE[] = {
    {"mkdir", make}, {"rmdir", rmdir}, {"unlink", unlink}, {"symlink to", link_to_it}, {"readlink", read_link},
};

static const struct {
    const char *name;
    int (*call)(const char *, const char *);
} DOUBLE[] = {{"rename", rename}, {"link", link}};

// Both ends of a pair: fewer, for there are many pairs. Where both are wrong, which error it is may differ.
static const char *const ENDS[] = {
    "file", "file/", "dir", "dir/", "empty", "empty/", "dir/inner", "to-file", "to-dir", "to-dir/", "to-dir/inner",
    "dangling", "loop", "missing", "missing/", "dir/new", "dir/new/",
};

// These are refused with one error or another, which POSIX leaves to the system: EBUSY, EINVAL, ENOTEMPTY or EEXIST.
static int special(const char *path) {
    size_t length = strlen(path);
    return path[0] == '.' || (length > 1 && !strcmp(path + length - 2, "/.")) ||
           (length > 2 && !strcmp(path + length - 3, "/.."));
}

static void readlink_cuts_off(void) {
    char target[4] = "....";
    MUST(symlink("a/longer/target", "long") == 0);
    TELL(readlink("long", target, 3));
    printf("%.4s\n", target);
}

int main(void) {
    for (size_t i = 0; i < COUNT(SINGLE); i++)
        for (size_t j = 0; j < COUNT(TARGETS); j++) {
            if (special(TARGETS[j])) continue;
            make_world();
            printf("%s %s", SINGLE[i].name, TARGETS[j]);
            errno = 0;
            outcome(SINGLE[i].call(TARGETS[j]));
        }
    for (size_t i = 0; i < COUNT(DOUBLE); i++)
        for (size_t j = 0; j < COUNT(ENDS); j++)
            for (size_t k = 0; k < COUNT(ENDS); k++) {
                make_world();
                printf("%s %s %s", DOUBLE[i].name, ENDS[j], ENDS[k]);
                errno = 0;
                outcome(DOUBLE[i].call(ENDS[j], ENDS[k]));
            }
    make_world();
    readlink_cuts_off();
    char name[300];
    memset(name, 'n', sizeof name);
    name[255] = 0;
    printf("255 bytes: %d\n", mkdir(name, 0755));
    name[255] = 'n', name[256] = 0;
    printf("256 bytes: %s\n", mkdir(name, 0755) ? error_name(errno) : "made");
    clear(".");
    return 0;
}
