// SPDX-License-Identifier: Apache-2.0
// Follows a random cycle that visits one word of each page.
#include "lib.h"

struct parameter parameters[] = {{"pages", 4096}, {"steps", 6000000}, {}};

u64 workload(void)
{
    u64 pages = value(0), state = 521288629, checksum = 0;
    if (!pages)
        fail("pages must not be 0");
    u64 **memory = pages_new(pages);
    u32 *order = allocate(pages * sizeof *order);
    for (u64 i = 0; i < pages; i++)
        order[i] = i;
    for (u64 i = pages - 1; i > 0; i--) {  // one cycle through all: each is swapped with an earlier one
        u64 j = next_random(&state) % i;
        u32 swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
#define WORD(i) (memory + (i) * WORDS + (i) * 37 % WORDS)
    for (u64 i = 0; i < pages; i++)
        *WORD(i) = (u64 *)WORD(order[i]);
    u64 *at = (u64 *)WORD(0);
    measure_begin();
    for (u64 i = 0; i < value(1); i++) {
        at = (u64 *)*at;
        checksum += (u64)at >> 12;
    }
    measure_end();
    return mix(checksum, (u64)at);
}
