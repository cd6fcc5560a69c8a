// A ray tracer: structures of doubles passed by value, recursion, and calls that are taken or not.
#include "kernel.h"

#define SPHERES 8
#define WIDTH 128

struct vector {
    double x, y, z;
};

struct sphere {
    struct vector center;
    double radius, mirror;
    struct vector color;
};

static struct sphere spheres[SPHERES];

static struct vector vector(double x, double y, double z) { return (struct vector){x, y, z}; }
static struct vector add(struct vector a, struct vector b) { return vector(a.x + b.x, a.y + b.y, a.z + b.z); }
static struct vector scale(struct vector a, double by) { return vector(a.x * by, a.y * by, a.z * by); }
static struct vector subtract(struct vector a, struct vector b) { return add(a, scale(b, -1.0)); }
static double dot(struct vector a, struct vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static struct vector unit(struct vector a) { return scale(a, 1.0 / __builtin_sqrt(dot(a, a))); }

static void make_scene(void) {
    u32 random = 89;
    for (i32 i = 0; i < SPHERES; i++) {
        double field[8];
        for (i32 k = 0; k < 8; k++) field[k] = (double)(next_random(&random) >> 8 & 1023) / 1024.0;
        spheres[i] = (struct sphere){
            vector(field[0] * 8.0 - 4.0, field[1] * 4.0 - 1.0, field[2] * 4.0 + 4.0),
            0.5 + field[3],
            field[4] * 0.6,
            vector(field[5], field[6], field[7]),
        };
    }
}

// How far a ray goes until it meets a sphere; negative if it doesn't.
static NOINLINE double meet(const struct sphere *sphere, struct vector from, struct vector direction) {
    struct vector to_center = subtract(sphere->center, from);
    double along = dot(to_center, direction);
    double inside = along * along - dot(to_center, to_center) + sphere->radius * sphere->radius;
    if (inside < 0.0) return -1.0;
    double root = __builtin_sqrt(inside);
    return along - root > 1e-6 ? along - root : along + root > 1e-6 ? along + root : -1.0;
}

static NOINLINE const struct sphere *nearest(struct vector from, struct vector direction, double *distance) {
    const struct sphere *found = 0;
    for (i32 i = 0; i < SPHERES; i++) {
        double here = meet(&spheres[i], from, direction);
        if (here > 0.0 && (!found || here < *distance)) *distance = here, found = &spheres[i];
    }
    return found;
}

static NOINLINE struct vector trace(struct vector from, struct vector direction, i32 depth) {
    static const struct vector light = {-0.48, 0.64, -0.6};
    double distance;
    const struct sphere *sphere = nearest(from, direction, &distance);
    if (!sphere) return scale(vector(0.5, 0.7, 1.0), 0.5 + 0.5 * direction.y);
    struct vector at = add(from, scale(direction, distance));
    struct vector normal = scale(subtract(at, sphere->center), 1.0 / sphere->radius);
    double brightness = dot(normal, light), unused;
    if (brightness < 0.0 || nearest(at, light, &unused)) brightness = 0.0;
    struct vector color = scale(sphere->color, 0.2 + 0.8 * brightness);
    if (depth == 0 || sphere->mirror < 0.1) return color;
    struct vector reflected = subtract(direction, scale(normal, 2.0 * dot(direction, normal)));
    struct vector seen = trace(at, reflected, depth - 1);
    return add(scale(color, 1.0 - sphere->mirror), scale(seen, sphere->mirror));
}

KERNEL i32 run(i32 n) {
    u32 hash = 0;
    make_scene();
    for (i32 pixel = 0; pixel < n; pixel++) {
        // Pixels lie spread, so that few of them show the scene as well.
        i32 place = pixel * 6151 & (WIDTH * WIDTH - 1);
        double x = (double)(place % WIDTH) / WIDTH - 0.5, y = 0.5 - (double)(place / WIDTH) / WIDTH;
        struct vector color = trace(vector(0.0, 0.5, -3.0), unit(vector(x, y, 1.0)), 4);
        hash = mix(hash, (u32)(color.x * 1000.0));
        hash = mix(hash, (u32)(color.y * 1000.0));
        hash = mix(hash, (u32)(color.z * 1000.0));
    }
    return (i32)hash;
}
