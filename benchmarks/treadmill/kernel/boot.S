// SPDX-License-Identifier: Apache-2.0
// Everything that is not C: the machine-mode shim, the entry into paged S-mode, traps, context switch, user copies.
#include "layout.h"

#define MENVCFG 0x30a
#define STIMECMP 0x14d

// ---- Machine mode, at physical addresses ------------------------------------

    .section .machine, "awx"
    .globl _start
_start:
    csrr    t0, mhartid
1:  bnez    t0, 1b                      // only hart 0 runs

    // S and U may reach everything but the first 2 MiB, which hold this shim.
    la      t0, 1f
    csrw    mtvec, t0                   // a machine without PMP traps here
    li      t0, (RAM_START | (0x200000 / 2 - 1)) >> 2
    csrw    pmpaddr0, t0
    li      t0, -1
    csrw    pmpaddr1, t0
    li      t0, 0x1f18                  // entry 1: NAPOT, RWX; entry 0: NAPOT, no access
    csrw    pmpcfg0, t0
    .balign 4
1:
    li      t0, 0xb1ff                  // exceptions 0-8, 12, 13, 15
    csrw    medeleg, t0
    li      t0, 0x222                   // the supervisor's three interrupts
    csrw    mideleg, t0
    li      t0, 2                       // S reads the time
    csrw    mcounteren, t0

    // Sstc and Svadu: set the bits and see whether they stick. QEMU 7.2 without Sstc keeps the bit all the same, so
    // stimecmp has the last word.
    li      a0, 0
    la      t0, 3f
    csrw    mtvec, t0                   // a machine without menvcfg traps there
    csrr    t2, MENVCFG
    li      t1, 1 << 63
    csrs    MENVCFG, t1
    csrr    t2, MENVCFG
    bgez    t2, 1f
    la      t0, 1f
    csrw    mtvec, t0
    li      t0, -1
    csrw    STIMECMP, t0
    ori     a0, a0, FEATURE_SSTC
    .balign 4
1:  la      t0, 3f
    csrw    mtvec, t0
    li      t1, 1 << 61
    csrc    MENVCFG, t1
    ld      t0, params_physical
    lwu     t0, 256(t0)
    andi    t0, t0, PARAMETER_SVADU
    beqz    t0, 3f
    csrs    MENVCFG, t1
    csrr    t2, MENVCFG
    and     t2, t2, t1
    beqz    t2, 3f
    ori     a0, a0, FEATURE_SVADU
    .balign 4
3:
    la      t0, machine_trap
    csrw    mtvec, t0
    la      t0, machine_save
    csrw    mscratch, t0
    csrw    mie, zero
    li      t0, -1                      // no machine timer interrupt yet
    li      t1, CLINT + 0x4000
    sd      t0, 0(t1)
    csrw    satp, zero
    li      t0, 3 << 11
    csrc    mstatus, t0
    li      t0, 1 << 11                 // previous mode: S
    csrs    mstatus, t0
    ld      t0, supervisor_physical
    csrw    mepc, t0
    mret

    // Without Sstc: a machine timer interrupt becomes a supervisor one, and an environment call with a0 = deadline
    // sets the next.
    .balign 4
machine_trap:
    csrrw   sp, mscratch, sp
    sd      t0, 0(sp)
    csrr    t0, mcause
    bltz    t0, 1f
    addi    t0, t0, -9
    bnez    t0, machine_fatal
    li      t0, CLINT + 0x4000
    sd      a0, 0(t0)
    li      t0, 1 << 5
    csrc    mip, t0
    li      t0, 1 << 7
    csrs    mie, t0
    csrr    t0, mepc
    addi    t0, t0, 4
    csrw    mepc, t0
    j       2f
1:  li      t0, 1 << 7
    csrc    mie, t0
    li      t0, 1 << 5
    csrs    mip, t0
2:  ld      t0, 0(sp)
    csrrw   sp, mscratch, sp
    mret

machine_fatal:                          // exit code 64 + cause
    csrr    t0, mcause
    addi    t0, t0, 64
    slli    t0, t0, 16
    li      t1, 0x3333
    or      t0, t0, t1
    li      t1, FINISHER
    sw      t0, 0(t1)
1:  wfi
    j       1b

    .balign 8
params_physical:
    .quad   treadmill_params - OFFSET
supervisor_physical:
    .quad   supervisor_start - OFFSET
machine_save:
    .quad   0

// ---- Supervisor mode ---------------------------------------------------------

    .section .text.start, "ax"
    .globl supervisor_start
supervisor_start:                       // still at physical addresses; a0 = features
    slti    x0, x0, 1                   // measured from here unless the program says otherwise
    mv      s0, a0
    la      t0, bss_start
    la      t1, bss_end
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b

    // The linear map: leaves of 2 MiB, the shim's 2 MiB left out, then of 1 GiB.
    la      t0, kernel_ram + 8
    li      t1, (KERNEL_START >> 2) | 0xef  // D A G X W R V
    li      t2, 0x200000 >> 2
    li      t3, SMALL_LEAVES
1:  sd      t1, 0(t0)
    add     t1, t1, t2
    addi    t0, t0, 8
    addi    t3, t3, -1
    bnez    t3, 1b
    la      t0, kernel_ram
    srli    t0, t0, 2
    ori     t0, t0, 1
    la      t1, kernel_root
    li      t2, 258 * 8
    add     t2, t2, t1
    sd      t0, 0(t2)
