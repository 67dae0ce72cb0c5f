// SPDX-License-Identifier: Apache-2.0
// Reads a word every `stride` bytes of the footprint, round and round.
#include "field.h"

struct parameter parameters[] = {{"footprint", 64}, {"stride", 4160}, {"steps", 2000000}, {}};

TWICE u64 pass(u64 *words, u64 mask, u64 stride, u64 steps, int prepare)
{
    u64 sum = 0;
    for (u64 i = 0, at = 0; i < steps; i++, at = (at + stride) & mask) {
        if (prepare)
            words[at] = scramble(at);
        sum += words[at];
    }
    return sum;
}

u64 workload(void)
{
    u64 size = footprint(), stride = value(1), mask = size / sizeof(u64) - 1;
    if (!stride || stride % sizeof(u64))
        fail("stride must be a multiple of 8");
    stride /= sizeof(u64);
    u64 *words = array_new(size);
    pass(words, mask, stride, value(2), 1);
    measure_begin();
    u64 sum = pass(words, mask, stride, value(2), 0);
    measure_end();
    return mix(sum, stride);
}
