// SPDX-License-Identifier: Apache-2.0
// The host's platform: a plain program, `NAME [ROUNDS [ITERATIONS]]`, `NAME for MILLISECONDS`, `NAME leaf`, which does
// nothing, or `NAME "NAME work"`, which does what a job of it does.
#include "../operations/posix.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../kernels/kernel.h"
#include "runtime.h"

void platform_write(const char *bytes, size_t count) {
    if (write(STDOUT_FILENO, bytes, count) != (ssize_t)count) {
        _exit(2);
    }
}

uint64_t platform_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "leaf") == 0) {
        return LEAF_STATUS;
    }
    if (argc == 2 && kernel_work != NULL && strstr(argv[1], " work") != NULL) {
        return kernel_work();
    }
    if (argc > 2 && strcmp(argv[1], "for") == 0) {
        return bench_cold(strtoull(argv[2], NULL, 10));
    }
    if (argc > 1) {
        bench_params.rounds = strtoull(argv[1], NULL, 10);
    }
    if (argc > 2) {
        bench_params.iterations = strtoull(argv[2], NULL, 10);
    }
    return bench_main();
}
