// SPDX-License-Identifier: Apache-2.0
// 1,000 system calls that do nothing.
#include "posix.h"
#include "../kernels/kernel.h"

KERNEL("nullcall", 1000, 1);

static long parent;

void kernel_prepare(void) {
    parent = os_parent();
}

uint64_t kernel(void) {
    uint64_t same = 0;
    for (int i = 0; i < 1000; i++) {
        same += os_parent() == parent;
    }
    return same;
}
