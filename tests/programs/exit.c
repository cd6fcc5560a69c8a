// Exits with the code that it is given; what was written before comes out.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    printf("leaving");
    exit(argc > 1 ? atoi(argv[1]) : 7);
}
