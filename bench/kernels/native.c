// Calls a kernel as a native program, and prints how long each call took, what it returned, and the peak of memory:
//   NAME run N TIMES
#include "kernel.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// The most that was resident, in bytes; 0 where the system doesn't say.
static long peak(void) {
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    long kilobytes = 0;
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld", &kilobytes) == 1) break;
    if (status) fclose(status);
    return kilobytes * 1024;
}

int main(int count, char **arguments) {
    if (count != 4 || strcmp(arguments[1], "run") != 0 || atoi(arguments[3]) < 1) {
        fprintf(stderr, "usage: %s run N TIMES\n", arguments[0]);
        return 2;
    }
    i32 n = atoi(arguments[2]), times = atoi(arguments[3]);
    double *took = calloc((size_t)times, sizeof *took);
    i32 *results = calloc((size_t)times, sizeof *results);
    if (!took || !results) return 1;
    // Volatile, or calls with the same argument could be made one.
    i32 (*volatile kernel)(i32) = run;
    for (i32 i = 0; i < times; i++) {
        double start = seconds();
        results[i] = kernel(n);
        took[i] = seconds() - start;
    }
    printf("{\"engine\":\"%s\",\"compile\":0,\"calls\":[{\"seconds\":[", __VERSION__);
    for (i32 i = 0; i < times; i++) printf("%s%.9f", i ? "," : "", took[i]);
    printf("],\"results\":[");
    for (i32 i = 0; i < times; i++) printf("%s%d", i ? "," : "", results[i]);
    printf("]}],\"peak\":%ld}\n", peak());
}
