// Sorts the lines of a file of a few megabytes, which it makes from a seed, and reads in two ways.
#include "observe.h"
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINES 100000

static uint64_t state = 88172645463325252;
static uint64_t next(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static void generate(const char *path) {
    FILE *file = fopen(path, "w");
    for (int i = 0; i < LINES; i++) {
        fprintf(file, "%016llx ", (unsigned long long)next());
        for (int length = next() % 40; length > 0; length--) putc('a' + next() % 26, file);
        putc('\n', file);
    }
    fclose(file);
}

static char *by_fread(const char *path, size_t *size) {
    FILE *file = fopen(path, "r");
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    char *text = malloc(*size);
    size_t done = 0;
    while (done < *size) {
        size_t chunk = next() % 70000 + 1, left = *size - done;
        done += fread(text + done, 1, chunk < left ? chunk : left, file);
    }
    if (getc(file) != EOF || !feof(file)) puts("there is more");
    fclose(file);
    return text;
}

static char *by_read(const char *path, size_t *size) {
    int fd = open(path, O_RDONLY);
    size_t room = 1 << 16;
    char *text = malloc(room);
    *size = 0;
    for (ssize_t got; (got = read(fd, text + *size, room - *size)) > 0;) {
        *size += got;
        if (room - *size < 4096) text = realloc(text, room *= 2);
    }
    close(fd);
    return text;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void write_sorted(const char *path, char *text, size_t size) {
    char **lines = malloc(LINES * sizeof *lines);
    size_t count = 0;
    for (char *line = text, *end; (end = memchr(line, '\n', text + size - line)); line = end + 1) {
        *end = 0;
        lines[count++] = line;
    }
    qsort(lines, count, sizeof *lines, by_text);
    FILE *file = fopen(path, "w");
    for (size_t i = 0; i < count; i++) fprintf(file, "%s\n", lines[i]);
    fclose(file);
    printf("%zu lines, from %.16s to %.16s\n", count, lines[0], lines[count - 1]);
    free(lines);
}

static uint64_t checksum(const char *path) {
    uint64_t hash = 14695981039346656037u;
    FILE *file = fopen(path, "r");
    for (int c; (c = getc(file)) != EOF;) hash = (hash ^ (unsigned)c) * 1099511628211u;
    fclose(file);
    return hash;
}

int main(void) {
    size_t size, again;
    generate("lines");
    printf("made %016llx\n", (unsigned long long)checksum("lines"));
    char *text = by_fread("lines", &size), *other = by_read("lines", &again);
    printf("%zu bytes\n", size);
    HOLDS(size == again && !memcmp(text, other, size));
    write_sorted("sorted", text, size);
    printf("sorted %016llx\n", (unsigned long long)checksum("sorted"));
    return 0;
}
