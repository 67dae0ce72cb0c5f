// SPDX-License-Identifier: Apache-2.0
// Pages that become read-only and writable again, and are written to.
#include "posix.h"
#include "../kernels/kernel.h"

KERNEL("mprotect", 128, 1);

enum { TIMES = 128, PAGES = 64, CHANGED = 4 };

static volatile char *memory;

void kernel_prepare(void) {
    memory = os_map(PAGES * PAGE);
    for (int i = 0; i < PAGES; i++) {
        memory[i * PAGE] = 1;
    }
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (int time = 0; time < TIMES; time++) {
        volatile char *start = memory + time % (PAGES / CHANGED) * CHANGED * PAGE;
        os_protect((void *)start, CHANGED * PAGE, 0);
        sum += (uint64_t)*start;
        os_protect((void *)start, CHANGED * PAGE, 1);
        *start = 1;
    }
    return sum;
}
