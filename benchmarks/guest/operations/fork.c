// SPDX-License-Identifier: Apache-2.0
// Four processes that come and go, each a copy of this one with 64 pages of data, one of which it writes to.
#include "posix.h"
#include "../kernels/kernel.h"

KERNEL("fork", 10, 1);

enum { PAGES = 64, CHILDREN = 4 };

static char *memory;

void kernel_prepare(void) {
    memory = os_map(PAGES * PAGE);
    for (int i = 0; i < PAGES; i++) {
        memory[i * PAGE] = 1;
    }
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (int i = 0; i < CHILDREN; i++) {
        long child = os_fork();
        if (child == 0) {
            memory[i * PAGE] = (char)i;
            os_exit(memory[i * PAGE] + memory[PAGES / 2 * PAGE]);
        }
        sum += (uint64_t)os_wait(child) >> 8;
    }
    return sum;
}
