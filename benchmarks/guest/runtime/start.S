# SPDX-License-Identifier: Apache-2.0
# Entry, the machine's and the supervisor's trap handlers, and the drop to a lower privilege.

#define FINISHER 0x100000
#define UART 0x10000000
#define UART_LSR 5
#define LSR_THRE 0x20
#define CAUSE_USER_ECALL 8

    .section .text.start, "ax"
    .globl _start
_start:
    csrr    t0, mhartid
    bnez    t0, park
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, task_stack_top
    la      t0, machine_trap
    csrw    mtvec, t0
    li      t0, 0x6000              # mstatus.FS = dirty
    csrs    mstatus, t0
    csrw    fcsr, zero
    call    boot                    # does not return
park:
    wfi
    j       park

# Nothing is expected here: reports the trap and ends the run.
    .balign 4
machine_trap:
    la      sp, machine_stack_top
    csrr    a0, mcause
    csrr    a1, mepc
    csrr    a2, mtval
    call    unexpected_trap

# enter(mstatus_mpp, entry): continues at the entry in the privilege given, on the task's own stack.
    .globl enter
enter:
    li      t0, 0x1800
    csrc    mstatus, t0
    csrs    mstatus, a0
    csrw    mepc, a1
    la      sp, task_stack_top
    mret

# user_call(a0, a7): the user's door to the supervisor below.
    .text
    .globl user_call
user_call:
    mv      a7, a1
    ecall
    ret

# Runs translated and needs no stack: it uses only registers that a call may clobber.
    .section .supervisor, "ax"
    .globl supervisor_trap
    .balign 4
supervisor_trap:
    csrr    t0, scause
    li      t1, CAUSE_USER_ECALL
    bne     t0, t1, 3f
    csrr    t0, sepc
    addi    t0, t0, 4
    csrw    sepc, t0
    bnez    a7, 2f
    li      t0, UART                # a7 = 0: write the byte a0
1:  lbu     t1, UART_LSR(t0)
    andi    t1, t1, LSR_THRE
    beqz    t1, 1b
    sb      a0, 0(t0)
    sret
2:  li      t0, FINISHER            # a7 = 1: end, a0 is the finisher's word
    sw      a0, 0(t0)
    j       2b
3:  ecall                           # no other trap is delegated; the machine reports this one

    .bss
    .balign 16
    .space  4096
machine_stack_top:
    .space  65536
task_stack_top:
