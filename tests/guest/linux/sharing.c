// SPDX-License-Identifier: Apache-2.0
// A Linux program without a library: threads and processes that share memory, by futexes, by atomic operations, and by
// loads, stores and fences alone. It counts what nobody may see.
#include "threads.h"
#include <stdbool.h>

enum { THREADS = 8, PROCESSES = 4, ADDITIONS = 4000, PASSES = 400, NODES = 6, TURNS = 4000, TICKETS = 1500 };

static char stacks[THREADS][STACK] __attribute__((aligned(16)));
static volatile uint64_t ended;
static uint64_t failed;

static void check(const char *what, bool good) {
    print(good ? "ok " : "FAILED ");
    print(what);
    print("\n");
    failed += !good;
}

static void wait_word(volatile uint32_t *word, uint32_t value) {
    call6(SYS_FUTEX, (long)word, FUTEX_WAIT, (int)value, 0, 0, 0);
}

static void wake_word(volatile uint32_t *word, long count) {
    call6(SYS_FUTEX, (long)word, FUTEX_WAKE, count, 0, 0, 0);
}

// Runs a function on all threads and waits for them.
static void together(void (*function)(uint64_t)) {
    ended = 0;
    for (uint64_t thread = 0; thread < THREADS; thread++) {
        start(stacks[thread], function, thread);
    }
    while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) < THREADS) {
        __asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010"); // pause
    }
    // The kernel may still be using the last one's stack to end it.
    int64_t hundredth[2] = {0, 10000000};
    call3(SYS_NANOSLEEP, (long)hundredth, 0, 0);
}

// ---- a mutex: 0 free, 1 taken, 2 taken and waited for

static volatile uint32_t mutex;
static volatile uint64_t first, second, unequal;

static void lock(void) {
    uint32_t seen = 0;
    if (__atomic_compare_exchange_n(&mutex, &seen, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        return;
    }
    while (__atomic_exchange_n(&mutex, 2, __ATOMIC_ACQUIRE) != 0) {
        wait_word(&mutex, 2);
    }
}

static void unlock(void) {
    if (__atomic_exchange_n(&mutex, 0, __ATOMIC_RELEASE) == 2) {
        wake_word(&mutex, 1);
    }
}

static void add_in_turn(uint64_t thread) {
    (void)thread;
    for (int i = 0; i < ADDITIONS; i++) {
        lock();
        unequal += first != second;
        first++;
        second++;
        unlock();
    }
    add(&ended, 1);
}

// ---- a token that goes round

static volatile uint32_t token;
static volatile uint64_t passed;

static void pass_on(uint64_t thread) {
    for (int i = 0; i < PASSES; i++) {
        uint32_t now;
        while ((now = __atomic_load_n(&token, __ATOMIC_ACQUIRE)) % THREADS != thread) {
            wait_word(&token, now);
        }
        passed++;
        __atomic_store_n(&token, now + 1, __ATOMIC_RELEASE);
        wake_word(&token, THREADS);
    }
    add(&ended, 1);
}

// ---- a stack without locks: its top is a node's number and how often it was changed

static volatile uint64_t top, shared_nodes;
static volatile uint32_t below[NODES + 1], owners[NODES + 1];

static uint32_t pop(void) {
    uint64_t seen = __atomic_load_n(&top, __ATOMIC_ACQUIRE), next;
    do {
        if ((uint32_t)seen == 0) {
            return 0;
        }
        next = ((seen >> 32) + 1) << 32 | below[(uint32_t)seen];
    } while (!__atomic_compare_exchange_n(&top, &seen, next, true, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
    return (uint32_t)seen;
}

static void push(uint32_t node) {
    uint64_t seen = __atomic_load_n(&top, __ATOMIC_RELAXED), next;
    do {
        below[node] = (uint32_t)seen;
        next = ((seen >> 32) + 1) << 32 | node;
    } while (!__atomic_compare_exchange_n(&top, &seen, next, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

static void take_and_give(uint64_t thread) {
    uint64_t wrong = 0;
    for (int i = 0; i < TURNS;) {
        uint32_t node = pop();
        if (node == 0) {
            continue;
        }
        // Nobody else has it; plain accesses do.
        wrong += owners[node] != 0;
        owners[node] = (uint32_t)thread + 1;
        wrong += owners[node] != thread + 1;
        owners[node] = 0;
        push(node);
        i++;
    }
    add(&shared_nodes, wrong);
    add(&ended, 1);
}

// ---- processes and tickets: taken by an atomic operation, called by a plain store

struct tickets {
    volatile uint64_t next, called, sum, wrong, finished;
};

static void serve(struct tickets *tickets) {
    for (int i = 0; i < TICKETS; i++) {
        uint64_t mine = __atomic_fetch_add(&tickets->next, 1, __ATOMIC_RELAXED);
        for (uint32_t spins = 0; __atomic_load_n(&tickets->called, __ATOMIC_ACQUIRE) != mine; spins++) {
            if (spins % 64 == 63) {
                int64_t moment[2] = {0, 1000}; // whose turn it is may not be running
                call3(SYS_NANOSLEEP, (long)moment, 0, 0);
            }
        }
        tickets->wrong += tickets->sum != mine;
        tickets->sum++;
        __atomic_store_n(&tickets->called, mine + 1, __ATOMIC_RELEASE);
    }
    add(&tickets->finished, 1);
}

// ---- two threads that both want in, by stores, full fences and loads (Dekker)

static volatile uint64_t wants[2][8], inside, both;

static void want(uint64_t thread) {
    uint64_t me = thread & 1;
    for (int i = 0; thread < 2 && i < TURNS; i++) {
        wants[me][0] = 1;
        fence();
        if (wants[1 - me][0] == 0) {
            both += __atomic_fetch_add(&inside, 1, __ATOMIC_RELAXED) != 0;
            __atomic_fetch_add(&inside, -1ul, __ATOMIC_RELAXED);
        }
        __atomic_store_n(&wants[me][0], 0, __ATOMIC_RELEASE);
    }
    add(&ended, 1);
}

void _start(void) {
    begin();
    together(add_in_turn);
    check("additions under a mutex are not lost", first == THREADS * ADDITIONS && second == first && unequal == 0);
    together(pass_on);
    check("a token goes round", passed == THREADS * PASSES && token == passed);
    for (uint32_t node = 1; node <= NODES; node++) {
        push(node);
    }
    together(take_and_give);
    uint64_t left = 0;
    while (pop() != 0) {
        left++;
    }
    check("nodes of a stack have one owner", shared_nodes == 0 && left == NODES);
    together(want);
    check("of two that want in one gets in", both == 0 && inside == 0);
    struct tickets *tickets = (struct tickets *)map(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int p = 0; p < PROCESSES; p++) {
        if (call6(SYS_CLONE, SIGCHLD, 0, 0, 0, 0, 0) == 0) {
            serve(tickets);
            call3(SYS_EXIT_GROUP, 0, 0, 0);
        }
    }
    for (int p = 0; p < PROCESSES; p++) {
        call6(SYS_WAIT4, -1, 0, 0, 0, 0, 0);
    }
    check("processes are served in order", tickets->wrong == 0 && tickets->sum == PROCESSES * TICKETS
            && tickets->finished == PROCESSES);
    end(failed == 0 ? "all good\n" : "not all good\n", failed != 0);
}
