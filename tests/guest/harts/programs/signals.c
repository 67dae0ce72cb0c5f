// SPDX-License-Identifier: Apache-2.0
// Interrupts from hart to hart: a token that goes round through software interrupts, harts that sleep, and a timer each.
#include "harts.h"

#define LAPS 300ul

static volatile uint64_t token, laps, wrong;
static volatile uint64_t sleeping;
static volatile uint64_t woken[MOST_HARTS], order;

static void await(uint64_t bit) {
    while ((read_csr(mip) & bit) == 0) {
        __asm__ volatile("wfi");
    }
}

// Waits for the token and hands it on, until it has gone round often enough.
static void hand_on(uint64_t hart) {
    uint64_t next = hart + 1 == hart_count ? 0 : hart + 1;
    set_csr(mie, MSIP);
    for (uint64_t lap = 0; lap < LAPS; lap++) {
        if (hart != 0 || lap != 0) {
            await(MSIP);
            set_msip(hart, 0);
        }
        wrong += token != lap * hart_count + hart;
        token++;
        set_msip(next, 1);
    }
    if (hart == 0) {
        await(MSIP);
        set_msip(0, 0);
    }
    clear_csr(mie, MSIP);
}

static void take_signal(uint64_t hart) {
    while ((read_csr(mip) & MSIP) == 0) {
    }
    set_msip(hart, 0);
}

// The same without sleeping.
static void hand_on_awake(uint64_t hart) {
    uint64_t next = hart + 1 == hart_count ? 0 : hart + 1;
    for (uint64_t lap = 0; lap < LAPS / 30; lap++) {
        // Cleared before the token goes on: the next signal cannot come before.
        if (lap != 0 || hart != 0) {
            take_signal(hart);
        }
        while (token != lap * hart_count + hart) {
            pause();
        }
        token++;
        fence();
        set_msip(next, 1);
    }
    if (hart == 0) {
        take_signal(hart); // the last hart's last
    }
}

// Sleeps until the hart's own timer, the later the lower its number.
static void sleep(uint64_t hart) {
    uint64_t at = time_now() + 1000 + 2000 * (hart_count - hart);
    set_timer(hart, at);
    set_csr(mie, MTIP);
    add(&sleeping, 1);
    await(MTIP);
    wrong += time_now() < at;
    woken[hart] = ++order;
    set_timer(hart, ~0ul);
    clear_csr(mie, MTIP);
}

// Sleeps until the first hart sets this one's timer.
static void sleep_for_another(uint64_t hart) {
    set_csr(mie, MTIP);
    add(&sleeping, 1);
    await(MTIP);
    woken[hart] = time_now();
    set_timer(hart, ~0ul);
    clear_csr(mie, MTIP);
}

static void count_time(uint64_t hart) {
    (void)hart;
    static volatile uint64_t latest;
    for (int i = 0; i < 3000; i++) {
        uint64_t before = latest;
        fence();
        uint64_t now = time_now();
        wrong += now < before;
        latest = now;
        fence();
    }
}

void test(void) {
    on_others(hand_on);
    hand_on(0);
    join_others();
    check("the token went round", token, LAPS * hart_count);
    check("and came to each hart in its turn", wrong, 0);

    token = 0;
    on_others(hand_on_awake);
    hand_on_awake(0);
    join_others();
    check("it goes round among harts that do not sleep", token, LAPS / 30 * hart_count);

    on_others(sleep);
    while (sleeping != hart_count - 1) {
        pause();
    }
    sleep(0);
    join_others();
    check("no hart wakes too early", wrong, 0);
    uint64_t disorder = 0;
    for (uint64_t hart = 1; hart < hart_count; hart++) {
        disorder += woken[hart] > woken[hart - 1];
    }
    check("timers wake harts in the order of their times", disorder, 0);
    check("each once", order, hart_count);

    sleeping = 0;
    on_others(sleep_for_another);
    while (sleeping != hart_count - 1) {
        pause();
    }
    uint64_t at = time_now() + 5000;
    for (uint64_t hart = 1; hart < hart_count; hart++) {
        set_timer(hart, at);
    }
    join_others();
    uint64_t early = 0;
    for (uint64_t hart = 1; hart < hart_count; hart++) {
        early += woken[hart] < at;
    }
    check("a timer that another hart set wakes in time", early, 0);

    on_others(count_time);
    count_time(0);
    join_others();
    check("time is never earlier than another hart has seen it", wrong, 0);
}
