// Asks a terminal, and knows it for one.
#include "observe.h"
#include <unistd.h>

int main(void) {
    char name[32];
    for (int fd = 0; fd < 4; fd++) printf("%d: %d\n", fd, isatty(fd));
    printf("Your name? ");
    fflush(stdout);
    HOLDS(fgets(name, sizeof name, stdin) == name);
    printf("Hello, %s", name);
    TELL(lseek(0, 0, SEEK_CUR));
    fputs("and good bye", stderr);
    return 4;
}
