// Listing: everything once, places in a list, and lists that change while they are read.
#include "world.h"

#define FILES 500
static int seen[FILES];

// Names of all lengths, so that a buffer ends anywhere in them.
static void name_of(int index, char *name) {
    int length = sprintf(name, "listed/entry-%03d-", index);
    memset(name + length, 'n', index % 97);
    name[length + index % 97] = 0;
}

static void fill(void) {
    char name[200];
    for (int i = 0; i < FILES; i++) {
        name_of(i, name);
        if (i % 10 == 3) MUST(mkdir(name, 0755) == 0);
        else if (i % 10 == 7) MUST(symlink("x", name) == 0);
        else write_file(name, "x");
    }
}

// Counts what comes from here on: entries, the two dots, and entries whose kind is not what it should be.
static void count(DIR *dir) {
    int entries = 0, dots = 0, wrong = 0;
    memset(seen, 0, sizeof seen);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') {
            dots++;
            continue;
        }
        int index = atoi(entry->d_name + 6);
        int kind = index % 10 == 3 ? DT_DIR : index % 10 == 7 ? DT_LNK : DT_REG;
        wrong += entry->d_type != kind;
        seen[index]++;
        entries++;
    }
    printf("%d entries, %d dots, %d of a wrong kind\n", entries, dots, wrong);
}

static void places(DIR *dir) {
    long place[10];
    char name[10][300];
    rewinddir(dir);
    for (int i = 0; i < 10; i++) {
        for (int j = 0; j < 37; j++) readdir(dir);
        place[i] = telldir(dir);
        strcpy(name[i], readdir(dir)->d_name);
    }
    for (int i = 9; i >= 0; i--) {
        seekdir(dir, place[i]);
        struct dirent *entry = readdir(dir);
        printf("place %d: %s\n", i, entry && !strcmp(entry->d_name, name[i]) ? "the same" : "ANOTHER");
    }
}

// Removes every other entry as it comes: none of the others is lost, none comes twice.
static void removal(DIR *dir) {
    rewinddir(dir);
    memset(seen, 0, sizeof seen);
    int removed = 0, wrong = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        int index = atoi(entry->d_name + 6);
        wrong += seen[index]++ != 0;
        if (index % 2) continue;
        char path[300];
        sprintf(path, "listed/%s", entry->d_name);
        removed += unlink(path) == 0;
    }
    for (int i = 0; i < FILES; i++) wrong += !seen[i];
    printf("removed %d while listing, %d wrong\n", removed, wrong);
}

static int not_hidden(const struct dirent *entry) { return entry->d_name[0] != '.'; }

int main(void) {
    MUST(mkdir("listed", 0755) == 0);
    DIR *dir = opendir("listed");
    count(dir);
    fill();
    rewinddir(dir);
    count(dir);
    count(dir);
    places(dir);
    removal(dir);
    rewinddir(dir);
    count(dir);
    TELL(closedir(dir));
    struct dirent **names;
    int found = TELL(scandir("listed", &names, not_hidden, alphasort));
    printf("from %.9s to %.9s\n", names[0]->d_name, names[found - 1]->d_name);
    // A folder that is open may go.
    MUST(mkdir("going", 0755) == 0);
    dir = opendir("going");
    TELL(rmdir("going"));
    TELL(closedir(dir));
    HOLDS(!opendir("missing") && errno == ENOENT);
    write_file("file", "x");
    HOLDS(!opendir("file") && errno == ENOTDIR);
    HOLDS(!fdopendir(99) && errno == EBADF);
    dir = fdopendir(open("listed", O_RDONLY | O_DIRECTORY));
    HOLDS(dir != NULL);
    count(dir);
    closedir(dir);
    clear(".");
    return 0;
}
