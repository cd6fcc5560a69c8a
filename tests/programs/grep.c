// Searches files, or standard input, for a pattern: grep [-nvicr] PATTERN [PATH...]
#include <dirent.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int numbers, inverted, ignoring_case, counting, recursive, with_names;
static regex_t pattern;
static int found_any, failed;

static void search(FILE *file, const char *name) {
    char *line = NULL;
    size_t room = 0;
    long number = 0, found = 0;
    for (ssize_t length; (length = getline(&line, &room, file)) >= 0;) {
        number++;
        if (length && line[length - 1] == '\n') line[length - 1] = 0;
        int matches = !regexec(&pattern, line, 0, NULL, 0);
        if (matches == inverted) continue;
        found++;
        if (counting) continue;
        if (with_names) printf("%s:", name);
        if (numbers) printf("%ld:", number);
        puts(line);
    }
    if (counting) with_names ? printf("%s:%ld\n", name, found) : printf("%ld\n", found);
    found_any |= found > 0;
    free(line);
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }
static int shown(const struct dirent *entry) { return strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."); }

static void search_path(const char *path) {
    struct stat st;
    if (recursive && !lstat(path, &st) && S_ISLNK(st.st_mode)) return;
    if (recursive && !stat(path, &st) && S_ISDIR(st.st_mode)) {
        struct dirent **entries;
        int count = scandir(path, &entries, shown, by_name);
        for (int i = 0; i < count; i++) {
            char *below = malloc(strlen(path) + strlen(entries[i]->d_name) + 2);
            sprintf(below, "%s/%s", path, entries[i]->d_name);
            search_path(below);
            free(below), free(entries[i]);
        }
        return;
    }
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "grep: %s: can't be read\n", path);
        failed = 1;
        return;
    }
    search(file, path);
    fclose(file);
}

int main(int argc, char **argv) {
    for (int option; (option = getopt(argc, argv, "nvicr")) >= 0;) {
        switch (option) {
        case 'n': numbers = 1; break;
        case 'v': inverted = 1; break;
        case 'i': ignoring_case = 1; break;
        case 'c': counting = 1; break;
        case 'r': recursive = 1; break;
        default: return 2;
        }
    }
    if (optind == argc) return fputs("grep [-nvicr] PATTERN [PATH...]\n", stderr), 2;
    if (regcomp(&pattern, argv[optind], REG_EXTENDED | REG_NOSUB | (ignoring_case ? REG_ICASE : 0)))
        return fprintf(stderr, "grep: no pattern: %s\n", argv[optind]), 2;
    with_names = recursive || argc - optind > 2;
    if (optind + 1 == argc) search(stdin, "(standard input)");
    for (int i = optind + 1; i < argc; i++) search_path(argv[i]);
    regfree(&pattern);
    return failed ? 2 : !found_any;
}
