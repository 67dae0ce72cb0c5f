// SPDX-License-Identifier: Apache-2.0
// The measuring loop. It reads no clock: the harness takes the time at which it sees a round's first and last line,
// so that a machine with virtual time is measured like any other.
#include "../kernels/kernel.h"
#include "line.h"
#include "runtime.h"

static void print(struct line *line) {
    end_line(line);
    platform_write(line->text, line->length);
    line->length = 0;
}

static void print_round(uint64_t round, const char *event) {
    struct line line = {.length = 0};
    add_text(&line, "round ");
    add_number(&line, round);
    add_text(&line, event);
    print(&line);
}

int bench_main(void) {
    struct line line = {.length = 0};
    add_text(&line, kernel_name);
    add_text(&line, " mode=");
    add_text(&line, bench_params.mode == 0 ? "bare" : bench_params.mode == 1 ? "s" : "u");
    add_text(&line, " rounds=");
    add_number(&line, bench_params.rounds);
    add_text(&line, " iterations=");
    add_number(&line, bench_params.iterations);
    print(&line);

    kernel_prepare();
    uint64_t sum = kernel_expected;
    for (uint64_t round = 1; round <= bench_params.rounds; round++) {
        print_round(round, " start");
        for (uint64_t i = 0; i < bench_params.iterations; i++) {
            uint64_t now = kernel();
            if (now != kernel_expected) {
                sum = now;
            }
        }
        print_round(round, " end");
    }

    add_text(&line, kernel_name);
    add_text(&line, " checksum=");
    add_hex(&line, sum);
    if (sum != kernel_expected) {
        add_text(&line, " expected=");
        add_hex(&line, kernel_expected);
    }
    print(&line);
    return sum != kernel_expected;
}
