// Lists a folder, sorted, with the kind and size of each entry.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(int argc, char **argv) {
    const char *folder = argc > 1 ? argv[1] : ".";
    DIR *dir = opendir(folder);
    if (!dir) return perror(folder), 1;
    char *names[256];
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) && count < 256;)
        if (entry->d_name[0] != '.') names[count++] = strdup(entry->d_name);
    closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    for (int i = 0; i < count; i++) {
        char path[512];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (stat(path, &st)) return perror(path), 1;
        if (S_ISDIR(st.st_mode)) printf("%s/\n", names[i]);
        else printf("%s %lld\n", names[i], (long long)st.st_size);
    }
    return 0;
}
