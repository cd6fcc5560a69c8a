// Clocks and sleeping: what doesn't vary of them.
#include "observe.h"
#include <poll.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(struct timespec time) { return time.tv_sec * 1000000000LL + time.tv_nsec; }

static long long now(clockid_t clock) {
    struct timespec time;
    return clock_gettime(clock, &time) ? -1 : nanoseconds(time);
}

// Whether a wait took its time, and not much more: machines may be busy.
static void took(const char *what, long long from, long long wanted) {
    long long taken = now(CLOCK_MONOTONIC) - from;
    printf("%s: %s\n", what, taken < wanted ? "TOO SHORT" : taken > wanted + 20000000000 ? "TOO LONG" : "as long as asked");
}

static void resolutions(void) {
    struct timespec resolution;
    TELL(clock_getres(CLOCK_REALTIME, &resolution));
    HOLDS(nanoseconds(resolution) > 0 && nanoseconds(resolution) <= 1000000000);
    TELL(clock_getres(CLOCK_MONOTONIC, &resolution));
    HOLDS(nanoseconds(resolution) > 0 && nanoseconds(resolution) <= 1000000000);
}

static void monotony(void) {
    int backwards = 0, moved = 0;
    for (long long last = now(CLOCK_MONOTONIC), i = 0; i < 20000; i++) {
        long long time = now(CLOCK_MONOTONIC);
        backwards += time < last;
        moved += time > last;
        last = time;
    }
    printf("went backwards %d times\n", backwards);
    HOLDS(moved > 0);
}

static void time_of_day(void) {
    struct timeval value;
    time_t seconds = time(NULL);
    TELL(gettimeofday(&value, NULL));
    HOLDS(llabs((long long)value.tv_sec - (long long)seconds) <= 20);
    HOLDS(llabs(now(CLOCK_REALTIME) / 1000000000 - (long long)seconds) <= 20);
    HOLDS(seconds > 1700000000);
    const time_t fixed = 1234567890;
    char text[64];
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", gmtime(&fixed));
    puts(text);
}

// A time that is negative is none for glibc, and no time at all for the C library of WASI: it is not tried.
static void sleeping(void) {
    const struct timespec half = {0, 50000000}, wrong = {0, 1000000000};
    long long from = now(CLOCK_MONOTONIC);
    TELL(nanosleep(&half, NULL));
    took("nanosleep", from, 50000000);
    from = now(CLOCK_MONOTONIC);
    TELL(usleep(30000));
    took("usleep", from, 30000000);
    from = now(CLOCK_MONOTONIC);
    TELL(poll(NULL, 0, 40));
    took("poll", from, 40000000);
    from = now(CLOCK_MONOTONIC);
    TELL(clock_nanosleep(CLOCK_MONOTONIC, 0, &half, NULL));
    took("clock_nanosleep", from, 50000000);
    const long long end = now(CLOCK_MONOTONIC) + 60000000;
    const struct timespec until = {end / 1000000000, end % 1000000000};
    TELL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
    HOLDS(now(CLOCK_MONOTONIC) >= end);
    const struct timespec past = {1, 0};
    TELL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, NULL));
    TELL(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL));
    from = now(CLOCK_MONOTONIC);
    TELL(sleep(1));
    took("sleep", from, 1000000000);
    TELL(nanosleep(&wrong, NULL));
    TELL(sleep(0));
}

int main(void) {
    resolutions();
    monotony();
    time_of_day();
    sleeping();
    struct timespec time;
    TELL(clock_gettime(CLOCK_REALTIME, &time));
    HOLDS(time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
    return 0;
}
