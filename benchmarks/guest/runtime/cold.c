// SPDX-License-Identifier: Apache-2.0
// How much work is done by which time since the program's start, its preparations included.
#include "../kernels/kernel.h"
#include "line.h"
#include "runtime.h"

#define MILLISECOND 1000000u

static const uint32_t checkpoints[] = {250, 500, 1000, 2000, 4000, 8000}; // milliseconds
enum { CHECKPOINTS = sizeof checkpoints / sizeof *checkpoints };

static void print_units(uint32_t at, uint64_t thousandths) {
    struct line line = {.length = 0};
    add_text(&line, kernel_name);
    add_text(&line, " at=");
    add_number(&line, at);
    add_text(&line, " units=");
    add_number(&line, thousandths / 1000);
    add_text(&line, thousandths % 1000 < 10 ? ".00" : thousandths % 1000 < 100 ? ".0" : ".");
    add_number(&line, thousandths % 1000);
    end_line(&line);
    platform_write(line.text, line.length);
}

int bench_cold(uint64_t milliseconds) {
    uint64_t start = platform_nanoseconds(), before = start, best = ~0ull, sum = kernel_expected, units = 0;
    kernel_prepare();
    for (int next = 0; next < CHECKPOINTS && checkpoints[next] <= milliseconds; units++) {
        uint64_t now_sum = kernel();
        if (now_sum != kernel_expected) {
            sum = now_sum;
        }
        uint64_t now = platform_nanoseconds();
        best = now - before < best ? now - before : best;
        for (; next < CHECKPOINTS && start + checkpoints[next] * (uint64_t)MILLISECOND <= now; next++) {
            // The unit that is under way at a checkpoint counts in part.
            uint64_t part = start + checkpoints[next] * (uint64_t)MILLISECOND - before;
            print_units(checkpoints[next], units * 1000 + part * 1000 / (now - before));
        }
        before = now;
    }
    struct line line = {.length = 0};
    add_text(&line, kernel_name);
    add_text(&line, " best=");
    add_number(&line, best);
    add_text(&line, " checksum=");
    add_hex(&line, sum);
    if (sum != kernel_expected) {
        add_text(&line, " expected=");
        add_hex(&line, kernel_expected);
    }
    end_line(&line);
    platform_write(line.text, line.length);
    return sum != kernel_expected;
}
