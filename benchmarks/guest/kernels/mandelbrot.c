// SPDX-License-Identifier: Apache-2.0
// The Mandelbrot set on a 64 x 48 grid: floating point in registers, one unpredictable branch.
#include "kernel.h"

KERNEL("mandelbrot", 0x78ec0fad99e0a097u, 5);

void kernel_prepare(void) {
}

uint64_t kernel(void) {
    uint64_t sum = 0;
    for (int row = 0; row < 48; row++) {
        for (int column = 0; column < 64; column++) {
            double cx = -2.25 + column * (3.0 / 64);
            double cy = -1.125 + row * (2.25 / 48);
            double x = 0;
            double y = 0;
            int count = 0;
            while (count < 150) {
                double xx = x * x;
                double yy = y * y;
                if (xx + yy > 4) {
                    break;
                }
                y = 2 * x * y + cy;
                x = xx - yy + cx;
                count++;
            }
            sum = sum * 5 + (uint64_t)count;
        }
    }
    return mix(sum, 0);
}
