// SPDX-License-Identifier: Apache-2.0
// Boots, and sleeps for some timer ticks at a time with little work in between. Measured from the start of the kernel.
#include "lib.h"

struct parameter parameters[] = {{"sleeps", 100}, {"ticks", 5}, {}};

u64 workload(void)
{
    u64 checksum = 0;
    for (u64 i = 0; i < value(0); i++) {
        sleep(value(1));
        checksum = mix(checksum, i);
    }
    return checksum;
}
