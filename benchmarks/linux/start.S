// SPDX-License-Identifier: Apache-2.0
// Where Linux enters the program, and what no C code can say.

    .text
    .globl _start
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    ld      a0, 0(sp)               // argument count; the arguments and the environment lie above it
    addi    a1, sp, 8
    addi    a2, a0, 1
    slli    a2, a2, 3
    add     a2, a1, a2
    call    program
    li      a7, 94                  // exit_group
    ecall

// long start_on(long flags, void *stack_end, int *clear_at_exit, void (*entry)(void *), void *argument)
// clone() for a child that begins on a stack of its own by calling the entry. Returns in the parent only.
    .globl start_on
start_on:
    addi    a1, a1, -16
    sd      a3, 0(a1)
    sd      a4, 8(a1)
    mv      a4, a2
    li      a2, 0
    li      a3, 0
    li      a7, 220                 // clone(flags, stack, parent's copy of the id, thread pointer, child's copy of the id)
    ecall
    bnez    a0, 1f
    ld      t0, 0(sp)
    ld      a0, 8(sp)
    jalr    t0
    li      a0, 0
    li      a7, 93                  // exit
    ecall
1:  ret
