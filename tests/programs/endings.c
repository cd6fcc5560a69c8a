// Ends in the way that it is told to: by a return, exit, _Exit, functions that run at the end, or by more than a byte holds.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void last(void) { puts("last"); }
static void first(void) { puts("first"); }

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    atexit(last);
    atexit(first);
    printf("ending: %s. ", how);
    if (!strcmp(how, "exit")) exit(5);
    if (!strcmp(how, "_Exit")) _Exit(6);
    if (!strcmp(how, "_exit after flushing")) fflush(stdout), _exit(8);
    if (!strcmp(how, "many")) exit(0x1234);
    if (!strcmp(how, "minus")) exit(-1);
    if (!strcmp(how, "most")) exit(255);
    return !strcmp(how, "return") ? 3 : 0;
}
