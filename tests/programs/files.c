// Creates, appends, seeks, truncates, renames and removes files in the folder where it runs; every surprise is an exit code.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(what) do { if (!(what)) { printf("line %d: %s (%s)\n", __LINE__, #what, strerror(errno)); return 1; } } while (0)

int main(void) {
    char text[64] = {0};
    struct stat st;
    CHECK(mkdir("sub", 0755) == 0);
    FILE *f = fopen("sub/a.txt", "w");
    CHECK(f && fprintf(f, "one %d\n", 1) == 6 && fclose(f) == 0);
    f = fopen("sub/a.txt", "a");
    CHECK(f && fputs("two\n", f) >= 0 && fclose(f) == 0);
    int fd = open("sub/a.txt", O_RDWR);
    CHECK(fd >= 0 && lseek(fd, 4, SEEK_SET) == 4 && write(fd, "X", 1) == 1);
    CHECK(pread(fd, text, sizeof text - 1, 0) == 10 && !strcmp(text, "one X\ntwo\n"));
    CHECK(ftruncate(fd, 6) == 0 && fstat(fd, &st) == 0 && st.st_size == 6 && S_ISREG(st.st_mode));
    CHECK(close(fd) == 0);
    CHECK(rename("sub/a.txt", "b.txt") == 0 && access("sub/a.txt", F_OK) < 0 && errno == ENOENT);
    CHECK(symlink("b.txt", "link") == 0 && stat("link", &st) == 0 && st.st_size == 6);
    CHECK(readlink("link", text, sizeof text) == 5);
#ifdef __wasi__
    // Natively there is a world outside of the folder.
    CHECK(open("../escape", O_RDWR | O_CREAT, 0644) < 0);
    CHECK(open("/etc/passwd", O_RDONLY) < 0);
#endif
    CHECK(unlink("link") == 0 && rmdir("sub") == 0);
    puts("files are fine");
    return 0;
}
