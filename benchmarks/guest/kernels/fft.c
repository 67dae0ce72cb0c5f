// SPDX-License-Identifier: Apache-2.0
// In-place radix-2 Fourier transform of 4096 complex doubles, there and back.
#include "kernel.h"

KERNEL("fft", 0x55d9541b30969c69u, 5);

#define LOG 12
#define N (1 << LOG)

struct complex {
    double re, im;
};

static struct complex input[N], work[N], roots[N / 2];

void kernel_prepare(void) {
    uint64_t state = 9;
    for (int i = 0; i < N; i++) {
        input[i].re = (double)(next_random(&state) >> 11) * 0x1p-53;
        input[i].im = (double)(next_random(&state) >> 11) * 0x1p-53;
    }
    // Roots of unity by halving angles with square roots, then products: no library, the same bits everywhere.
    roots[0] = (struct complex){1, 0};
    struct complex half = {-1, 0};
    for (int stride = N / 4; stride >= 1; stride /= 2) {
        double re = __builtin_sqrt((1 + half.re) * 0.5);
        double im = __builtin_sqrt((1 - half.re) * 0.5);
        half = (struct complex){re, im};
        for (int i = stride; i < N / 2; i += 2 * stride) {
            struct complex r = roots[i - stride];
            roots[i] = (struct complex){r.re * re - r.im * im, r.re * im + r.im * re};
        }
    }
}

static void transform(double sign) {
    for (unsigned i = 0, j = 0; i < N; i++) {
        if (i < j) {
            struct complex swapped = work[i];
            work[i] = work[j];
            work[j] = swapped;
        }
        unsigned bit = N >> 1;
        for (; j & bit; bit >>= 1) {
            j ^= bit;
        }
        j |= bit;
    }
    for (int half = 1, stride = N / 2; half < N; half *= 2, stride /= 2) {
        for (int from = 0; from < N; from += 2 * half) {
            for (int k = 0; k < half; k++) {
                struct complex *a = &work[from + k];
                struct complex *b = a + half;
                double re = roots[k * stride].re;
                double im = roots[k * stride].im * sign;
                double tre = b->re * re - b->im * im;
                double tim = b->re * im + b->im * re;
                b->re = a->re - tre;
                b->im = a->im - tim;
                a->re += tre;
                a->im += tim;
            }
        }
    }
}

uint64_t kernel(void) {
    for (int i = 0; i < N; i++) {
        work[i] = input[i];
    }
    transform(1);
    uint64_t sum = 0;
    for (int i = 0; i < N; i += 64) {
        sum = mix(sum, bits_of(work[i].re) ^ bits_of(work[i].im));
    }
    transform(-1);
    double worst = 0;
    for (int i = 0; i < N; i++) {
        double error = work[i].re * (1.0 / N) - input[i].re;
        worst = error > worst ? error : -error > worst ? -error : worst;
    }
    return worst < 1e-12 ? sum : 0;
}
