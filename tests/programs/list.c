// Lists a folder and all below it, sorted, with the kind and size of each entry.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long long files, folders, bytes;

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

// The names in a folder, and how many.
static char **read_names(const char *folder, size_t *count) {
    DIR *dir = opendir(folder);
    if (!dir) perror(folder), exit(1);
    char **names = NULL;
    size_t room = 0;
    *count = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (*count == room) names = realloc(names, (room = room * 2 + 8) * sizeof *names);
        names[(*count)++] = strdup(entry->d_name);
    }
    closedir(dir);
    qsort(names, *count, sizeof *names, by_name);
    return names;
}

static void list(const char *folder, int depth) {
    size_t count;
    char **names = read_names(folder, &count);
    for (size_t i = 0; i < count; i++) {
        char *path = malloc(strlen(folder) + strlen(names[i]) + 2), target[256];
        struct stat st;
        sprintf(path, "%s/%s", folder, names[i]);
        if (lstat(path, &st)) perror(path), exit(1);
        printf("%*s%s", depth * 2, "", names[i]);
        if (S_ISDIR(st.st_mode)) {
            folders++;
            printf("/\n");
            list(path, depth + 1);
        } else if (S_ISLNK(st.st_mode)) {
            ssize_t length = readlink(path, target, sizeof target);
            printf(" -> %.*s%s\n", (int)length, target, stat(path, &st) ? " (leads nowhere)" : "");
        } else {
            files++;
            bytes += st.st_size;
            printf(" %lld%s\n", (long long)st.st_size, S_ISREG(st.st_mode) ? "" : " (no plain file)");
        }
        free(path), free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv) {
    list(argc > 1 ? argv[1] : ".", 0);
    printf("%lld files of %lld bytes in %lld folders\n", files, bytes, folders);
    return 0;
}
