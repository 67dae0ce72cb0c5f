// SPDX-License-Identifier: Apache-2.0
// Builds a hash table from one generated relation and probes it with another.
#include "lib.h"

struct parameter parameters[] = {{"build", 150000}, {"probes", 1000000}, {}};

struct row { u64 key, payload; };

static u64 slot_of(u64 key, u64 mask) { return key * 0x9e3779b97f4a7c15 >> 20 & mask; }

u64 workload(void)
{
    u64 build = value(0), size = 64, state = 362436069, sum = 0, matches = 0;
    if (!build)
        fail("build must not be 0");
    while (size < 2 * build)
        size *= 2;
    struct row *table = mmap(0, size * sizeof *table, READ | WRITE, 0);
    if (table == MAP_FAILED)
        fail("no address space left");
    measure_begin();
    for (u64 i = 0; i < build; i++) {
        u64 key = next_random(&state) % (4 * build) + 1, at = slot_of(key, size - 1);
        while (table[at].key)
            at = (at + 1) & (size - 1);
        table[at] = (struct row){key, i};
    }
    for (u64 i = 0; i < value(1); i++) {
        u64 key = next_random(&state) % (4 * build) + 1;
        for (u64 at = slot_of(key, size - 1); table[at].key; at = (at + 1) & (size - 1))
            if (table[at].key == key) {
                matches++;
                sum += table[at].payload ^ i;
            }
    }
    measure_end();
    return mix(sum, matches);
}
