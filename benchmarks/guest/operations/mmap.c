// SPDX-License-Identifier: Apache-2.0
// Memory that is mapped, touched page by page, and given back.
#include "posix.h"
#include "../kernels/kernel.h"

KERNEL("mmap", 8 * 64, 1);

enum { TIMES = 8, PAGES = 64 };

void kernel_prepare(void) {
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (int time = 0; time < TIMES; time++) {
        volatile char *memory = os_map(PAGES * PAGE);
        for (int i = 0; i < PAGES; i++) {
            memory[i * PAGE] = (char)(memory[i * PAGE] + 1); // was zero
            sum += (uint64_t)memory[i * PAGE];
        }
        os_unmap((void *)memory, PAGES * PAGE);
    }
    return sum;
}
