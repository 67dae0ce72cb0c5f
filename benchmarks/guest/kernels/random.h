// SPDX-License-Identifier: Apache-2.0
// Input data and checksums of kernels and workloads.
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

// Xorshift64: the state must not be 0.
static inline uint64_t next_random(uint64_t *state) {
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

// Folds a value into a checksum; the order of values matters.
static inline uint64_t mix(uint64_t sum, uint64_t value) {
    sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
    return sum ^ (sum >> 29);
}

#endif
