# SPDX-License-Identifier: Apache-2.0
# Entry, trap handlers of machine and supervisor mode, and the call of a function in a lower privilege.

    .section .text.start, "ax"
    .globl _start
_start:
    csrr    t0, mhartid
    bnez    t0, 1f
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, stack_top
    la      t0, machine_trap
    csrw    mtvec, t0
    la      t0, machine_trap_stack
    csrw    mscratch, t0
    la      t0, supervisor_trap
    csrw    stvec, t0
    la      t0, supervisor_trap_stack
    csrw    sscratch, t0
    li      t0, 0x6000              # mstatus.FS = dirty
    csrs    mstatus, t0
    csrw    fcsr, zero
    li      t0, -1                  # PMP: everything allowed
    csrw    pmpaddr0, t0
    li      t0, 0x1f
    csrw    pmpcfg0, t0
    call    test_main
1:  wfi
    j       1b

# struct frame: x0..x31, then epc, cause, tval, status.
.macro TRAP level, prefix
    .balign 64
    .globl \level\()_trap
\level\()_trap:
    csrrw   sp, \prefix\()scratch, sp
    addi    sp, sp, -(36 * 8)
    .irp    r, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd      x\r, (\r * 8)(sp)
    .endr
    csrr    t0, \prefix\()scratch
    sd      t0, (2 * 8)(sp)
    addi    t0, sp, 36 * 8
    csrw    \prefix\()scratch, t0
    csrr    t0, \prefix\()epc
    sd      t0, (32 * 8)(sp)
    csrr    t0, \prefix\()cause
    sd      t0, (33 * 8)(sp)
    csrr    t0, \prefix\()tval
    sd      t0, (34 * 8)(sp)
    csrr    t0, \prefix\()status
    sd      t0, (35 * 8)(sp)
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    mv      a0, sp
    call    \level\()_handle
    ld      t0, (32 * 8)(sp)
    csrw    \prefix\()epc, t0
    .irp    r, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ld      x\r, (\r * 8)(sp)
    .endr
    ld      sp, (2 * 8)(sp)
    \prefix\()ret
.endm

    .text
    TRAP machine, m
    TRAP supervisor, s

# A vectored table: entry n leaves n in `vector_taken` (machine mode only) and goes on as a plain trap.
    .balign 256
    .globl machine_vectors
machine_vectors:
    .option push
    .option norvc
    j       machine_trap
    .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    j       vector\n
    .endr
    .option pop
    .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
vector\n:
    csrrw   sp, mscratch, sp
    sd      t0, -8(sp)
    sd      t1, -16(sp)
    la      t0, vector_taken
    li      t1, \n
    sd      t1, 0(t0)
    ld      t0, -8(sp)
    ld      t1, -16(sp)
    csrrw   sp, mscratch, sp
    j       machine_trap
    .endr

# call_in(function, argument, mpp, alias): calls function(argument) in the privilege of mpp (a value of mstatus.MPP in place)
# on a stack of its own; returns what it returns.
    .globl call_in
call_in:
    addi    sp, sp, -112
    sd      ra, 0(sp)
    sd      s0, 8(sp)
    sd      s1, 16(sp)
    sd      s2, 24(sp)
    sd      s3, 32(sp)
    sd      s4, 40(sp)
    sd      s5, 48(sp)
    sd      s6, 56(sp)
    sd      s7, 64(sp)
    sd      s8, 72(sp)
    sd      s9, 80(sp)
    sd      s10, 88(sp)
    sd      s11, 96(sp)
    la      t0, call_stack_pointer
    sd      sp, 0(t0)
    li      t0, 0x1800
    csrc    mstatus, t0
    csrs    mstatus, a2
    csrw    mepc, a0
    mv      a0, a1
    # The function may run at an alias of its linked address: stack and return address follow it.
    la      sp, lower_stack_top
    la      ra, call_end
    add     sp, sp, a3
    add     ra, ra, a3
    mret
    .globl call_end
call_end:
    li      a7, 0x7e57
    ecall
    .globl call_return
call_return:                        # the machine's handler comes back here, in machine mode, sp restored
    ld      ra, 0(sp)
    ld      s0, 8(sp)
    ld      s1, 16(sp)
    ld      s2, 24(sp)
    ld      s3, 32(sp)
    ld      s4, 40(sp)
    ld      s5, 48(sp)
    ld      s6, 56(sp)
    ld      s7, 64(sp)
    ld      s8, 72(sp)
    ld      s9, 80(sp)
    ld      s10, 88(sp)
    ld      s11, 96(sp)
    addi    sp, sp, 112
    ret

    .bss
    .balign 16
    .space  8192
machine_trap_stack:
    .space  8192
supervisor_trap_stack:
    .space  16384
lower_stack_top:
    .space  65536
stack_top:
    .globl call_stack_pointer
call_stack_pointer:
    .space  8
