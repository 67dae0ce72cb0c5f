// SPDX-License-Identifier: Apache-2.0
// Bit manipulation: population and zero counts, rotates, byte swaps, single bits, minima, shifted additions.
#include "kernel.h"

KERNEL("bits", 0x8eed8f1566efc8ebu, 6);

#define WORDS 2048

static uint64_t words[WORDS];

void kernel_prepare(void) {
    uint64_t state = 6;
    for (int i = 0; i < WORDS; i++) {
        words[i] = next_random(&state) >> (i & 31);
    }
}

static uint64_t rotate(uint64_t x, unsigned by) {
    return x << (by & 63) | x >> (-by & 63);
}

static uint64_t minimum(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

uint64_t kernel(void) {
    uint64_t sum = 0x0123456789abcdefu;
    for (int pass = 0; pass < 16; pass++) {
        for (unsigned i = 0; i < WORDS; i++) {
            uint64_t x = words[i];
            unsigned ones = (unsigned)__builtin_popcountll(x);
            unsigned zeros = x ? (unsigned)(__builtin_clzll(x) + __builtin_ctzll(x)) : 128;
            sum = rotate(sum, ones) ^ __builtin_bswap64(x);
            sum = (sum & ~(1ull << (zeros & 63))) ^ 1ull << (x & 63);
            sum += words[x & (WORDS - 1)] & ~x;
            sum = minimum(sum, ~x) + (sum >> 3 & 1) + (uint64_t)(int16_t)sum * 8;
        }
    }
    return sum;
}
