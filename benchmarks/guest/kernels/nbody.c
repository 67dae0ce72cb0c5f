// SPDX-License-Identifier: Apache-2.0
// Gravitation between eight bodies, leapfrog steps: dependent floating point with divisions and square roots.
#include "kernel.h"

KERNEL("nbody", 0xabfb15be26657940u, 6);

#define BODIES 8
#define STEPS 700

struct body {
    double x[3], v[3], mass;
};

static struct body initial[BODIES], bodies[BODIES];

void kernel_prepare(void) {
    uint64_t state = 8;
    for (int i = 0; i < BODIES; i++) {
        for (int k = 0; k < 3; k++) {
            initial[i].x[k] = (double)(next_random(&state) >> 11) * 0x1p-50 - 4;
            initial[i].v[k] = (double)(next_random(&state) >> 11) * 0x1p-54 - 0.25;
        }
        initial[i].mass = 0.5 + i * 0.125;
    }
}

static void kick(double dt) {
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++) {
            double d[3];
            double square = 0.01; // softened, so that close bodies stay slow
            for (int k = 0; k < 3; k++) {
                d[k] = bodies[i].x[k] - bodies[j].x[k];
                square += d[k] * d[k];
            }
            double force = dt / (square * __builtin_sqrt(square));
            for (int k = 0; k < 3; k++) {
                bodies[i].v[k] -= d[k] * bodies[j].mass * force;
                bodies[j].v[k] += d[k] * bodies[i].mass * force;
            }
        }
    }
}

uint64_t kernel(void) {
    for (int i = 0; i < BODIES; i++) {
        bodies[i] = initial[i];
    }
    for (int step = 0; step < STEPS; step++) {
        kick(0.001);
        for (int i = 0; i < BODIES; i++) {
            for (int k = 0; k < 3; k++) {
                bodies[i].x[k] += bodies[i].v[k] * 0.001;
            }
        }
    }
    uint64_t sum = 0;
    for (int i = 0; i < BODIES; i++) {
        sum = mix(sum, bits_of(bodies[i].x[0]) + bits_of(bodies[i].v[2]));
    }
    return sum;
}
