// SPDX-License-Identifier: Apache-2.0
// Solves 48 linear equations by LU decomposition with partial pivoting, in doubles.
#include "../kernels/kernel.h"

KERNEL("lu", 0x09299d15bb19d774u, 1);

enum { N = 48 };

static double matrix[N][N], right[N];
static double a[N][N], x[N];
static int rows[N];

void kernel_prepare(void) {
    uint64_t state = 42;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            matrix[i][j] = (double)(int64_t)(next_random(&state) >> 40) / 65536.0 - 128.0;
        }
        right[i] = i + 1;
    }
}

static double absolute(double value) {
    return value < 0 ? -value : value;
}

uint64_t kernel(void) {
    for (int i = 0; i < N; i++) {
        rows[i] = i;
        for (int j = 0; j < N; j++) {
            a[i][j] = matrix[i][j];
        }
    }
    for (int k = 0; k < N; k++) {
        int pivot = k;
        for (int i = k + 1; i < N; i++) {
            if (absolute(a[rows[i]][k]) > absolute(a[rows[pivot]][k])) {
                pivot = i;
            }
        }
        int row = rows[pivot];
        rows[pivot] = rows[k];
        rows[k] = row;
        for (int i = k + 1; i < N; i++) {
            double factor = a[rows[i]][k] /= a[row][k];
            for (int j = k + 1; j < N; j++) {
                a[rows[i]][j] -= factor * a[row][j];
            }
        }
    }
    for (int i = 0; i < N; i++) {
        double sum = right[rows[i]];
        for (int j = 0; j < i; j++) {
            sum -= a[rows[i]][j] * x[j];
        }
        x[i] = sum;
    }
    uint64_t sum = 0;
    for (int i = N - 1; i >= 0; i--) {
        double value = x[i];
        for (int j = i + 1; j < N; j++) {
            value -= a[rows[i]][j] * x[j];
        }
        x[i] = value / a[rows[i]][i];
        sum = mix(sum, bits_of(x[i]));
    }
    return sum;
}
