// Five bodies under gravity: floating-point arithmetic with long dependency chains.
#include "kernel.h"

#define BODIES 5

struct body {
    double x, y, z, vx, vy, vz, mass;
};

static struct body bodies[BODIES];

static void place_bodies(void) {
    u32 state = 12345;
    for (i32 i = 0; i < BODIES; i++) {
        double *field = (double *)&bodies[i];
        for (i32 j = 0; j < 6; j++) field[j] = (double)(next_random(&state) & 0xffff) / 4096.0 - 8.0;
        bodies[i].mass = i == 0 ? 40.0 : 0.01;
    }
}

static NOINLINE void advance(double step) {
    for (i32 i = 0; i < BODIES; i++) {
        struct body *a = &bodies[i];
        for (i32 j = i + 1; j < BODIES; j++) {
            struct body *b = &bodies[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            double square = dx * dx + dy * dy + dz * dz + 0.01;
            double factor = step / (square * __builtin_sqrt(square));
            a->vx -= dx * b->mass * factor;
            a->vy -= dy * b->mass * factor;
            a->vz -= dz * b->mass * factor;
            b->vx += dx * a->mass * factor;
            b->vy += dy * a->mass * factor;
            b->vz += dz * a->mass * factor;
        }
    }
    for (i32 i = 0; i < BODIES; i++) {
        struct body *b = &bodies[i];
        b->x += step * b->vx;
        b->y += step * b->vy;
        b->z += step * b->vz;
    }
}

KERNEL i32 run(i32 n) {
    place_bodies();
    for (i32 i = 0; i < n; i++) advance(0.001);
    double sum = 0.0;
    for (i32 i = 0; i < BODIES; i++) sum += bodies[i].x + bodies[i].y * 3.0 + bodies[i].z * 7.0;
    return fold_f64(sum);
}
