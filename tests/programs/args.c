// Arguments and the environment, whole.
#include "observe.h"
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        printf("%d (%zu bytes): ", i, strlen(argv[i]));
        if (strlen(argv[i]) > 100) printf("%.10s...%s\n", argv[i], argv[i] + strlen(argv[i]) - 10);
        else printf("%s\n", argv[i]);
    }
    HOLDS(argv[argc] == NULL);
    // The first of two of the same name counts; nothing is there that wasn't given.
    for (char **variable = environ; *variable; variable++) printf("%s\n", *variable);
    printf("%s\n", getenv("EMPTY") ? "EMPTY is there" : "EMPTY is not there");
    printf("%s\n", getenv("MISSING") ? "MISSING is there" : "MISSING is not there");
    setenv("NAME", "changed", 1);
    unsetenv("EMPTY");
    printf("%s, %s\n", getenv("NAME"), getenv("EMPTY") ? "kept" : "gone");
    return 0;
}
