// Arguments and the environment, whole.
#include "observe.h"
#include <stdlib.h>
#include <unistd.h>

static const char *const NAMES[] = {"T_NAME", "T_EMPTY", "T_LONG", "T_MISSING", NULL};

int main(int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        printf("%d (%zu bytes): ", i, strlen(argv[i]));
        if (strlen(argv[i]) > 100) printf("%.10s...%s\n", argv[i], argv[i] + strlen(argv[i]) - 10);
        else printf("%s\n", argv[i]);
    }
    HOLDS(argv[argc] == NULL);
    for (const char *const *name = NAMES; *name; name++) {
        const char *value = getenv(*name);
        printf("%s: %s\n", *name, value ? value : "not there");
    }
#ifdef __wasi__
    // Natively there is what the shell needs.
    for (char **variable = environ; *variable; variable++)
        if (strncmp(*variable, "T_", 2)) printf("unasked for: %s\n", *variable);
#endif
    setenv("T_NAME", "changed", 1);
    unsetenv("T_EMPTY");
    printf("%s, %s\n", getenv("T_NAME"), getenv("T_EMPTY") ? "kept" : "gone");
    return 0;
}
