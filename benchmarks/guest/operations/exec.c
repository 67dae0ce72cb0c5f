// SPDX-License-Identifier: Apache-2.0
// A process that becomes another program, which ends at once.
#include "posix.h"
#include "../kernels/kernel.h"

KERNEL("exec", LEAF_STATUS, 1);

void kernel_prepare(void) {
}

uint64_t kernel(void) {
    long child = os_fork();
    if (child == 0) {
        os_execute("leaf");
    }
    return (uint64_t)os_wait(child) >> 8;
}
