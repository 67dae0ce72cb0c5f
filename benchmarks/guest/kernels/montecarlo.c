// SPDX-License-Identifier: Apache-2.0
// Pi by random points: a random generator, conversions to double, a comparison.
#include "kernel.h"

KERNEL("montecarlo", 0x9b2610aeace5411fu, 6);

#define POINTS 60000

void kernel_prepare(void) {
}

uint64_t kernel(void) {
    uint64_t state = 13;
    uint64_t inside = 0;
    double moment = 0;
    for (int i = 0; i < POINTS; i++) {
        double x = (double)(int64_t)(next_random(&state) >> 11) * 0x1p-53;
        double y = (double)(int64_t)(next_random(&state) >> 11) * 0x1p-53;
        double square = x * x + y * y;
        if (square <= 1) {
            inside++;
            moment += square;
        }
    }
    return mix(bits_of(moment), inside);
}
