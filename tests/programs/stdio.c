// Buffers of the C library: modes, reading and writing one file, the end of a file, formatted input.
#include "observe.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static long long size(const char *path) {
    struct stat st;
    return stat(path, &st) ? -1 : (long long)st.st_size;
}

static void buffers(int mode, const char *name) {
    FILE *file = fopen("buffered", "w");
    setvbuf(file, NULL, mode, 64);
    printf("%s:", name);
    fputs("one", file), printf(" %lld", size("buffered"));
    fputs(" two\nthree", file), printf(" %d", size("buffered") >= 8);
    fflush(file), printf(" %lld", size("buffered"));
    fclose(file), printf(" %lld\n", size("buffered"));
}

static void updating(void) {
    FILE *file = fopen("updated", "w+");
    char text[32] = {0};
    TELL(fprintf(file, "%s %d %.3f\n", "line", 42, 2.5));
    rewind(file);
    int number;
    double fraction;
    TELL(fscanf(file, "%31s %d %lf", text, &number, &fraction));
    printf("%s %d %g\n", text, number, fraction);
    TELL(fseek(file, -3, SEEK_END));
    TELL(ftell(file));
    TELL(putc('X', file));
    TELL(fseek(file, 0, SEEK_SET));
    HOLDS(fgets(text, sizeof text, file) == text);
    printf("%s", text);
    HOLDS(fgets(text, sizeof text, file) == NULL);
    HOLDS(feof(file) && !ferror(file));
    TELL(ungetc('u', file));
    TELL(getc(file));
    TELL(fseek(file, -100, SEEK_CUR));
    TELL(fclose(file));
}

static void modes(void) {
    HOLDS(fopen("missing", "r") == NULL && errno == ENOENT);
    HOLDS(fopen("updated", "wx") == NULL && errno == EEXIST);
    HOLDS(fopen("updated", "q") == NULL && errno == EINVAL);
    FILE *file = fopen("updated", "a+");
    TELL(fputs("appended\n", file) >= 0);
    rewind(file);
    TELL(getc(file));
    TELL(fclose(file));
    TELL(size("updated"));
    file = fopen("updated", "r");
    // The C library of WASI knows by itself that this can't be, and sets no error.
    HOLDS(putc('x', file) == EOF && ferror(file));
    TELL(fclose(file));
    file = freopen("updated", "r", stdin);
    HOLDS(file == stdin);
    TELL(getchar());
    TELL(remove("updated"));
    TELL(remove("missing"));
    TELL(mkdir("folder", 0755));
    TELL(remove("folder"));
    TELL(rename("buffered", "renamed"));
    TELL(size("renamed"));
}

int main(void) {
    buffers(_IOFBF, "by blocks");
    buffers(_IOLBF, "by lines");
    buffers(_IONBF, "not at all");
    updating();
    modes();
    char *text;
    size_t length;
    FILE *memory = open_memstream(&text, &length);
    fprintf(memory, "%05d|%-6s|%+.2e|%x", 42, "ab", 12345.678, 0xbeef);
    fclose(memory);
    printf("%s %zu\n", text, length);
    printf("no newline at the end");
    return 0;
}
