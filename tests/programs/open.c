// Opens every kind of path with every sensible combination of flags.
#include "world.h"

#define MODE(flags) {#flags, flags}
static const struct {
    const char *name;
    int flags;
} MODES[] = {
    MODE(O_RDONLY), MODE(O_WRONLY), MODE(O_RDWR), MODE(O_RDONLY | O_DIRECTORY), MODE(O_RDONLY | O_NOFOLLOW),
    MODE(O_WRONLY | O_NOFOLLOW), MODE(O_RDONLY | O_DIRECTORY | O_NOFOLLOW), MODE(O_WRONLY | O_TRUNC),
    MODE(O_RDWR | O_TRUNC), MODE(O_WRONLY | O_APPEND), MODE(O_RDONLY | O_CREAT), MODE(O_WRONLY | O_CREAT),
    MODE(O_RDWR | O_CREAT | O_TRUNC), MODE(O_WRONLY | O_CREAT | O_APPEND), MODE(O_WRONLY | O_CREAT | O_EXCL),
    MODE(O_RDWR | O_CREAT | O_EXCL | O_TRUNC), MODE(O_WRONLY | O_CREAT | O_NOFOLLOW),
};

// Writes and reads through what was opened, as far as its mode lets it.
static void use(int fd, int flags) {
    char text[16];
    struct stat st;
    MUST(fstat(fd, &st) == 0);
    if (S_ISDIR(st.st_mode)) {
        printf(" (a folder)");
        return;
    }
    if ((flags & O_ACCMODE) != O_RDONLY) printf(" (wrote %d)", (int)write(fd, "..", 2));
    if ((flags & O_ACCMODE) != O_WRONLY) {
        lseek(fd, 0, SEEK_SET);
        ssize_t length = read(fd, text, sizeof text);
        printf(" (read %.*s)", (int)length, text);
    }
}

int main(void) {
    for (size_t i = 0; i < COUNT(MODES); i++)
        for (size_t j = 0; j < COUNT(TARGETS); j++) {
            make_world();
            printf("%s %s", TARGETS[j], MODES[i].name);
            errno = 0;
            int fd = open(TARGETS[j], MODES[i].flags, 0644);
            int error = errno;
            if (fd >= 0) use(fd, MODES[i].flags);
            if (fd >= 0) MUST(close(fd) == 0);
            errno = error;
            outcome(fd);
        }
    clear(".");
    return 0;
}
