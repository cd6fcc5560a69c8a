// Traps, a few calls deep.
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static void innermost(int depth) {
    if (depth == 0) abort();
    innermost(depth - 1);
    puts("never printed");
}

int main(void) {
    puts("about to abort");
    fflush(stdout);
    innermost(2);
    return 0;
}
