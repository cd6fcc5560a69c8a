// Writes the same for ever, or as many times as it is told to.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    // Left to themselves, C libraries differ in when they write the first line.
    setvbuf(stdout, NULL, _IOFBF, 4096);
    const char *text = argc > 1 ? argv[1] : "y";
    for (long left = argc > 2 ? atol(argv[2]) : -1; left; left--)
        if (puts(text) < 0) return 9;
    return 0;
}
