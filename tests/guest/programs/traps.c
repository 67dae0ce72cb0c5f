// SPDX-License-Identifier: Apache-2.0
// Synchronous traps: causes, values, status, delegation, vectoring, and the instructions mstatus can forbid.
#include "test.h"

extern char machine_vectors[], machine_trap[];

static uint64_t do_ecall(uint64_t argument) {
    (void)argument;
    __asm__ volatile("li a7, 0\n\tecall" ::: "a7", "memory");
    return trap.cause;
}

static uint64_t do_illegal(uint64_t argument) {
    (void)argument;
    __asm__ volatile(".4byte 0xffffffff" ::: "memory");
    return 0;
}

static uint64_t do_sret(uint64_t argument) {
    (void)argument;
    __asm__ volatile("la t0, 1f\n\tcsrw sepc, t0\n\tli t0, 0x100\n\tcsrs sstatus, t0\n\tsret\n1:" ::: "t0", "memory");
    return 0;
}

static uint64_t do_wfi(uint64_t argument) {
    (void)argument;
    __asm__ volatile("wfi" ::: "memory");
    return 0;
}

static uint64_t do_satp(uint64_t argument) {
    (void)argument;
    return read_csr(satp);
}

static uint64_t do_sfence(uint64_t argument) {
    (void)argument;
    sfence();
    return 0;
}

static uint64_t read_mstatus(uint64_t argument) {
    (void)argument;
    return read_csr(mstatus);
}

static uint64_t read_sstatus(uint64_t argument) {
    (void)argument;
    return read_csr(sstatus);
}

static void illegal(void) {
    clear_trap();
    __asm__ volatile(".4byte 0xffffffff");
    check_trap("all ones is illegal and mtval holds it", ILLEGAL, 0xffffffff);
    __asm__ volatile(".2byte 0x0000");
    check_trap("compressed zero is illegal", ILLEGAL, 0);
    __asm__ volatile("csrr t0, 0x123" ::: "t0");
    check_trap("a CSR that does not exist is illegal", ILLEGAL, 0x123022f3);
    __asm__ volatile("csrw 0xf14, zero"); // mhartid
    check_trap("write of a read-only CSR is illegal", ILLEGAL, 0xf1401073);
    __asm__ volatile("csrrs t0, mhartid, zero" ::: "t0");
    check_no_trap("csrrs with x0 of a read-only CSR does not write");
    __asm__ volatile("csrrsi t0, mhartid, 0" ::: "t0");
    check_no_trap("csrrsi with 0 of a read-only CSR does not write");
    __asm__ volatile("li t1, -1\n\tcsrrc t0, mhartid, t1" ::: "t0", "t1");
    check("csrrc of a read-only CSR is illegal", trap.cause, ILLEGAL);
    clear_trap();
    IN_S(read_mstatus, 0);
    check("mstatus is illegal in S", trap.cause, ILLEGAL);
    clear_trap();
    IN_S(read_sstatus, 0);
    check_no_trap("sstatus is allowed in S");
    call_in(read_sstatus, 0, MPP_U, 0);
    check("sstatus is illegal in U", trap.cause, ILLEGAL);
    clear_trap();
    __asm__ volatile("csrci mstatus, 8\n\tli t0, 0x6000\n\tcsrc mstatus, t0\n\tfmv.d.x ft0, zero\n\tcsrs mstatus, t0" ::: "t0");
    check("floating point is illegal with FS off", trap.cause, ILLEGAL);
    clear_trap();
    __asm__ volatile("li t0, 0x6000\n\tcsrc mstatus, t0\n\tcsrr t1, fcsr\n\tcsrs mstatus, t0" ::: "t0", "t1");
    check("fcsr is illegal with FS off", trap.cause, ILLEGAL);
    clear_trap();
}

static void breakpoint(void) {
    uint64_t at;
    clear_trap();
    __asm__ volatile("la %0, 1f\n1: ebreak" : "=r"(at)::"memory");
    check("ebreak is a breakpoint", trap.cause, BREAKPOINT);
    check("ebreak's epc is its own", trap.epc, at);
    check("ebreak's value is its address or 0", trap.tval == at || trap.tval == 0, 1);
    clear_trap();
}

static void access_faults(void) {
    probe_load(UNMAPPED);
    check_trap("load where nothing is", LOAD_ACCESS, UNMAPPED);
    probe_store(UNMAPPED + 8, 1);
    check_trap("store where nothing is", STORE_ACCESS, UNMAPPED + 8);
    probe_fetch(UNMAPPED + 16);
    check("fetch's epc is the target", trap.epc, UNMAPPED + 16);
    check_trap("fetch where nothing is", FETCH_ACCESS, UNMAPPED + 16);
    __asm__ volatile("amoadd.d t0, t0, (%0)" ::"r"(UNMAPPED) : "t0", "memory");
    check_trap("amo where nothing is", STORE_ACCESS, UNMAPPED);
    __asm__ volatile("lr.d t0, (%0)" ::"r"(UNMAPPED) : "t0", "memory");
    check_trap("lr where nothing is", LOAD_ACCESS, UNMAPPED);
    __asm__ volatile("amoadd.w t0, zero, (%0)" ::"r"((uint64_t)page(0) + 2) : "t0", "memory");
    check("misaligned amo faults", trap.cause == STORE_MISALIGNED || trap.cause == STORE_ACCESS, 1);
    check("misaligned amo's value", trap.tval, (uint64_t)page(0) + 2);
    clear_trap();
    __asm__ volatile("lr.w t0, (%0)" ::"r"((uint64_t)page(0) + 2) : "t0", "memory");
    check("misaligned lr faults", trap.cause == LOAD_MISALIGNED || trap.cause == LOAD_ACCESS, 1);
    clear_trap();
}

