// SPDX-License-Identifier: Apache-2.0
// First touches of many pages in scattered order, every third of them a read before the write; then all are dropped.
#include "lib.h"

struct parameter parameters[] = {{"pages", 1000}, {"rounds", 25}, {}};

u64 workload(void)
{
    u64 pages = value(0), checksum = 0;
    if (!pages)
        fail("pages must not be 0");
    u64 *memory = pages_new(pages);
    measure_begin();
    for (u64 round = 0; round < value(1); round++) {
        u64 at = round;
        for (u64 i = 0; i < pages; i++) {
            at = (at + 619) % pages;  // visits every page unless pages is a multiple of 619
            u64 *word = &memory[at * WORDS + at % WORDS];
            if (i % 3 == 0)
                checksum = mix(checksum, *word);
            *word = i + 1;
        }
        for (u64 i = 0; i < pages; i++)
            checksum = mix(checksum, memory[i * WORDS + i % WORDS]);
        discard(memory, pages * PAGE);
    }
    measure_end();
    return checksum;
}
