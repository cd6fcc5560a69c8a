// Lines of comma-separated values: numbers read into doubles, sums by name, and the sums written.
#include "kernel.h"

#define LINES 2000
#define GROUPS 64

struct group {
    u32 name, count;
    double sum, least, most;
};

static u8 text[LINES * 32 + 1], written[64];
static struct group groups[GROUPS];
static i32 group_count;

static u8 *put_number(u8 *to, u32 value) {
    u8 digits[12];
    i32 count = 0;
    do digits[count++] = (u8)('0' + value % 10); while (value /= 10);
    while (count) *to++ = digits[--count];
    return to;
}

static void make_text(void) {
    u32 random = 53;
    u8 *to = text;
    for (i32 line = 0; line < LINES; line++) {
        u32 x = next_random(&random);
        for (i32 i = 0; i < 4; i++) *to++ = (u8)('a' + (x >> i & 1) + (i == 0 ? x >> 4 & 3 : 0));
        *to++ = ',';
        if (x & 1 << 20) *to++ = '-';
        to = put_number(to, x >> 21);
        *to++ = '.';
        to = put_number(to, next_random(&random) >> 17);
        *to++ = '\n';
    }
    *to = 0;
}

static NOINLINE const u8 *read_number(const u8 *at, double *number) {
    static const double scales[] = {1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    i32 negative = *at == '-', places = 0;
    i64 value = 0;
    at += negative;
    for (; *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++, places++) value = value * 10 + (*at - '0');
    *number = (double)(negative ? -value : value) / scales[places];
    return at;
}

static NOINLINE struct group *find(u32 name) {
    for (i32 i = 0; i < group_count; i++)
        if (groups[i].name == name) return &groups[i];
    struct group *group = &groups[group_count++];
    *group = (struct group){name, 0, 0.0, 1e9, -1e9};
    return group;
}

static NOINLINE void read_lines(void) {
    for (const u8 *at = text; *at; at++) {
        u32 name = 0;
        for (; *at != ','; at++) name = name << 8 | *at;
        double number;
        at = read_number(at + 1, &number);
        struct group *group = find(name);
        group->count++;
        group->sum += number;
        if (number < group->least) group->least = number;
        if (number > group->most) group->most = number;
    }
}

static u32 hash_number(u32 hash, double number) {
    i64 thousandths = (i64)(number * 1000.0);
    u64 size = (u64)(thousandths < 0 ? -thousandths : thousandths);
    u8 *end = put_number(written, (u32)(size / 1000));
    *end++ = '.';
    end = put_number(end, (u32)(size % 1000));
    for (u8 *at = written; at < end; at++) hash = mix(hash, *at);
    return mix(hash, thousandths < 0);
}

KERNEL i32 run(i32 n) {
    u32 hash = 0;
    make_text();
    for (i32 round = 0; round < n; round++) {
        group_count = 0;
        read_lines();
        for (i32 i = 0; i < group_count; i++) {
            hash = mix(hash, groups[i].count);
            hash = hash_number(hash, groups[i].sum / groups[i].count);
            hash = hash_number(hash, groups[i].most - groups[i].least);
        }
    }
    return (i32)hash;
}
