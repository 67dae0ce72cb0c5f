// SPDX-License-Identifier: Apache-2.0
// Counters that all harts add to: with AMOs, with LR and SC, and under locks made of either; and reservations that a
// store of another hart breaks, whatever it stores.
#include "harts.h"

#define ROUNDS 4000ul

static volatile uint64_t lock_word __attribute__((aligned(64)));
static volatile uint64_t by_amo __attribute__((aligned(64)));
static volatile uint64_t by_lrsc __attribute__((aligned(64)));
static volatile uint64_t guarded[8] __attribute__((aligned(64)));
static volatile uint64_t most_inside, inside;
static volatile uint64_t fair[MOST_HARTS];

static uint64_t add_lrsc(volatile uint64_t *at, uint64_t n) {
    uint64_t old, failed;
    __asm__ volatile("1: lr.d %0, (%2)\n\tadd %1, %0, %3\n\tsc.d %1, %1, (%2)\n\tbnez %1, 1b"
                     : "=&r"(old), "=&r"(failed) : "r"(at), "r"(n) : "memory");
    return old;
}

static void lock_swap(bool gently) {
    while (swap(&lock_word, 1) != 0) {
        if (gently) {
            pause();
        }
    }
}

static void lock_lrsc(void) {
    uint64_t busy;
    do {
        __asm__ volatile("lr.w.aq %0, (%1)\n\tbnez %0, 2f\n\tsc.w.aq %0, %2, (%1)\n2:"
                         : "=&r"(busy) : "r"(&lock_word), "r"(1) : "memory");
    } while (busy);
}

static void unlock(void) {
    fence();
    lock_word = 0;
}

static void critical(void) {
    inside++;
    if (inside > most_inside) {
        most_inside = inside;
    }
    for (int i = 0; i < 8; i++) {
        guarded[i]++;
    }
    inside--;
}

static void amos(uint64_t hart) {
    for (uint64_t i = 0; i < ROUNDS; i++) {
        add(&by_amo, hart + 1);
    }
}

static void lrsc(uint64_t hart) {
    for (uint64_t i = 0; i < ROUNDS; i++) {
        add_lrsc(&by_lrsc, hart + 1);
    }
}

static void swaps(uint64_t hart) {
    for (uint64_t i = 0; i < ROUNDS / 4; i++) {
        lock_swap(true);
        critical();
        unlock();
    }
    fair[hart]++;
}

static void rough_swaps(uint64_t hart) {
    for (uint64_t i = 0; i < ROUNDS / 4; i++) {
        lock_swap(false);
        critical();
        unlock();
    }
    fair[hart]++;
}

static void lrsc_locks(uint64_t hart) {
    for (uint64_t i = 0; i < ROUNDS / 4; i++) {
        lock_lrsc();
        critical();
        unlock();
    }
    fair[hart]++;
}

static void on_all(work *function) {
    on_others(function);
    function(0);
    join_others();
}

static uint64_t sum_of_ids(void) {
    return hart_count * (hart_count + 1) / 2;
}

static void check_guarded(const char *name) {
    uint64_t wrong = 0;
    for (int i = 0; i < 8; i++) {
        wrong += guarded[i] != hart_count * (ROUNDS / 4);
        guarded[i] = 0;
    }
    for (uint64_t hart = 0; hart < hart_count; hart++) {
        wrong += fair[hart] != 1;
        fair[hart] = 0;
    }
    check(name, wrong, 0);
    check("only one hart was inside at a time", most_inside, 1);
}

// The first hart reserves the word and waits for another to store to it.
static volatile uint64_t word __attribute__((aligned(64)));
static volatile uint64_t stage;
static volatile uint64_t values[2];

static void meddle(uint64_t hart) {
    if (hart != 1) {
        return;
    }
    while (stage != 1) {
        pause();
    }
    word = values[0];
    fence();
    word = values[1];
    fence();
    stage = 2;
}

// What an SC gives whose reservation was followed by stores of another hart.
static uint64_t sc_after(uint64_t first, uint64_t second, bool gently) {
    word = 77;
    values[0] = first;
    values[1] = second;
    stage = 0;
    on_others(meddle);
    uint64_t old, failed;
    __asm__ volatile("lr.d %0, (%1)" : "=r"(old) : "r"(&word) : "memory");
    stage = 1;
    while (stage != 2) {
        if (gently) {
            pause();
        }
    }
    __asm__ volatile("sc.d %0, %2, (%1)" : "=&r"(failed) : "r"(&word), "r"(99ul) : "memory");
    join_others();
    return failed;
}

void test(void) {
    on_all(amos);
    check("AMOs lose nothing", by_amo, ROUNDS * sum_of_ids());
    on_all(lrsc);
    check("LR and SC lose nothing", by_lrsc, ROUNDS * sum_of_ids());
    on_all(swaps);
    check_guarded("a lock of amoswap, with pause");
    on_all(rough_swaps);
    check_guarded("a lock of amoswap");
    on_all(lrsc_locks);
    check_guarded("a lock of LR and SC");

    check("SC fails after another hart stored another value", sc_after(78, 79, true) != 0, 1);
    check("nothing was stored", word, 79);
    check("SC fails after another hart stored the same value", sc_after(77, 77, true) != 0, 1);
    check("SC fails after another hart changed the value and changed it back", sc_after(78, 77, true) != 0, 1);
    check("the same without pause", sc_after(78, 77, false) != 0, 1);
    check("nothing was stored either", word, 77);
}
