// Counts the lines, words and bytes of standard input, and copies it to standard output if asked to.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    int copy = argc > 1 && !strcmp(argv[1], "--copy");
    long lines = 0, words = 0, bytes = 0;
    int in_word = 0, c;
    while ((c = getchar()) != EOF) {
        bytes++;
        lines += c == '\n';
        if (isspace(c)) in_word = 0;
        else if (!in_word) in_word = 1, words++;
        if (copy) putchar(c);
    }
    printf("%ld lines, %ld words, %ld bytes\n", lines, words, bytes);
    return 0;
}
