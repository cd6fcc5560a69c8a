// Objects with tables of functions: virtual calls whose target changes, small functions, doubles in memory.
#include "kernel.h"

#define COUNT 1000

struct shape;

struct class {
    double (*area)(const struct shape *self);
    void (*grow)(struct shape *self, double by);
    i32 (*contains)(const struct shape *self, double x, double y);
};

struct shape {
    const struct class *class;
    double x, y, width, height;
};

static struct shape shapes[COUNT];

static double rectangle_area(const struct shape *self) { return self->width * self->height; }
static double ellipse_area(const struct shape *self) { return self->width * self->height * 0.7853981633974483; }
static double triangle_area(const struct shape *self) { return self->width * self->height / 2.0; }
static double point_area(const struct shape *self) { return self->x * 0.0; }

static void grow_both(struct shape *self, double by) { self->width *= by, self->height *= by; }
static void grow_width(struct shape *self, double by) { self->width *= by; }
static void move(struct shape *self, double by) { self->x *= by, self->y *= by; }

static i32 rectangle_contains(const struct shape *self, double x, double y) {
    return x >= self->x && y >= self->y && x < self->x + self->width && y < self->y + self->height;
}
static i32 ellipse_contains(const struct shape *self, double x, double y) {
    double dx = 2.0 * (x - self->x) / self->width - 1.0, dy = 2.0 * (y - self->y) / self->height - 1.0;
    return dx * dx + dy * dy < 1.0;
}
static i32 triangle_contains(const struct shape *self, double x, double y) {
    double dx = x - self->x, dy = y - self->y;
    return dx >= 0.0 && dy >= 0.0 && dx * self->height + dy * self->width < self->width * self->height;
}
static i32 point_contains(const struct shape *self, double x, double y) { return self->x == x && self->y == y; }

static const struct class classes[] = {
    {rectangle_area, grow_both, rectangle_contains},
    {rectangle_area, grow_width, rectangle_contains},
    {ellipse_area, grow_both, ellipse_contains},
    {triangle_area, grow_width, triangle_contains},
    {point_area, move, point_contains},
};

static NOINLINE double total_area(void) {
    double sum = 0.0;
    for (i32 i = 0; i < COUNT; i++) sum += shapes[i].class->area(&shapes[i]);
    return sum;
}

static NOINLINE i32 count_hits(double x, double y) {
    i32 hits = 0;
    for (i32 i = 0; i < COUNT; i++) hits += shapes[i].class->contains(&shapes[i], x, y);
    return hits;
}

static NOINLINE void grow_all(double by) {
    for (i32 i = 0; i < COUNT; i++) shapes[i].class->grow(&shapes[i], by);
}

static double random_size(u32 *random) { return (double)(next_random(random) >> 22) / 16.0 + 1.0; }

KERNEL i32 run(i32 n) {
    u32 random = 101, hash = 0;
    for (i32 i = 0; i < COUNT; i++)
        shapes[i] = (struct shape){
            &classes[next_random(&random) % 5],
            random_size(&random), random_size(&random), random_size(&random), random_size(&random),
        };
    for (i32 round = 0; round < n; round++) {
        hash = mix(hash, (u32)count_hits(random_size(&random), random_size(&random)));
        hash = mix(hash, (u32)fold_f64(total_area()));
        grow_all(round & 1 ? 1.25 : 0.8);
    }
    return (i32)hash;
}
