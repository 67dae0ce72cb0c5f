// SPDX-License-Identifier: Apache-2.0
// Spectral norm of the matrix 1 / ((i+j)(i+j+1)/2 + i + 1) by power iteration: divisions and integer conversions.
#include "kernel.h"

KERNEL("spectral", 0x3ff463308eb72dedu, 6);

#define N 80
#define STEPS 5

static double u[N], v[N], w[N];

void kernel_prepare(void) {
}

static double element(int i, int j) {
    return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static void multiply(double *to, const double *from) {
    for (int i = 0; i < N; i++) {
        double dot = 0;
        for (int j = 0; j < N; j++) {
            dot += element(i, j) * from[j];
        }
        to[i] = dot;
    }
}

static void multiply_transposed(double *to, const double *from) {
    for (int i = 0; i < N; i++) {
        double dot = 0;
        for (int j = 0; j < N; j++) {
            dot += element(j, i) * from[j];
        }
        to[i] = dot;
    }
}

uint64_t kernel(void) {
    for (int i = 0; i < N; i++) {
        u[i] = 1;
    }
    for (int step = 0; step < STEPS; step++) {
        multiply(w, u);
        multiply_transposed(v, w);
        multiply(w, v);
        multiply_transposed(u, w);
    }
    double vbv = 0;
    double vv = 0;
    for (int i = 0; i < N; i++) {
        vbv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    return bits_of(__builtin_sqrt(vbv / vv));
}
