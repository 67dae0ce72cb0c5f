// SPDX-License-Identifier: Apache-2.0
// A Linux program without a library: threads of one process change its mappings while others use them. Whoever sees, on
// whatever hart, what a call has replaced before was left with a stale translation.
#include "../../../benchmarks/linux/system.h"
#include <stdbool.h>

enum { THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM };

enum { PAGE = 4096, WORDS = PAGE / 8, VERSIONS = 64, ROUNDS = 1500, CHURNS = 600, CHURN_PAGES = 12, THREADS = 4 };

static volatile uint64_t *shared;
static volatile uint64_t current, stale, wrong, looks, ended;
static volatile bool running = true;
static char stacks[THREADS][4 * PAGE] __attribute__((aligned(16)));

static void print(const char *text) {
    size_t length = 0;
    while (text[length]) {
        length++;
    }
    call6(SYS_WRITE, 1, (long)text, (long)length, 0, 0, 0);
}

static __attribute__((noreturn)) void end(const char *text, long status) {
    print(text);
    for (;;) {
        call6(SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0);
    }
}

static void add(volatile uint64_t *at, uint64_t n) {
    __asm__ volatile("amoadd.d.aqrl zero, %1, (%0)" ::"r"(at), "r"(n) : "memory");
}

static void fence(void) {
    __asm__ volatile("fence" ::: "memory");
}

static volatile uint64_t *map(void *at, long pages, long protection, long flags, long file, long offset) {
    long result = call6(SYS_MMAP, (long)at, pages * PAGE, protection, flags, file, offset);
    if (result < 0 && result > -PAGE) {
        end("cannot map\n", 2);
    }
    return (volatile uint64_t *)result;
}

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

// Runs a function on a new thread with the stack of that number.
static void start(int thread, void (*function)(uint64_t), uint64_t argument) {
    uint64_t *stack = (uint64_t *)&stacks[thread + 1] - 2;
    stack[0] = (uint64_t)function;
    stack[1] = argument;
    register long a0 __asm__("a0") = THREAD;
    register long a1 __asm__("a1") = (long)stack;
    register long a2 __asm__("a2") = 0;
    register long a3 __asm__("a3") = 0;
    register long a4 __asm__("a4") = 0;
    register long a7 __asm__("a7") = SYS_CLONE;
    __asm__ volatile("ecall\n\t"
                     "bnez a0, 1f\n\t"
                     "ld t0, 0(sp)\n\t"
                     "ld a0, 8(sp)\n\t"
                     "jalr t0\n\t"
                     "li a0, 0\n\t"
                     "li a7, %6\n\t"
                     "ecall\n"
                     "1:"
                     : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7), "i"(SYS_EXIT)
                     : "memory", "t0", "ra");
    if (a0 < 0) {
        end("cannot start a thread\n", 2);
    }
}

void _start(void) {
    __asm__ volatile(".option push\n\t.option norelax\n\tla gp, __global_pointer$\n\t.option pop");
    long file = call6(SYS_MEMFD_CREATE, (long)"versions", 0, 0, 0, 0, 0);
    if (file < 0 || call6(SYS_FTRUNCATE, file, VERSIONS * PAGE, 0, 0, 0, 0) != 0) {
        end("cannot make a file\n", 2);
    }
    volatile uint64_t *all = map(NULL, VERSIONS, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    shared = map(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
    start(0, look, 0);
    start(1, look, 0);
    start(2, churn, 1000000);
    start(3, churn, 2000000);
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
