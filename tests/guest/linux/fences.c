// SPDX-License-Identifier: Apache-2.0
// A Linux program without a library: threads of one process change its mappings while others use them. Whoever sees, on
// whatever hart, what a call has replaced before was left with a stale translation.
#include "threads.h"
#include <stdbool.h>

enum { WORDS = PAGE / 8, VERSIONS = 64, ROUNDS = 1500, CHURNS = 600, CHURN_PAGES = 12, THREADS = 4 };

static volatile uint64_t *shared;
static volatile uint64_t current, stale, wrong, looks, ended;
static volatile bool running = true;
static char stacks[THREADS][STACK] __attribute__((aligned(16)));

static void look(uint64_t unused) {
    (void)unused;
    while (running) {
        uint64_t least = current;
        fence();
        uint64_t seen = *shared;
        if (seen < least) {
            add(&stale, 1);
        }
        add(&looks, 1);
    }
    add(&ended, 1);
}

static void churn(uint64_t seed) {
    for (uint64_t i = 0; i < CHURNS; i++) {
        volatile uint64_t *at = map(NULL, CHURN_PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int page = 0; page < CHURN_PAGES; page++) {
            add(&wrong, at[page * WORDS] != 0);
            at[page * WORDS] = seed + i;
        }
        call6(SYS_MPROTECT, (long)at, CHURN_PAGES / 2 * PAGE, PROT_READ, 0, 0, 0);
        for (int page = 0; page < CHURN_PAGES; page++) {
            add(&wrong, at[page * WORDS] != seed + i);
        }
        call6(SYS_MPROTECT, (long)at, CHURN_PAGES * PAGE, PROT_READ | PROT_WRITE, 0, 0, 0);
        // In two parts, and none twice: what has been unmapped may be another thread's by now.
        long first = (long)(1 + i % (CHURN_PAGES - 1)) * PAGE;
        call6(SYS_MUNMAP, (long)at + first, CHURN_PAGES * PAGE - first, 0, 0, 0, 0);
        call6(SYS_MUNMAP, (long)at, first, 0, 0, 0, 0);
    }
    add(&ended, 1);
}

void _start(void) {
    begin();
    long file = call6(SYS_MEMFD_CREATE, (long)"versions", 0, 0, 0, 0, 0);
    if (file < 0 || call6(SYS_FTRUNCATE, file, VERSIONS * PAGE, 0, 0, 0, 0) != 0) {
        end("cannot make a file\n", 2);
    }
    volatile uint64_t *all = map(NULL, VERSIONS, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    shared = map(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
    start(stacks[0], look, 0);
    start(stacks[1], look, 0);
    start(stacks[2], churn, 1000000);
    start(stacks[3], churn, 2000000);
    for (uint64_t version = 1; version <= ROUNDS; version++) {
        all[version % VERSIONS * WORDS] = version;
        map((void *)shared, 1, PROT_READ, MAP_SHARED | MAP_FIXED, file, (long)(version % VERSIONS) * PAGE);
        fence();
        current = version;
    }
    while (ended < 2) {
        fence();
    }
    running = false;
    while (ended < THREADS) {
        fence();
    }
    print(stale == 0 ? "nothing stale, " : "stale mappings seen, ");
    print(wrong == 0 ? "nothing wrong, " : "wrong contents, ");
    end(looks > ROUNDS ? "looked often\n" : "looked seldom\n", stale != 0 || wrong != 0);
}
