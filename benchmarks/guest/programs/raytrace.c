// SPDX-License-Identifier: Apache-2.0
// Traces rays through a scene of spheres with one mirror bounce, 40 x 30 pixels, in doubles.
#include "../kernels/kernel.h"

KERNEL("raytrace", 0x9f1f81c0ea3e3547u, 1);

enum { WIDTH = 40, HEIGHT = 30, SPHERES = 8, BOUNCES = 2 };

struct vector {
    double x, y, z;
};

struct sphere {
    struct vector centre;
    double radius, shine;
};

static struct sphere spheres[SPHERES];

static struct vector add(struct vector a, struct vector b, double factor) {
    return (struct vector){a.x + b.x * factor, a.y + b.y * factor, a.z + b.z * factor};
}

static double dot(struct vector a, struct vector b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

// Newton's method: every step is exact in IEEE arithmetic, so all hosts agree.
static double root(double value) {
    double guess = value > 1 ? value : 1;
    for (int i = 0; i < 12; i++) {
        guess = 0.5 * (guess + value / guess);
    }
    return guess;
}

static struct vector unit(struct vector v) {
    return add((struct vector){0, 0, 0}, v, 1 / root(dot(v, v)));
}

static const struct sphere *nearest(struct vector from, struct vector direction, double *distance) {
    const struct sphere *hit = NULL;
    *distance = 1e9;
    for (int i = 0; i < SPHERES; i++) {
        struct vector to = add(spheres[i].centre, from, -1);
        double along = dot(to, direction);
        double square = spheres[i].radius * spheres[i].radius - dot(to, to) + along * along;
        if (along > 0 && square > 0) {
            double t = along - root(square);
            if (t > 1e-6 && t < *distance) {
                *distance = t;
                hit = &spheres[i];
            }
        }
    }
    return hit;
}

static double trace(struct vector from, struct vector direction, int bounces) {
    double distance;
    const struct sphere *sphere = nearest(from, direction, &distance);
    if (sphere == NULL) {
        return 0.2 + 0.3 * (direction.y + 1);
    }
    static const struct vector light = {0.6, 0.64, -0.48};
    struct vector point = add(from, direction, distance);
    struct vector normal = unit(add(point, sphere->centre, -1));
    double brightness = dot(normal, light), away;
    if (brightness < 0 || nearest(point, light, &away) != NULL) {
        brightness = 0;
    }
    brightness = 0.1 + 0.9 * brightness;
    if (bounces > 0) {
        struct vector mirrored = add(direction, normal, -2 * dot(direction, normal));
        brightness += sphere->shine * (trace(point, mirrored, bounces - 1) - brightness);
    }
    return brightness;
}

void kernel_prepare(void) {
    uint64_t state = 5772156649u;
    for (int i = 0; i < SPHERES; i++) {
        uint64_t r = next_random(&state);
        spheres[i] = (struct sphere){
            {(double)(r & 255) / 32 - 4, (double)(r >> 8 & 255) / 43 - 3, 6 + (double)(r >> 16 & 255) / 64}, 0.5 + (double)(r >> 24 & 127) / 96,
            (double)(r >> 32 & 63) / 100};
    }
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            struct vector direction = unit((struct vector){(x - WIDTH / 2) / 30.0, (HEIGHT / 2 - y) / 30.0, 1});
            sum = mix(sum, (uint64_t)(trace((struct vector){0, 0, 0}, direction, BOUNCES) * 255));
        }
    }
    return sum;
}
