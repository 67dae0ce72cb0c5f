// SPDX-License-Identifier: Apache-2.0
// Eight threads, one after the other, each on a fresh stack.
#include "posix.h"
#include "../kernels/kernel.h"

KERNEL("thread", 8, 1);

static void add(void *argument) {
    (*(volatile uint64_t *)argument)++;
}

void kernel_prepare(void) {
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (int i = 0; i < 8; i++) {
        os_run_thread(add, &sum);
    }
    return *(volatile uint64_t *)&sum;
}
