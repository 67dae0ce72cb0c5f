// SPDX-License-Identifier: Apache-2.0
// Fibonacci and Ackermann by plain recursion: calls, returns, and a deep stack.
#include "kernel.h"

KERNEL("fib", 0x6296bb608128e919u, 6);

void kernel_prepare(void) {
}

static __attribute__((noinline, noclone)) uint64_t fib(uint64_t n) {
    uint64_t result = n;
    if (n >= 2) {
        uint64_t first = fib(n - 1);
        __asm__ volatile("" : "+r"(first)); // keeps the compiler from turning the recursion into a loop
        result = first + fib(n - 2);
    }
    return result;
}

static __attribute__((noinline, noclone)) uint64_t ackermann(uint64_t m, uint64_t n) {
    if (m == 0) {
        return n + 1;
    }
    if (n == 0) {
        return ackermann(m - 1, 1);
    }
    return ackermann(m - 1, ackermann(m, n - 1));
}

uint64_t kernel(void) {
    return mix(fib(21), ackermann(2, 120));
}
