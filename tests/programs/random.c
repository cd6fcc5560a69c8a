// Random bytes look random: each value comes about as often as any other, each bit half of the time, nothing repeats.
#include "observe.h"
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define BYTES (1 << 18)

static unsigned char bytes[BYTES];

int main(void) {
    for (int at = 0; at < BYTES; at += 256) {
        if (getentropy(bytes + at, 256)) return puts("no random bytes"), 1;
    }
    static int count[256], pairs[256];
    long ones = 0;
    for (int i = 0; i < BYTES; i++) {
        count[bytes[i]]++;
        ones += __builtin_popcount(bytes[i]);
        if (i) pairs[(unsigned char)(bytes[i] - bytes[i - 1])]++;
    }
    double chi = 0, chi_of_pairs = 0;
    for (int i = 0; i < 256; i++) {
        double expected = BYTES / 256.0;
        chi += (count[i] - expected) * (count[i] - expected) / expected;
        chi_of_pairs += (pairs[i] - expected) * (pairs[i] - expected) / expected;
    }
    // 255 degrees of freedom: beyond 400 or below 140 not once in ten million runs.
    HOLDS(chi > 140 && chi < 400);
    HOLDS(chi_of_pairs > 140 && chi_of_pairs < 400);
    // Six times the standard deviation, which is the square root of a quarter of the bits.
    HOLDS(labs(ones - BYTES * 4L) < 6 * 724);
    int same = 0;
    for (int i = 16; i < BYTES; i += 16) same += !memcmp(bytes, bytes + i, 16);
    printf("%d repeated\n", same);
    TELL(getentropy(bytes, 0));
    TELL(getentropy(bytes, 257));
    uint32_t a = arc4random(), b = arc4random(), c = arc4random();
    HOLDS(!(a == b && b == c));
    HOLDS(arc4random_uniform(10) < 10);
    return 0;
}
