// Asks for lines of standard input until it ends, and repeats each.
#include "observe.h"
#include <unistd.h>

int main(void) {
    for (;;) {
        char line[100];
        puts("ready");
        fflush(stdout);
        ssize_t length = read(0, line, sizeof line);
        if (length < 0) printf("%s\n", error_name(errno));
        if (length <= 0) break;
        printf("%zd bytes: %.*s", length, (int)length, line);
    }
    puts("done");
    return 0;
}
