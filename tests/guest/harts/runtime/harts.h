// SPDX-License-Identifier: Apache-2.0
// What programs for several harts have besides: the others' start and end, interrupts from hart to hart, atomics.
#ifndef HARTS_H
#define HARTS_H

#include "test.h"

#define MOST_HARTS 16
#define MSIP (1ul << 3)
#define MTIP (1ul << 7)

// How many there are; found out by the first.
extern volatile uint64_t hart_count;

// What the other harts do, one after the other call of on_others().
typedef void work(uint64_t hart);

// Lets every other hart call a function, and returns at once.
void on_others(work *function);

// Waits until they have all returned from it.
void join_others(void);

static inline uint64_t hart_id(void) {
    return read_csr(mhartid);
}

static inline void pause(void) {
    __asm__ volatile(".4byte 0x0100000f" ::: "memory");
}

static inline void fence(void) {
    __asm__ volatile("fence" ::: "memory");
}

static inline uint64_t add(volatile uint64_t *at, uint64_t n) {
    uint64_t old;
    __asm__ volatile("amoadd.d.aqrl %0, %2, (%1)" : "=&r"(old) : "r"(at), "r"(n) : "memory");
    return old;
}

static inline uint64_t swap(volatile uint64_t *at, uint64_t n) {
    uint64_t old;
    __asm__ volatile("amoswap.d.aqrl %0, %2, (%1)" : "=&r"(old) : "r"(at), "r"(n) : "memory");
    return old;
}

// Raises or clears a hart's machine software interrupt.
static inline void set_msip(uint64_t hart, uint32_t level) {
    fence();
    ((volatile uint32_t *)CLINT)[hart] = level;
}

static inline uint64_t time_now(void) {
    return *(volatile uint64_t *)(CLINT + 0xbff8);
}

static inline void set_timer(uint64_t hart, uint64_t at) {
    ((volatile uint64_t *)(CLINT + 0x4000))[hart] = at;
}

#endif
