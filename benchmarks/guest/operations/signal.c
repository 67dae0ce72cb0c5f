// SPDX-License-Identifier: Apache-2.0
// 128 signals that a process sends itself and handles.
#include "posix.h"
#include "../kernels/kernel.h"

KERNEL("signal", 128, 1);

static volatile uint64_t handled;

static void count(int number) {
    (void)number;
    handled++;
}

void kernel_prepare(void) {
    os_handle_signal(count);
}

uint64_t kernel(void) {
    handled = 0;
    for (int i = 0; i < 128; i++) {
        os_signal_self();
    }
    return handled;
}
