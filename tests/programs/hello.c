// Arguments and environment, standard output and standard error.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    printf("hello from %s\n", argv[0]);
    for (int i = 1; i < argc; i++) printf("argument %d: %s\n", i, argv[i]);
    const char *name = getenv("NAME");
    printf("NAME is %s\n", name ? name : "not set");
    fprintf(stderr, "and one line to standard error\n");
    return 0;
}
