// SPDX-License-Identifier: Apache-2.0
// Load-reserved and store-conditional, and every atomic memory operation in both widths.
#include "test.h"

static uint64_t cell[16] __attribute__((aligned(64)));

#define AMO(op, initial, operand, old, left)                                                        \
    do {                                                                                            \
        uint64_t result;                                                                            \
        cell[0] = initial;                                                                          \
        __asm__ volatile(op " %0, %2, (%1)" : "=&r"(result) : "r"(cell), "r"((uint64_t)(operand)) : "memory"); \
        check(op " gives the old value", result, old);                                              \
        check(op " leaves the new one", cell[0], left);                                             \
    } while (0)

static uint64_t lr(void *at) {
    uint64_t value;
    __asm__ volatile("lr.d %0, (%1)" : "=r"(value) : "r"(at) : "memory");
    return value;
}

static uint64_t sc(void *at, uint64_t value) {
    uint64_t failed;
    __asm__ volatile("sc.d %0, %2, (%1)" : "=&r"(failed) : "r"(at), "r"(value) : "memory");
    return failed;
}

static void reservations(void) {
    cell[0] = 41;
    uint64_t failed;
    __asm__ volatile("lr.d t0, (%1)\n\taddi t0, t0, 1\n\tsc.d %0, t0, (%1)" : "=&r"(failed) : "r"(cell) : "t0", "memory");
    check("sc after lr succeeds", failed, 0);
    check("and stores", cell[0], 42);
    __asm__ volatile("lr.d t0, (%1)\n\tsc.d t1, zero, (%1)\n\tsc.d %0, t0, (%1)" : "=&r"(failed) : "r"(cell) : "t0", "t1", "memory");
    check("a second sc fails", failed != 0, 1);
    check("the first one's value stays", cell[0], 0);
    static uint64_t far_cell[1024];
    cell[0] = 7;
    far_cell[900] = 8;
    lr(cell);
    failed = sc(&far_cell[900], 9);
    check("sc to a place far from lr fails", failed != 0, 1);
    check("and stores nothing", far_cell[900], 8);
    check("and takes the reservation", sc(cell, 10) != 0, 1);
    cell[0] = 0xffffffff80000000;
    int64_t word;
    __asm__ volatile("lr.w %0, (%1)" : "=r"(word) : "r"(cell) : "memory");
    check("lr.w extends the sign", (uint64_t)word, 0xffffffff80000000);
    __asm__ volatile("lr.w t0, (%1)\n\tsc.w %0, zero, (%1)" : "=&r"(failed) : "r"(cell) : "t0", "memory");
    check("sc.w succeeds", failed, 0);
    check("and stores four bytes", cell[0], 0xffffffff00000000);
    __asm__ volatile("lr.d.aqrl t0, (%1)\n\tsc.d.aqrl %0, t0, (%1)" : "=&r"(failed) : "r"(cell) : "t0", "memory");
    check("aqrl", failed, 0);
    __asm__ volatile("lr.d t0, (%1)\n\tsc.d zero, t0, (%1)\n\tli %0, 1" : "=&r"(failed) : "r"(cell) : "t0", "memory");
    check("sc to x0", failed, 1);
}

static void loops(void) {
    cell[0] = 0;
    for (uint64_t i = 0; i < 5000; i++) {
        __asm__ volatile("1: lr.d t0, (%0)\n\tadd t0, t0, %1\n\tsc.d t1, t0, (%0)\n\tbnez t1, 1b" ::"r"(cell), "r"(i) : "t0", "t1", "memory");
    }
    check("5000 additions by lr and sc", cell[0], 5000ul * 4999 / 2);
    cell[0] = 1;
    uint64_t swaps = 0;
    for (uint64_t i = 0; i < 3000; i++) { // compare and swap: 1 -> 2 -> 3 -> 1
        uint64_t expected = i % 3 + 1;
        uint64_t desired = (i + 1) % 3 + 1;
        uint64_t failed = 1;
        __asm__ volatile("1: lr.w t0, (%1)\n\tbne t0, %2, 2f\n\tsc.w %0, %3, (%1)\n\tbnez %0, 1b\n2:"
                         : "+&r"(failed) : "r"(cell), "r"(expected), "r"(desired) : "t0", "memory");
        swaps += failed == 0;
    }
    check("3000 compare and swaps", swaps, 3000);
    cell[0] = 0;
    for (uint64_t i = 0; i < 5000; i++) {
        __asm__ volatile("amoadd.d zero, %1, (%0)\n\tamoxor.w t0, %1, (%2)" ::"r"(cell), "r"(i), "r"(cell + 1) : "t0", "memory");
    }
    check("5000 additions by amoadd", cell[0], 5000ul * 4999 / 2);
}

void test(void) {
    reservations();
    loops();
    const uint64_t m = 0x8000000080000001, p = 0x7000000070000001;
    AMO("amoswap.d", m, p, m, p);
    AMO("amoadd.d", m, p, m, 0xf0000000f0000002);
    AMO("amoxor.d", m, p, m, 0xf0000000f0000000);
    AMO("amoand.d", m, p, m, 1);
    AMO("amoor.d", m, p, m, 0xf0000000f0000001);
    AMO("amomin.d", m, p, m, m);
    AMO("amomax.d", m, p, m, p);
    AMO("amominu.d", m, p, m, p);
    AMO("amomaxu.d", m, p, m, m);
    const uint64_t sm = 0xffffffff80000001; // the low word of m, extended
    AMO("amoswap.w", m, p, sm, 0x8000000070000001);
    AMO("amoadd.w", m, p, sm, 0x80000000f0000002);
    AMO("amoxor.w", m, p, sm, 0x80000000f0000000);
    AMO("amoand.w", m, p, sm, 0x8000000000000001);
    AMO("amoor.w", m, p, sm, 0x80000000f0000001);
    AMO("amomin.w", m, p, sm, m);
    AMO("amomax.w", m, p, sm, 0x8000000070000001);
    AMO("amominu.w", m, p, sm, 0x8000000070000001);
    AMO("amomaxu.w", m, p, sm, m);
    AMO("amomaxu.w", 0x1, 0xffffffff00000002, 1, 2);
    AMO("amoadd.w.aqrl", 0xffffffff, 1, 0xffffffffffffffff, 0);
    uint64_t same = 17;
    cell[0] = 4;
    __asm__ volatile("amoadd.d %0, %0, (%1)" : "+r"(same) : "r"(cell) : "memory");
    check("one register for operand and result", same * 100 + cell[0], 421);
    uint64_t address = (uint64_t)cell;
    __asm__ volatile("amoadd.d %0, %1, (%0)" : "+r"(address) : "r"(1ul) : "memory");
    check("one register for address and result", address, 21);
}
