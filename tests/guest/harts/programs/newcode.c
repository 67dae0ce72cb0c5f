// SPDX-License-Identifier: Apache-2.0
// One hart writes code that others are running: after a fence.i they run the new one, be it ever so hot.
#include "harts.h"

#define STEPS 40ul
#define CALLS 1500ul

static volatile uint64_t started, done, acknowledged, stale, torn, calls, stop;

// li a0, value; ret - in a page of its own, or in one with other code that is not changed.
static void put_code(uint32_t *at, uint64_t value) {
    at[0] = 0x00000513 | (uint32_t)value << 20;
    at[1] = 0x00008067;
}

static uint64_t call(const void *at) {
    return ((uint64_t (*)(void))at)();
}

static const void *place(uint64_t step) {
    return page(0) + 512 * (step % 3);
}

static void run_on(uint64_t hart) {
    uint64_t mine = 0;
    while (!stop) {
        if (((volatile uint32_t *)CLINT)[hart]) {
            set_msip(hart, 0);
            fence_i();
            add(&acknowledged, 1);
        }
        uint64_t least = done;
        uint64_t most;
        uint64_t value = 0;
        for (int i = 0; i < 20; i++) {
            value += call(place(0));
            value += call(place(1));
            value += call(place(2));
        }
        fence();
        most = started;
        // Each place holds the latest step that it had a turn in.
        uint64_t low = 20 * (least + least - 1 + least - 2);
        uint64_t high = 20 * (most + most - 1 + most - 2);
        stale += value < low;
        torn += value > high;
        mine++;
    }
    add(&calls, mine);
}

void test(void) {
    for (uint64_t step = 0; step < 3; step++) {
        put_code((uint32_t *)place(step), step + 3);
    }
    fence_i();
    started = done = 5;
    on_others(run_on);
    for (uint64_t step = 6; step < STEPS; step++) {
        for (uint64_t i = 0; i < CALLS; i++) {
            if (call(place(step)) != step - 3) {
                torn++;
            }
        }
        started = step;
        fence();
        put_code((uint32_t *)place(step), step);
        fence();
        acknowledged = 0;
        for (uint64_t hart = 1; hart < hart_count; hart++) {
            set_msip(hart, 1);
        }
        fence_i();
        while (acknowledged != hart_count - 1) {
            pause();
        }
        fence();
        done = step;
        if (call(place(step)) != step) {
            stale++;
        }
    }
    stop = 1;
    join_others();
    check("no hart runs code that was replaced before its fence.i", stale, 0);
    check("nor code that was never there", torn, 0);
    check("all harts were at work", calls >= hart_count - 1, 1);
}
