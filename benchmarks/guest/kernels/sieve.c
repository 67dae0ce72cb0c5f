// SPDX-License-Identifier: Apache-2.0
// The sieve of Eratosthenes over a byte array: strided stores.
#include "kernel.h"

KERNEL("sieve", 0xe1b8bd373fc09094u, 5);

#define LIMIT 131072

static uint8_t composite[LIMIT];

void kernel_prepare(void) {
}

uint64_t kernel(void) {
    for (int i = 0; i < LIMIT; i++) {
        composite[i] = 0;
    }
    for (int i = 2; i * i < LIMIT; i++) {
        if (!composite[i]) {
            for (int j = i * i; j < LIMIT; j += i) {
                composite[j] = 1;
            }
        }
    }
    uint64_t count = 0;
    uint64_t sum = 0;
    for (int i = 2; i < LIMIT; i++) {
        if (!composite[i]) {
            count++;
            sum = sum * 31 + (uint64_t)i;
        }
    }
    return mix(sum, count);
}
