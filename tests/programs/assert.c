// Fails an assertion, the text of which is the C library's own.
#include <assert.h>
#include <stdio.h>

int main(int argc, char **argv) {
    printf("%d arguments", argc - 1);
    fflush(stdout);
    printf(", and this is lost");
    assert(argc > 1000 && argv);
    return 0;
}
