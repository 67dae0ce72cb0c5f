// SPDX-License-Identifier: Apache-2.0
// What every benchmark kernel provides and may use. A kernel is one source file, the same for guest and host.
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "random.h"

// Read by the runtime and patched in the ELF file by the harness; the symbol is `bench_params`, the layout is fixed.
struct bench_params {
    uint64_t magic;      // BENCH_MAGIC, so that a harness can tell it found the block
    uint64_t mode;       // 0 machine mode without translation, 1 supervisor, 2 user
    uint64_t rounds;     // how many timed rounds
    uint64_t iterations; // calls of kernel() in a round
    uint64_t seed;       // of the order of physical frames in modes 1 and 2
    uint64_t levels;     // of the page tables: 3, 4 or 5 for Sv39, Sv48, Sv57
};

#define BENCH_MAGIC 0x616272626d6e6570u // "penmbrba", little-endian

extern struct bench_params bench_params;
extern const char kernel_name[];
extern const uint64_t kernel_expected;

// Makes the kernel's input data; called once, not timed.
void kernel_prepare(void);

// One unit of work, about a million instructions. Every call returns the same checksum.
uint64_t kernel(void);

// What a process does that the kernel has started, if it starts any that become programs; its status.
int kernel_work(void) __attribute__((weak));

#define KERNEL(NAME, EXPECTED, ITERATIONS)                                                                  \
    const char kernel_name[] = NAME;                                                                        \
    const uint64_t kernel_expected = EXPECTED;                                                              \
    struct bench_params bench_params = {BENCH_MAGIC, 0, 4, ITERATIONS, 1, 3}

static inline uint64_t bits_of(double value) {
    uint64_t bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return bits;
}

#endif
