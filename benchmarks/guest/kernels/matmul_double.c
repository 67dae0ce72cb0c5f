// SPDX-License-Identifier: Apache-2.0
// Product of two 64 x 64 matrices of doubles.
#include "kernel.h"

KERNEL("matmul_double", 0x8fd859e49884d3f1u, 6);

#define N 64

static double a[N][N], b[N][N], c[N][N];

void kernel_prepare(void) {
    uint64_t state = 2;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)(next_random(&state) >> 11) * 0x1p-53;
            b[i][j] = (double)(next_random(&state) >> 11) * 0x1p-53 - 0.5;
        }
    }
}

uint64_t kernel(void) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double dot = 0;
            for (int k = 0; k < N; k++) {
                dot += a[i][k] * b[k][j];
            }
            c[i][j] = dot;
        }
    }
    uint64_t sum = 0;
    for (int i = 0; i < N; i++) {
        sum = mix(sum, bits_of(c[i][N - 1 - i]));
    }
    return sum;
}
