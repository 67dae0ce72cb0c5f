// SPDX-License-Identifier: Apache-2.0
// The host's platform: a plain program, `NAME [ROUNDS [ITERATIONS]]`.
#include <stdlib.h>
#include <unistd.h>

#include "../kernels/kernel.h"
#include "runtime.h"

void platform_write(const char *bytes, size_t count) {
    if (write(STDOUT_FILENO, bytes, count) != (ssize_t)count) {
        _exit(2);
    }
}

int main(int argc, char **argv) {
    if (argc > 1) {
        bench_params.rounds = strtoull(argv[1], NULL, 10);
    }
    if (argc > 2) {
        bench_params.iterations = strtoull(argv[2], NULL, 10);
    }
    return bench_main();
}
