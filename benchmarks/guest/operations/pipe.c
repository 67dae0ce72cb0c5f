// SPDX-License-Identifier: Apache-2.0
// Two processes that wait for each other 32 times: a number goes there and back through pipes.
#include "posix.h"
#include "../kernels/kernel.h"

KERNEL("pipe", 32 * 33 / 2, 1);

enum { TIMES = 32 };

static int there[2], back[2];

// The other process adds one. It ends with this one, which closes the pipe.
void kernel_prepare(void) {
    if (os_pipe(there) != 0 || os_pipe(back) != 0) {
        os_exit(1);
    }
    if (os_fork() == 0) {
        uint64_t number;
        os_close(there[1]);
        while (os_read(there[0], &number, sizeof number) == sizeof number) {
            number++;
            os_write(back[1], &number, sizeof number);
        }
        os_exit(0);
    }
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < TIMES; i++) {
        uint64_t number = i;
        os_write(there[1], &number, sizeof number);
        os_read(back[0], &number, sizeof number);
        sum += number;
    }
    return sum;
}