#ifdef LARGE
    li      t0, ((RAM_START + 0x40000000) >> 2) | 0xef
    li      t3, 0x40000000 >> 2
    li      t4, RAM_END >> 2
1:  addi    t2, t2, 8
    sd      t0, 0(t2)
    add     t0, t0, t3
    bltu    t0, t4, 1b
#endif

    // Once satp is written the next fetch faults, and the trap vector is already a virtual address.
    la      t0, 1f
    li      t2, OFFSET
    add     t0, t0, t2
    csrw    stvec, t0
    srli    t1, t1, 12
    li      t0, 8 << 60
    or      t1, t1, t0
    sfence.vma
    csrw    satp, t1
    .balign 4
1:  la      t0, trap_entry
    csrw    stvec, t0
    csrw    sscratch, zero
    la      sp, boot_stack + 4096
    mv      a0, s0
    call    kernel_main

    .text
    .macro  registers op
    \op     x1, 8(sp)
    \op     x3, 24(sp)
    \op     x4, 32(sp)
    \op     x6, 48(sp)
    \op     x7, 56(sp)
    \op     x8, 64(sp)
    \op     x9, 72(sp)
    \op     x10, 80(sp)
    \op     x11, 88(sp)
    \op     x12, 96(sp)
    \op     x13, 104(sp)
    \op     x14, 112(sp)
    \op     x15, 120(sp)
    \op     x16, 128(sp)
    \op     x17, 136(sp)
    \op     x18, 144(sp)
    \op     x19, 152(sp)
    \op     x20, 160(sp)
    \op     x21, 168(sp)
    \op     x22, 176(sp)
    \op     x23, 184(sp)
    \op     x24, 192(sp)
    \op     x25, 200(sp)
    \op     x26, 208(sp)
    \op     x27, 216(sp)
    \op     x28, 224(sp)
    \op     x29, 232(sp)
    \op     x30, 240(sp)
    \op     x31, 248(sp)
    .endm

    // sscratch is the top of the process's kernel stack while in user mode, and zero while in the kernel.
    .balign 4
    .globl trap_entry
trap_entry:
    csrrw   sp, sscratch, sp
    beqz    sp, 1f
    addi    sp, sp, -FRAME_SIZE
    sd      t0, 40(sp)
    csrrw   t0, sscratch, zero
    j       2f
1:  csrrw   sp, sscratch, zero
    addi    sp, sp, -FRAME_SIZE
    sd      t0, 40(sp)
    addi    t0, sp, FRAME_SIZE
2:  sd      t0, 16(sp)
    registers sd
    csrr    t0, sepc
    sd      t0, 256(sp)
    csrr    t0, sstatus
    sd      t0, 264(sp)
    mv      a0, sp
    call    trap
    .globl trap_return
trap_return:                            // sp = the trap frame
    ld      t0, 264(sp)
    csrw    sstatus, t0
    andi    t0, t0, 0x100
    bnez    t0, 1f
    addi    t0, sp, FRAME_SIZE
    csrw    sscratch, t0
1:  ld      t0, 256(sp)
    csrw    sepc, t0
    registers ld
    ld      t0, 40(sp)
    ld      sp, 16(sp)
    sret

    .globl switch_context               // (from, to): the callee-saved registers
switch_context:
    .macro  context op, base
    \op     ra, 0(\base)
    \op     sp, 8(\base)
    \op     s0, 16(\base)
    \op     s1, 24(\base)
    \op     s2, 32(\base)
    \op     s3, 40(\base)
    \op     s4, 48(\base)
    \op     s5, 56(\base)
    \op     s6, 64(\base)
    \op     s7, 72(\base)
    \op     s8, 80(\base)
    \op     s9, 88(\base)
    \op     s10, 96(\base)
    \op     s11, 104(\base)
    .endm
    context sd, a0
    context ld, a1
    ret

    // int copy_user(to, from, length): the only code that touches user memory. A fault that cannot be resolved
    // goes on at copy_user_failed.
    .globl copy_user, copy_user_failed
copy_user:
    li      t0, 1 << 18                 // SUM
    csrs    sstatus, t0
    or      t1, a0, a1
    or      t1, t1, a2
    andi    t1, t1, 7
    add     a2, a2, a0
    bnez    t1, 2f
    bgeu    a0, a2, 3f
1:  ld      t1, 0(a1)
    sd      t1, 0(a0)
    addi    a1, a1, 8
    addi    a0, a0, 8
    bltu    a0, a2, 1b
    j       3f
2:  bgeu    a0, a2, 3f
    lbu     t1, 0(a1)
    sb      t1, 0(a0)
    addi    a1, a1, 1
    addi    a0, a0, 1
    j       2b
3:  li      a0, 0
    csrc    sstatus, t0
    ret
copy_user_failed:
    li      t0, 1 << 18
    csrc    sstatus, t0
    li      a0, -1
    ret

    .bss
    .balign 4096
    .globl kernel_root, kernel_ram, boot_stack
kernel_root:    .space 4096
kernel_ram:     .space 4096
boot_stack:     .space 4096
