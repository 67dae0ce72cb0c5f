// SPDX-License-Identifier: Apache-2.0
// RandomAccess of the HPC Challenge: changes random words of a table.
#include "field.h"

struct parameter parameters[] = {{"footprint", 64}, {"updates", 1000000}, {}};

#define SEED 88172645463325252

u64 workload(void)
{
    u64 mask = footprint() / sizeof(u64) - 1, updates = value(1), state = SEED, checksum = 0;
    u64 *table = array_new((mask + 1) * sizeof *table);
    for (u64 i = 0; i < updates; i++) {
        u64 at = next_random(&state) >> 20 & mask;
        table[at] = at;
    }
    state = SEED;
    measure_begin();
    for (u64 i = 0; i < updates; i++) {
        u64 random = next_random(&state);
        table[random >> 20 & mask] ^= random;
    }
    measure_end();
    state = SEED;
    for (u64 i = 0; i < updates; i++)
        checksum = mix(checksum, table[next_random(&state) >> 20 & mask]);
    return checksum;
}
