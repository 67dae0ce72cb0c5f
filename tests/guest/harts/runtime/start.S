# SPDX-License-Identifier: Apache-2.0
# Entry of programs for several harts: the first starts as every test program does, the others on stacks of their own.

#define STACK_SHIFT 13
#define MOST_HARTS 16

    .section .text.start, "ax"
    .globl _start
_start:
    csrr    a0, mhartid
    bnez    a0, 1f
    j       first_hart
1:  li      t0, MOST_HARTS
    bgeu    a0, t0, 2f
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, hart_stacks
    addi    t0, a0, 1
    slli    t0, t0, STACK_SHIFT
    add     sp, sp, t0
    la      t0, other_trap
    csrw    mtvec, t0
    li      t0, -1                  # PMP: everything allowed
    csrw    pmpaddr0, t0
    li      t0, 0x1f
    csrw    pmpcfg0, t0
    call    other_main
2:  wfi
    j       2b

# A hart other than the first takes no trap but those it asks for: reports it.
    .balign 4
other_trap:
    csrr    a0, mcause
    csrr    a1, mepc
    csrr    a2, mtval
    call    other_trapped

    .bss
    .balign 16
hart_stacks:
    .space  MOST_HARTS << STACK_SHIFT

#define _start first_hart
#include "../../runtime/start.S"
