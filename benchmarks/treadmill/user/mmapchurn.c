// SPDX-License-Identifier: Apache-2.0
// Maps, touches and unmaps regions of every size from min to max pages. A mapping at each end of the 2 MiB around
// them keeps the page table alive, so that up to 64 pages are fenced one by one and more with a single fence.
#include "lib.h"

struct parameter parameters[] = {{"min", 1}, {"max", 128}, {"rounds", 4}, {}};

u64 workload(void)
{
    u64 min = value(0), max = value(1), checksum = 0;
    u8 *base = (u8 *)0x3000000000, *last = base + 511 * PAGE;
    if (!min || min > max || max > 400)
        fail("need 1 <= min <= max <= 400");
    *(u64 *)mmap(base, PAGE, READ | WRITE, 0) = 1;
    *(u64 *)mmap(last, PAGE, READ | WRITE, 0) = 2;
    measure_begin();
    for (u64 round = 0; round < value(2); round++)
        for (u64 n = min; n <= max; n++) {
            volatile u64 *at = mmap(base + 16 * PAGE, n * PAGE, READ | WRITE, 0);
            for (u64 i = 0; i < n; i++) {
                at[i * WORDS] = i + round;  // first, so that each page has one fault
                if (at[i * WORDS + 1])
                    fail("a fresh page is not zero");
                at[i * WORDS + 1] = 1;
            }
            for (u64 i = 0; i < n; i++)
                checksum = mix(checksum, at[i * WORDS]);
            munmap((void *)at, n * PAGE);
        }
    measure_end();
    return mix(checksum, *base + *last);
}
