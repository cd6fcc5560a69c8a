// Clocks go forward, sleeping takes its time, and random bytes differ.
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double seconds(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t)) return -1;
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(void) {
    double before = seconds(CLOCK_MONOTONIC);
    usleep(20000);
    double slept = seconds(CLOCK_MONOTONIC) - before;
    if (slept < 0.02) return printf("slept only %f\n", slept), 1;
    if (seconds(CLOCK_REALTIME) < 1.7e9) return puts("the clock is wrong"), 1;
    char a[32], b[32];
    if (getentropy(a, sizeof a) || getentropy(b, sizeof b) || !memcmp(a, b, sizeof a))
        return puts("not random"), 1;
    puts("time and chance are fine");
    return 0;
}
