// SPDX-License-Identifier: Apache-2.0
// Takes write access from pages and gives it back, writing to each page in between.
#include "lib.h"

struct parameter parameters[] = {{"pages", 64}, {"rounds", 2000}, {}};

u64 workload(void)
{
    u64 pages = value(0), checksum = 0;
    if (!pages)
        fail("pages must not be 0");
    u64 *memory = pages_new(pages);
    for (u64 i = 0; i < pages; i++)
        memory[i * WORDS] = i;
    measure_begin();
    for (u64 round = 0; round < value(1); round++) {
        mprotect(memory, pages * PAGE, READ);
        for (u64 i = 0; i < pages; i++)
            checksum = mix(checksum, memory[i * WORDS]);
        mprotect(memory, pages * PAGE, READ | WRITE);
        for (u64 i = 0; i < pages; i++)
            memory[i * WORDS] += checksum & 255;
    }
    measure_end();
    return checksum;
}
