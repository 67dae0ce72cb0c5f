// SPDX-License-Identifier: Apache-2.0
// The kernels that papers on address translation measure, each with its memory's size as the first parameter.
//
// Every kernel does its work twice: once to prepare, which puts content where the measured work will look for it, and
// then the same again. So the measured part meets no page for the first time, and an array of 8 GiB costs only the
// pages that the work comes to.
#pragma once
#include "../user/lib.h"

// Of a function with a parameter `prepare`: two of it, so that the measured one does not ask.
#define TWICE static inline __attribute__((always_inline))

// The first parameter, in MiB, as bytes.
static inline u64 footprint(void)
{
    u64 size = value(0);
    if (size < 8 || size > 8192 || (size & (size - 1)))
        fail("footprint must be a power of two from 8 to 8192");
    return size << 20;
}

static inline void *array_new(u64 bytes) { return pages_new((bytes + PAGE - 1) / PAGE); }

static inline u64 scramble(u64 x)
{
    x ^= x >> 31;
    x *= 0x9e3779b97f4a7c15;
    return x ^ x >> 29;
}

// Sixteen links of each vertex, as many as Graph500 has. In its graphs each bit of a vertex that an edge leads to is
// set with a probability of 0.24 (A + C = 0.76), here of a quarter: few vertices have many edges. The multiplication
// then scatters them.
#define DEGREE 16
static inline u64 link_of(u64 vertex, u64 k, u64 mask)
{
    u64 h = scramble(vertex * DEGREE + k + 1);
    return (h & scramble(h)) * 0x2545f4914f6cdd1d & mask;
}
