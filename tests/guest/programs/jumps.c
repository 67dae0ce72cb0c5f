// SPDX-License-Identifier: Apache-2.0
// Control flow: indirect jumps as by setjmp, coroutines, jump tables, deep and mutual recursion, returns to places
// that no call left, links in other registers.
#include "test.h"

struct jump {
    uint64_t ra, sp, s[12];
};

int save(struct jump *at) __attribute__((returns_twice));
void restore(const struct jump *at, int value); // does not return here
uint64_t coroutine_sum(uint64_t count);
uint64_t alternate_links(uint64_t count);
uint64_t computed_goto(uint64_t seed, uint64_t steps);
uint64_t return_stack_abuse(uint64_t count);

static struct jump places[8];

static __attribute__((noinline)) void leave(unsigned depth, unsigned target, int value) {
    volatile uint64_t pad[4] = {depth, target, 0, 0};
    if (depth == 0) {
        restore(&places[target], value);
    } else {
        leave(depth - 1, target, value);
    }
    pad[2] = pad[0];
}

static void long_jumps(void) {
    volatile uint64_t sum = 0;
    for (volatile int i = 1; i <= 500; i++) {
        int came = save(&places[i & 7]);
        if (came == 0) {
            leave((unsigned)i & 31, (unsigned)i & 7, i);
        }
        sum += (uint64_t)came;
    }
    check("500 returns over up to 32 frames", sum, 500 * 501 / 2);
}

static __attribute__((noinline)) uint64_t odd(uint64_t n);

static __attribute__((noinline)) uint64_t even(uint64_t n) {
    return n == 0 ? 1 : odd(n - 1) + (n & 1 ? 2 : 0);
}

static __attribute__((noinline)) uint64_t odd(uint64_t n) {
    return n == 0 ? 0 : even(n - 1) + (n & 1 ? 0 : 3);
}

static __attribute__((noinline)) uint64_t deep(uint64_t n) {
    if (n == 0) {
        return 0;
    }
    uint64_t below = deep(n - 1);
    __asm__ volatile("" : "+r"(below));
    return below + n;
}

static __attribute__((noinline)) uint64_t table_jump(uint64_t state, uint64_t input) {
    switch (state) {
        case 0: return input & 1 ? 3 : 1;
        case 1: return input * 7 % 9;
        case 2: return state + (input & 3);
        case 3: return 8 - (input & 7);
        case 4: return input % 3;
        case 5: return 9;
        case 6: return input & 15 ? 2 : 7;
        case 7: return 0;
        case 8: return input / 5 % 10;
        default: return 4;
    }
}

void test(void) {
    long_jumps();
    uint64_t sum = 0;
    for (int i = 0; i < 50; i++) {
        sum += deep(1500);
    }
    check("recursion 1500 deep", sum, 50ul * 1500 * 1501 / 2);
    check("mutual recursion", even(1000) * 10 + even(1001), 2512);
    uint64_t state = 0;
    uint64_t trace = 1;
    for (uint64_t i = 0; i < 10000; i++) {
        state = table_jump(state, i * 2654435761u >> 7);
        trace = trace * 31 + state;
    }
    check("10000 jumps by table", trace, 0x4c03244a895631f3);
    check("two coroutines", coroutine_sum(1000), 1000 * 1001);
    check("links in t0 and others", alternate_links(1000), 6000);
    check("computed jumps", computed_goto(12345, 5000), 0xe6077c33fc9a67d8);
    check("returns that match no call", return_stack_abuse(1000), 3000);
}
