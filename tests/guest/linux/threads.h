// SPDX-License-Identifier: Apache-2.0
// What our Linux programs with threads share.
#ifndef THREADS_H
#define THREADS_H

#include "../../../benchmarks/linux/system.h"

enum { THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM };
enum { PAGE = 4096, STACK = 4 * PAGE };

// To be called first.
static inline __attribute__((always_inline)) void begin(void) {
    __asm__ volatile(".option push\n\t.option norelax\n\tla gp, __global_pointer$\n\t.option pop");
}

static inline void print(const char *text) {
    size_t length = 0;
    while (text[length]) {
        length++;
    }
    call6(SYS_WRITE, 1, (long)text, (long)length, 0, 0, 0);
}

static inline __attribute__((noreturn)) void end(const char *text, long status) {
    print(text);
    for (;;) {
        call6(SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0);
    }
}

static inline void add(volatile uint64_t *at, uint64_t n) {
    __asm__ volatile("amoadd.d.aqrl zero, %1, (%0)" ::"r"(at), "r"(n) : "memory");
}

static inline void fence(void) {
    __asm__ volatile("fence" ::: "memory");
}

static inline volatile uint64_t *map(void *at, long pages, long protection, long flags, long file, long offset) {
    long result = call6(SYS_MMAP, (long)at, pages * PAGE, protection, flags, file, offset);
    if (result < 0 && result > -PAGE) {
        end("cannot map\n", 2);
    }
    return (volatile uint64_t *)result;
}

// Runs a function on a new thread with a stack of STACK bytes.
static inline void start(char *memory, void (*function)(uint64_t), uint64_t argument) {
    uint64_t *stack = (uint64_t *)(memory + STACK) - 2;
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

#endif
