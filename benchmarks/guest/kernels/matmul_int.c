// SPDX-License-Identifier: Apache-2.0
// Product of two 64 x 64 matrices of 32-bit integers.
#include "kernel.h"

KERNEL("matmul_int", 0x9a86b0ae90891ed3u, 6);

#define N 64

static int32_t a[N][N], b[N][N], c[N][N];

void kernel_prepare(void) {
    uint64_t state = 1;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = (int32_t)next_random(&state);
            b[i][j] = (int32_t)next_random(&state);
        }
    }
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            uint32_t dot = 0;
            for (int k = 0; k < N; k++) {
                dot += (uint32_t)a[i][k] * (uint32_t)b[k][j];
            }
            c[i][j] = (int32_t)dot;
        }
    }
    for (int i = 0; i < N; i++) {
        sum = mix(sum, (uint64_t)c[i][N - 1 - i]);
    }
    return sum;
}
