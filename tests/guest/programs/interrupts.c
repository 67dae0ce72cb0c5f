// SPDX-License-Identifier: Apache-2.0
// Timer and software interrupts through CLINT and Sstc, their priorities and delegation, and WFI.
#include "test.h"

#define MSIP (*(volatile uint32_t *)CLINT)
#define MTIMECMP (*(volatile uint64_t *)(CLINT + 0x4000))
#define MTIME (*(volatile uint64_t *)(CLINT + 0xbff8))
#define NEVER (~0ul)
#define SSI (1ul << 1)
#define MSI (1ul << 3)
#define STI (1ul << 5)
#define MTI (1ul << 7)
#define STCE (1ul << 63)

static void await_trap(void) {
    for (uint64_t i = 0; i < 100000000 && trap.count == 0; i++) {
        __asm__ volatile("nop");
    }
}

static uint64_t supervisor_waits(uint64_t argument) {
    (void)argument;
    set_csr(sstatus, MSTATUS_SIE);
    await_trap();
    clear_csr(sstatus, MSTATUS_SIE);
    return trap.cause;
}

static uint64_t supervisor_raises(uint64_t argument) {
    set_csr(sie, SSI);
    set_csr(sip, SSI);
    return supervisor_waits(argument);
}

static uint64_t supervisor_timer(uint64_t ticks) {
    set_csr(sie, STI);
    write_csr(0x14d, read_csr(time) + ticks);
    return supervisor_waits(0);
}

static uint64_t read_stimecmp(uint64_t argument) {
    (void)argument;
    return read_csr(0x14d);
}

static uint64_t user_waits(uint64_t argument) {
    (void)argument;
    await_trap();
    return 7;
}

static void software(void) {
    clear_trap();
    write_csr(mie, MSI);
    MSIP = 1;
    check("msip shows in mip", read_csr(mip) & MSI, MSI);
    for (int i = 0; i < 50; i++) {
        __asm__ volatile("nop");
    }
    check_no_trap("nothing is taken while MIE is clear");
    set_csr(mstatus, MSTATUS_MIE);
    await_trap();
    clear_csr(mstatus, MSTATUS_MIE);
    check("machine software interrupt", trap.cause, INTERRUPT | 3);
    check("its value is 0", trap.tval, 0);
    MSIP = 0;
    check("msip can be cleared", read_csr(mip) & MSI, 0);
    clear_trap();
}

static void timer(void) {
    write_csr(mie, MTI);
    uint64_t then = MTIME + 2000;
    MTIMECMP = then;
    set_csr(mstatus, MSTATUS_MIE);
    await_trap();
    clear_csr(mstatus, MSTATUS_MIE);
    check("machine timer interrupt", trap.cause, INTERRUPT | 7);
    check("not before its time", MTIME >= then, 1);
    check("mtip stays while mtimecmp is past", read_csr(mip) & MTI, MTI);
    MTIMECMP = NEVER;
    check("and goes with a later one", read_csr(mip) & MTI, 0);
    clear_trap();
    uint64_t a = read_csr(time);
    uint64_t b = MTIME;
    check("time follows mtime", b - a < 100000, 1);
}

static void wait(void) {
    write_csr(mie, MTI);
    uint64_t then = MTIME + 5000;
    MTIMECMP = then;
    while ((read_csr(mip) & MTI) == 0) {
        __asm__ volatile("wfi");
    }
    check("wfi goes on with interrupts off", MTIME >= then, 1);
    check_no_trap("without a trap");
    set_csr(mstatus, MSTATUS_MIE);
    __asm__ volatile("nop\n\tnop");
    clear_csr(mstatus, MSTATUS_MIE);
    check("the interrupt comes when they are on", trap.cause, INTERRUPT | 7);
    MTIMECMP = NEVER;
    clear_trap();
}

static void priority(void) {
    MSIP = 1;
    MTIMECMP = 0;
    write_csr(mie, MSI | MTI);
    set_csr(mstatus, MSTATUS_MIE);
    await_trap();
    clear_csr(mstatus, MSTATUS_MIE);
    // Both are taken, one after the other: the handler masks each; the timer's is the last.
    check("software before timer", trap.cause, INTERRUPT | 7);
    check("both are taken", trap.count, 2);
    MSIP = 0;
    MTIMECMP = NEVER;
    clear_trap();
}

static void lower(void) {
    write_csr(mideleg, SSI | STI);
    check("supervisor interrupts can be delegated", read_csr(mideleg) & (SSI | STI), SSI | STI);
    check("a supervisor's own software interrupt", IN_S(supervisor_raises, 0), INTERRUPT | 1);
    check("is taken in S", trap.level, 1);
    clear_csr(mip, SSI);
    clear_trap();
    set_csr(mip, SSI);
    set_csr(mie, SSI);
    set_csr(mstatus, MSTATUS_MIE);
    for (int i = 0; i < 50; i++) {
        __asm__ volatile("nop");
    }
    check_no_trap("a delegated interrupt is not taken in M");
    check("in U it is, whatever SIE", call_in(user_waits, 0, MPP_U, 0), 7);
    check("by the supervisor", trap.level, 1);
    clear_csr(mip, SSI);
    clear_csr(mstatus, MSTATUS_MIE);
    clear_trap();
    write_csr(mie, MTI);
    MTIMECMP = 0;
    check("a machine interrupt is taken in U with MIE clear", call_in(user_waits, 0, MPP_U, 0), 7);
    check("by the machine", trap.level, 3);
    MTIMECMP = NEVER;
    clear_trap();
}

static void sstc(void) {
    set_csr(0x30a, STCE);
    check("menvcfg.STCE can be set", read_csr(0x30a) & STCE, STCE);
    write_csr(0x14d, NEVER);
    check("stip follows stimecmp", read_csr(mip) & STI, 0);
    write_csr(mie, 0);
    write_csr(mcounteren, 2);
    check("a supervisor's own timer", IN_S(supervisor_timer, 2000), INTERRUPT | 5);
    check("is taken in S", trap.level, 1);
    write_csr(0x14d, NEVER);
    check("a later stimecmp clears stip", read_csr(mip) & STI, 0);
    clear_trap();
    clear_csr(0x30a, STCE);
    IN_S(read_stimecmp, 0);
    check("stimecmp is illegal in S without STCE", trap.cause, ILLEGAL);
    clear_trap();
}

void test(void) {
    MTIMECMP = NEVER;
    software();
    timer();
    wait();
    priority();
    lower();
    sstc();
}