static void calls(void) {
    clear_trap();
    do_ecall(0);
    check("ecall in M", trap.cause, ECALL_M);
    check("MPP is M", trap.status & MPP_M, MPP_M);
    clear_trap();
    IN_S(do_ecall, 0);
    check("ecall in S", trap.cause, ECALL_S);
    check("ecall in S goes to M", trap.level, 3);
    check("MPP is S", trap.status & MPP_M, MPP_S);
    check("ecall's value is 0", trap.tval, 0);
    clear_trap();
    call_in(do_ecall, 0, MPP_U, 0);
    check("ecall in U", trap.cause, ECALL_U);
    check("MPP is U", trap.status & MPP_M, MPP_U);
    clear_trap();
}

static void delegation(void) {
    write_csr(medeleg, 1ul << ILLEGAL | 1ul << ECALL_U);
    call_in(do_illegal, 0, MPP_U, 0);
    check("illegal in U is delegated to S", trap.level, 1);
    check("delegated cause", trap.cause, ILLEGAL);
    check("SPP is U", trap.status & MSTATUS_SPP, 0);
    clear_trap();
    IN_S(do_illegal, 0);
    check("illegal in S is delegated to S", trap.level, 1);
    check("SPP is S", trap.status & MSTATUS_SPP, MSTATUS_SPP);
    clear_trap();
    do_illegal(0);
    check("illegal in M is never delegated", trap.level, 3);
    clear_trap();
    call_in(do_ecall, 0, MPP_U, 0);
    check("ecall in U is delegated", trap.level, 1);
    clear_trap();
    IN_S(do_ecall, 0);
    check("ecall in S is not", trap.level, 3);
    clear_trap();
    write_csr(medeleg, ~0ul);
    check("ecall from M cannot be delegated", read_csr(medeleg) >> ECALL_M & 1, 0);
    write_csr(medeleg, 0);
}

static void status_stack(void) {
    write_csr(mie, 0);
    set_csr(mstatus, MSTATUS_MIE);
    clear_trap();
    do_ecall(0);
    check("MPIE is the old MIE", trap.status & MSTATUS_MPIE, MSTATUS_MPIE);
    check("MIE is clear in the handler", trap.status & MSTATUS_MIE, 0);
    check("mret restores MIE", read_csr(mstatus) & MSTATUS_MIE, MSTATUS_MIE);
    check("mret sets MPIE", read_csr(mstatus) & MSTATUS_MPIE, MSTATUS_MPIE);
    check("mret sets MPP to U", read_csr(mstatus) & MPP_M, 0);
    clear_csr(mstatus, MSTATUS_MIE);
    clear_trap();
    set_csr(mstatus, MSTATUS_MPRV);
    IN_S(read_sstatus, 0);
    check("mret to S clears MPRV", read_csr(mstatus) & MSTATUS_MPRV, 0);
    clear_csr(mstatus, MSTATUS_MPRV);
}

static void forbidden(void) {
    set_csr(mstatus, MSTATUS_TVM);
    IN_S(do_satp, 0);
    check("satp traps under TVM", trap.cause, ILLEGAL);
    clear_trap();
    IN_S(do_sfence, 0);
    check("sfence.vma traps under TVM", trap.cause, ILLEGAL);
    clear_trap();
    clear_csr(mstatus, MSTATUS_TVM);
    IN_S(do_satp, 0);
    IN_S(do_sfence, 0);
    check_no_trap("neither without TVM");
    set_csr(mstatus, MSTATUS_TSR);
    IN_S(do_sret, 0);
    check("sret traps under TSR", trap.cause, ILLEGAL);
    clear_trap();
    clear_csr(mstatus, MSTATUS_TSR);
    IN_S(do_sret, 0);
    check_no_trap("sret without TSR");
    set_csr(mstatus, MSTATUS_TW);
    IN_S(do_wfi, 0);
    check("wfi traps in S under TW", trap.cause, ILLEGAL);
    clear_trap();
    write_csr(mie, 8);
    *(volatile uint32_t *)CLINT = 1; // pending, so that wfi does not wait
    do_wfi(0);
    *(volatile uint32_t *)CLINT = 0;
    write_csr(mie, 0);
    check_no_trap("wfi does not trap in M under TW");
    clear_csr(mstatus, MSTATUS_TW);
    call_in(do_sfence, 0, MPP_U, 0);
    check("sfence.vma is illegal in U", trap.cause, ILLEGAL);
    clear_trap();
}

static void vectored(void) {
    write_csr(mtvec, (uint64_t)machine_vectors | 1);
    vector_taken = 0;
    do_ecall(0);
    check("an exception goes to the base", vector_taken, 0);
    check("and is taken", trap.cause, ECALL_M);
    clear_trap();
    write_csr(mie, 8);
    *(volatile uint32_t *)CLINT = 1;
    set_csr(mstatus, MSTATUS_MIE);
    for (int i = 0; i < 100 && trap.count == 0; i++) {
        __asm__ volatile("nop");
    }
    clear_csr(mstatus, MSTATUS_MIE);
    *(volatile uint32_t *)CLINT = 0;
    check("a machine software interrupt goes to entry 3", vector_taken, 3);
    check("with its cause", trap.cause, INTERRUPT | 3);
    clear_trap();
    write_csr(mtvec, machine_trap);
}

void test(void) {
    illegal();
    breakpoint();
    access_faults();
    calls();
    delegation();
    status_stack();
    forbidden();
    vectored();
}
