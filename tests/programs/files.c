// Creates, appends, seeks, truncates, renames and removes files under a folder; every surprise is an exit code.
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
    CHECK(mkdir("/work/sub", 0755) == 0);
    FILE *f = fopen("/work/sub/a.txt", "w");
    CHECK(f && fprintf(f, "one %d\n", 1) == 6 && fclose(f) == 0);
    f = fopen("/work/sub/a.txt", "a");
    CHECK(f && fputs("two\n", f) >= 0 && fclose(f) == 0);
    int fd = open("/work/sub/a.txt", O_RDWR);
    CHECK(fd >= 0 && lseek(fd, 4, SEEK_SET) == 4 && write(fd, "X", 1) == 1);
    CHECK(pread(fd, text, sizeof text - 1, 0) == 10 && !strcmp(text, "one X\ntwo\n"));
    CHECK(ftruncate(fd, 6) == 0 && fstat(fd, &st) == 0 && st.st_size == 6 && S_ISREG(st.st_mode));
    CHECK(close(fd) == 0);
    CHECK(rename("/work/sub/a.txt", "/work/b.txt") == 0 && access("/work/sub/a.txt", F_OK) < 0 && errno == ENOENT);
    CHECK(symlink("b.txt", "/work/link") == 0 && stat("/work/link", &st) == 0 && st.st_size == 6);
    CHECK(readlink("/work/link", text, sizeof text) == 5);
    CHECK(open("/work/../escape", O_RDWR | O_CREAT, 0644) < 0);
    CHECK(open("/etc/passwd", O_RDONLY) < 0);
    CHECK(unlink("/work/link") == 0 && rmdir("/work/sub") == 0);
    puts("files are fine");
    return 0;
}
