// SPDX-License-Identifier: Apache-2.0
// The UART's transmit interrupt through the PLIC to machine and supervisor mode: priority, threshold, claim, completion.
#include "test.h"

#define SOURCE 10
#define PRIORITY (*(volatile uint32_t *)(PLIC + 4 * SOURCE))
#define PENDING (*(volatile uint32_t *)(PLIC + 0x1000))
#define ENABLE(context) (*(volatile uint32_t *)(PLIC + 0x2000 + 0x80 * (context)))
#define THRESHOLD(context) (*(volatile uint32_t *)(PLIC + 0x200000 + 0x1000 * (context)))
#define CLAIM(context) (*(volatile uint32_t *)(PLIC + 0x200004 + 0x1000 * (context)))
#define IER_THRE 2
#define SEI (1ul << 9)
#define MEI (1ul << 11)

static uint64_t supervisor_waits(uint64_t argument) {
    (void)argument;
    set_csr(sie, SEI);
    set_csr(sstatus, MSTATUS_SIE);
    for (uint64_t i = 0; i < 1000000 && trap.count == 0; i++) {
        __asm__ volatile("nop");
    }
    clear_csr(sstatus, MSTATUS_SIE);
    return trap.cause;
}

// Reading IIR while it names the transmitter takes the request back; writing IER raises it again.
static void raise(void) {
    uart[1] = 0;
    uart[1] = IER_THRE;
}

static uint64_t iir(void) {
    return uart[2] & 15;
}

// The console's own writes would raise the transmitter's request again: values are gathered first, checked later.
static void machine_context(void) {
    THRESHOLD(0) = 3;
    raise();
    uint64_t pending = PENDING >> SOURCE & 1;
    uint64_t below = read_csr(mip) & MEI;
    THRESHOLD(0) = 2;
    uint64_t above = read_csr(mip) & MEI;
    write_csr(mie, MEI);
    set_csr(mstatus, MSTATUS_MIE);
    __asm__ volatile("nop\n\tnop");
    clear_csr(mstatus, MSTATUS_MIE);
    uint64_t claimed = CLAIM(0);
    uint64_t still_pending = PENDING >> SOURCE & 1;
    uint64_t while_claimed = read_csr(mip) & MEI;
    uint64_t second = CLAIM(0);
    uint64_t first_iir = iir();
    uint64_t second_iir = iir();
    CLAIM(0) = SOURCE;
    uint64_t completed = read_csr(mip) & MEI;
    uart[1] = 0;
    check("the source is pending", pending, 1);
    check("not above the threshold: no interrupt", below, 0);
    check("above the threshold: interrupt", above, MEI);
    check("machine external interrupt", trap.cause, INTERRUPT | 11);
    check("claim names the source", claimed, SOURCE);
    check("claimed is not pending", still_pending, 0);
    check("claimed: the interrupt goes", while_claimed, 0);
    check("a second claim is 0", second, 0);
    check("IIR names the transmitter", first_iir, 2);
    check("and takes the request back", second_iir, 1);
    check("completed and quiet", completed, 0);
    clear_trap();
}

static void supervisor_context(void) {
    ENABLE(0) = 0;
    raise();
    uint64_t disabled = read_csr(mip) & MEI;
    write_csr(mideleg, SEI);
    ENABLE(1) = 1u << SOURCE;
    THRESHOLD(1) = 0;
    uint64_t enabled = read_csr(mip) & SEI;
    uint64_t cause = IN_S(supervisor_waits, 0);
    uint64_t claimed = CLAIM(1);
    uart[1] = 0;
    CLAIM(1) = SOURCE;
    uint64_t quiet = read_csr(mip) & (SEI | MEI);
    check("not enabled: no interrupt", disabled, 0);
    check("the supervisor's context sees it", enabled, SEI);
    check("supervisor external interrupt", cause, INTERRUPT | 9);
    check("is taken in S", trap.level, 1);
    check("the supervisor's claim", claimed, SOURCE);
    check("quiet after completion", quiet, 0);
    clear_trap();
    PRIORITY = 0;
    raise();
    quiet = read_csr(mip) & (SEI | MEI);
    uart[1] = 0;
    check("priority 0 never interrupts", quiet, 0);
}

void test(void) {
    clear_trap();
    uart[1] = 0;
    check("no request: IIR reads 1", iir(), 1);
    check("claim of nothing is 0", CLAIM(0), 0);
    PRIORITY = 3;
    check("a priority reads back", PRIORITY, 3);
    ENABLE(0) = 1u << SOURCE;
    check("an enable reads back", ENABLE(0), 1u << SOURCE);
    machine_context();
    supervisor_context();
    check("the line status says empty", uart[5] & 0x60, 0x60);
    uart[7] = 0x5a;
    check("the scratch register keeps a byte", uart[7], 0x5a);
}
