// A small world of files, folders and links, which calls on paths are tried in. It is made anew after each that succeeds.
#pragma once
#include "observe.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// Everything that a path can lead to, and not lead to.
static const char *const TARGETS[] = {
    "file", "file/", "dir", "dir/", "empty", "empty/", "dir/.", "dir/..", "dir/inner", "dir/inner/", "to-file",
    "to-file/", "to-dir", "to-dir/", "to-dir/inner", "dangling", "dangling/", "loop", "loop/x", "missing", "missing/",
    "missing/x", "file/x", "file/.", "file/..", ".", "./", "./file", "dir//inner", "dir/../file",
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void must(int done, const char *what) {
    if (done) return;
    printf("%s: %s\n", what, error_name(errno));
    exit(100);
}
#define MUST(what) must((what), #what)

static void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    MUST(fd >= 0);
    MUST(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    MUST(close(fd) == 0);
}

// Removes a folder's entries. What can't be removed is left to whoever expects it gone.
__attribute__((unused)) static void clear(const char *folder) {
    for (int found = 1; found;) {
        found = 0;
        DIR *dir = opendir(folder);
        MUST(dir != NULL);
        for (struct dirent *entry; (entry = readdir(dir));) {
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            char path[1024];
            struct stat st;
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            MUST(lstat(path, &st) == 0);
            if (S_ISDIR(st.st_mode)) clear(path);
            MUST((S_ISDIR(st.st_mode) ? rmdir(path) : unlink(path)) == 0);
            found = 1;
            break;
        }
        MUST(closedir(dir) == 0);
    }
}

static int world_is_new = 0;

__attribute__((unused)) static void make_world(void) {
    if (world_is_new) return;
    clear(".");
    write_file("file", "hello");
    MUST(mkdir("dir", 0755) == 0);
    MUST(mkdir("empty", 0755) == 0);
    write_file("dir/inner", "in it");
    MUST(symlink("file", "to-file") == 0);
    MUST(symlink("dir", "to-dir") == 0);
    MUST(symlink("nowhere", "dangling") == 0);
    MUST(symlink("loop", "loop") == 0);
    world_is_new = 1;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

// Prints a folder's entries in a line, with everything below them: `file 5`, `dir/ (...)`, `link -> target`.
__attribute__((unused)) static void print_folder(const char *folder) {
    char *names[64];
    size_t count = 0;
    DIR *dir = opendir(folder);
    MUST(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir)) && count < COUNT(names);)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) names[count++] = strdup(entry->d_name);
    closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        char path[1024], target[256];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        MUST(lstat(path, &st) == 0);
        printf("%s%s", i ? ", " : "", names[i]);
        if (S_ISDIR(st.st_mode)) printf("/ ("), print_folder(path), printf(")");
        else if (S_ISREG(st.st_mode)) printf(" %lld", (long long)st.st_size);
        else {
            ssize_t length = readlink(path, target, sizeof target);
            MUST(length >= 0);
            printf(" -> %.*s", (int)length, target);
        }
        free(names[i]);
    }
}

// Ends a line that says which call was made: with the error, or with the world as it is now.
__attribute__((unused)) static void outcome(int result) {
    if (result < 0) {
        printf(": %s\n", error_name(errno));
        return;
    }
    world_is_new = 0;
    printf(": done; ");
    print_folder(".");
    printf("\n");
}
