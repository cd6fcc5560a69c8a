// Waiting for descriptors: standard input is a pipe, to which somebody writes three lines with pauses, and closes it.
#include "observe.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>
#include <unistd.h>

static void show(const char *what, int result, short happened) {
    printf("%s: %d%s%s%s%s\n", what, result, happened & POLLIN ? " in" : "", happened & POLLOUT ? " out" : "",
           happened & POLLERR ? " err" : "", happened & POLLNVAL ? " nval" : "");
}

int main(void) {
    struct pollfd input = {0, POLLIN, 0};
    // Nothing is there before the first line is asked for.
    int result = poll(&input, 1, 0);
    show("at once", result, input.revents);
    result = poll(&input, 1, 50);
    show("after a while", result, input.revents);
    // A file is always ready, and so the pipe is not waited for.
    int fd = open("file", O_RDWR | O_CREAT, 0644);
    struct pollfd both[] = {{0, POLLIN, 0}, {fd, POLLOUT, 0}, {fd, POLLIN, 0}};
    TELL(write(fd, "text", 4));
    lseek(fd, 0, SEEK_SET);
    result = poll(both, 3, -1);
    show("pipe", result, both[0].revents);
    show("file to write", result, both[1].revents);
    show("file to read", result, both[2].revents);
    // The other side writes when it is told to.
    for (int i = 0; i < 3; i++) {
        char line[64];
        printf("ready for line %d\n", i);
        fflush(stdout);
        result = poll(&input, 1, 60000);
        show("waited", result, input.revents);
        ssize_t length = read(0, line, sizeof line);
        printf("%zd bytes: %.*s", length, (int)length, line);
        result = poll(&input, 1, 0);
        show("and then", result, input.revents);
    }
    printf("ready for the end\n");
    fflush(stdout);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(0, &set);
    struct timeval minute = {60, 0};
    TELL(select(1, &set, NULL, NULL, &minute));
    HOLDS(FD_ISSET(0, &set));
    char byte;
    TELL(read(0, &byte, 1));
    struct pollfd output = {1, POLLOUT, 0};
    result = poll(&output, 1, 0);
    show("output", result, output.revents);
    return 0;
}
