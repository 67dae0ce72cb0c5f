// SPDX-License-Identifier: Apache-2.0
// Counters: instret counts every retired instruction and no other, cycle does not stop, the enables and the inhibits.
#include "test.h"

// Instructions between two reads of instret, the second read's own retirement not included.
#define COUNT(body)                                                                        \
    ({                                                                                     \
        uint64_t first, second;                                                            \
        __asm__ volatile("csrr %0, minstret\n\t" body "\n\tcsrr %1, minstret" : "=&r"(first), "=&r"(second)::"t0", "t1", "t2", "memory"); \
        second - first;                                                                    \
    })

static uint64_t read_instret(uint64_t argument) {
    (void)argument;
    return read_csr(instret);
}

static uint64_t read_cycle(uint64_t argument) {
    (void)argument;
    return read_csr(cycle);
}

static uint64_t read_time(uint64_t argument) {
    (void)argument;
    return read_csr(time);
}

void test(void) {
    clear_trap();
    check("nothing between", COUNT(""), 1);
    check("three instructions", COUNT("nop\n\tnop\n\tnop"), 4);
    check("compressed ones count once each", COUNT("c.nop\n\tc.nop\n\tc.li t0, 1"), 4);
    check("a loop of 100", COUNT("li t0, 100\n1: addi t0, t0, -1\n\tbnez t0, 1b"), 202);
    check("a longer loop", COUNT("li t0, 20000\n1: addi t0, t0, -1\n\taddi t1, t1, 3\n\txor t2, t1, t0\n\tbnez t0, 1b"), 3 + 4 * 20000); // li is two
    check("a call and its return", COUNT("jal t0, 1f\n\tj 2f\n1: jr t0\n2:"), 4);
    check("loads, stores and fences", COUNT("la t0, trap\n\tld t1, 0(t0)\n\tfence\n\tfence.i"), 6);
    // The handler's instructions and mret count; the ecall itself does not retire.
    uint64_t one = COUNT("li a7, 0\n\tecall");
    uint64_t two = COUNT("li a7, 0\n\tecall\n\tnop");
    check("after a trap the count goes on exactly", two - one, 1);
    write_csr(minstret, 1000);
    uint64_t after = read_csr(minstret);
    check("a write of minstret takes effect behind itself", after, 1000);
    write_csr(minstret, ~0ul);
    __asm__ volatile("nop");
    check("it wraps", read_csr(minstret) < 100, 1);
    write_csr(mcycle, 500);
    uint64_t cycles = read_csr(mcycle);
    check("mcycle can be written", cycles >= 500 && cycles < 100000, 1);
    uint64_t c1 = read_csr(mcycle);
    for (int i = 0; i < 100; i++) {
        __asm__ volatile("nop");
    }
    check("mcycle moves", read_csr(mcycle) > c1, 1);

    set_csr(mcountinhibit, 4);
    check("mcountinhibit keeps IR", read_csr(mcountinhibit) & 4, 4);
    check("inhibited instret stands", COUNT("nop\n\tnop\n\tnop"), 0);
    clear_csr(mcountinhibit, 4);
    check("and goes on", COUNT("nop"), 2);
    set_csr(mcountinhibit, 2);
    check("time cannot be inhibited", read_csr(mcountinhibit) & 2, 0);

    write_csr(mcounteren, 0);
    write_csr(scounteren, 0);
    clear_trap();
    IN_S(read_instret, 0);
    check("instret is illegal in S without mcounteren", trap.cause, ILLEGAL);
    clear_trap();
    IN_S(read_cycle, 0);
    check("so is cycle", trap.cause, ILLEGAL);
    clear_trap();
    IN_S(read_time, 0);
    check("so is time", trap.cause, ILLEGAL);
    clear_trap();
    write_csr(mcounteren, 7);
    IN_S(read_instret, 0);
    IN_S(read_cycle, 0);
    IN_S(read_time, 0);
    check_no_trap("with it they are allowed in S");
    call_in(read_instret, 0, MPP_U, 0);
    check("instret is illegal in U without scounteren", trap.cause, ILLEGAL);
    clear_trap();
    write_csr(scounteren, 7);
    call_in(read_instret, 0, MPP_U, 0);
    call_in(read_cycle, 0, MPP_U, 0);
    call_in(read_time, 0, MPP_U, 0);
    check_no_trap("with both they are allowed in U");
    write_csr(mcounteren, 2);
    call_in(read_instret, 0, MPP_U, 0);
    check("mcounteren rules U too", trap.cause, ILLEGAL);
    clear_trap();
    __asm__ volatile("csrw instret, zero");
    check("instret is read-only", trap.cause, ILLEGAL);
    clear_trap();
    check("instret shows minstret", read_csr(instret) - read_csr(minstret) + 1000 < 1000, 1);
    write_csr(mhpmcounter3, 5);
    check("mhpmcounter3 exists", trap.count, 0);
    clear_trap();
    uint64_t t1 = read_csr(time);
    for (int i = 0; i < 20000; i++) {
        __asm__ volatile("nop");
    }
    check("time moves", read_csr(time) > t1, 1);
}
