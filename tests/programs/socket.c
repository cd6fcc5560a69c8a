// Serves two connections of a socket that listens. Under WASI it is given as descriptor 3; natively it is made here,
// at the port that is the argument. That is all in which the two differ. Neither sends to somebody who is gone, which would
// be the end of both.
#include "observe.h"
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#ifndef __wasi__
#include <arpa/inet.h>
#include <netinet/in.h>
#endif

static int listener(const char *port) {
#ifdef __wasi__
    (void)port;
    return 3;
#else
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 8)) perror("listen"), exit(1);
    return fd;
#endif
}

static int next_connection(int from) {
    struct pollfd waits = {from, POLLIN, 0};
    TELL(poll(&waits, 1, 60000));
    struct sockaddr address;
    socklen_t length = sizeof address;
    return TELL_OPENED(accept(from, &address, &length));
}

// Reads a line, however it comes in.
static void line(int fd, char *text, size_t room) {
    size_t length = 0;
    while (length + 1 < room && read(fd, text + length, 1) == 1 && text[length] != '\n') length++;
    text[length] = 0;
}

static void conversation(int fd) {
    char text[64] = {0};
    line(fd, text, sizeof text);
    printf("read %s\n", text);
    TELL(send(fd, "hello, ", 7, 0));
    TELL(write(fd, text, strlen(text)));
    TELL(write(fd, "\n", 1));
    TELL(recv(fd, text, 4, MSG_PEEK | MSG_WAITALL));
    printf("peeked %.4s\n", text);
    memset(text, 0, sizeof text);
    TELL(recv(fd, text, 8, MSG_WAITALL));
    printf("received %.8s\n", text);
    TELL(lseek(fd, 0, SEEK_CUR));
    TELL(shutdown(fd, SHUT_WR));
    TELL(recv(fd, text, sizeof text, 0));
    TELL(shutdown(fd, 77));
    TELL(close(fd));
    TELL(recv(fd, text, sizeof text, 0));
}

// A megabyte goes back as it comes.
static void echo(int fd) {
    static char buffer[10000];
    long total = 0;
    for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) > 0;) {
        for (ssize_t done = 0; done < got;) {
            ssize_t sent = send(fd, buffer + done, got - done, 0);
            if (sent <= 0) exit(1);
            done += sent;
        }
        total += got;
    }
    printf("echoed %ld bytes\n", total);
    TELL(close(fd));
}

int main(int argc, char **argv) {
    int from = listener(argv[argc - 1]);
    conversation(next_connection(from));
    echo(next_connection(from));
    TELL(fcntl(from, F_SETFL, O_NONBLOCK));
    struct sockaddr address;
    socklen_t length = sizeof address;
    TELL(accept(from, &address, &length));
    int file = open("file", O_RDWR | O_CREAT, 0644);
    TELL(recv(file, &length, 1, 0));
    TELL(send(file, &length, 1, 0));
    TELL(shutdown(file, SHUT_RD));
    TELL(accept(file, &address, &length));
    TELL(shutdown(99, SHUT_RD));
    TELL(close(from));
    return 0;
}
