// SPDX-License-Identifier: Apache-2.0
#include "harts.h"

volatile uint64_t hart_count;
static work *volatile given;
static volatile uint64_t round, returned, trapped;

// A hart that exists keeps what is written to its msip.
static uint64_t count_harts(void) {
    uint64_t count = 1;
    while (count < MOST_HARTS) {
        set_msip(count, 1);
        bool there = ((volatile uint32_t *)CLINT)[count] != 0;
        set_msip(count, 0);
        if (!there) {
            break;
        }
        count++;
    }
    return count;
}

void on_others(work *function) {
    if (hart_count == 0) {
        hart_count = count_harts();
        if (hart_count == 1) {
            check("there is more than one hart", 1, 2);
        }
    }
    given = function;
    returned = 0;
    fence();
    add(&round, 1);
}

void join_others(void) {
    while (returned != hart_count - 1) {
        if (trapped) {
            check("no other hart traps", trapped, 0);
            return;
        }
        pause();
    }
    fence();
}

void other_main(uint64_t hart) {
    for (uint64_t seen = 0;; seen++) {
        while (round == seen) {
            pause();
        }
        fence();
        given(hart);
        add(&returned, 1);
    }
}

void other_trapped(uint64_t cause, uint64_t epc, uint64_t tval) {
    print("# trap of another hart: cause, epc, tval ");
    print_hex(cause);
    print(" ");
    print_hex(epc);
    print(" ");
    print_hex(tval);
    print("\n");
    trapped = cause + 1;
    for (;;) {
        __asm__ volatile("wfi");
    }
}
