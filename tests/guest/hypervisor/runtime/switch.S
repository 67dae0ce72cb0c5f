# SPDX-License-Identifier: Apache-2.0
# The way into a guest and back, and the guest's own handler of traps.

# enter_guest(struct guest *): runs it until a trap comes to HS mode, interrupts of which are on meanwhile.
    .text
    .globl enter_guest
enter_guest:
    addi    sp, sp, -128
    sd      ra, 0(sp)
    .irp    r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    sd      s\r, (\r * 8 + 8)(sp)
    .endr
    sd      gp, 104(sp)
    sd      tp, 112(sp)
    sd      sp, (33 * 8)(a0)
    csrr    t0, stvec
    sd      t0, (34 * 8)(a0)
    la      t0, guest_exit
    csrw    stvec, t0
    csrr    t0, sscratch
    sd      t0, (35 * 8)(a0)
    csrw    sscratch, a0
    ld      t0, (32 * 8)(a0)
    csrw    sepc, t0
    li      t0, 0x180               # hstatus.SPV and SPVP: to VS or VU mode, as sstatus.SPP says
    csrs    0x600, t0
    .irp    r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ld      x\r, (\r * 8)(a0)
    .endr
    ld      a0, (10 * 8)(a0)
    sret

    .balign 4
guest_exit:
    csrrw   a0, sscratch, a0
    .irp    r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    sd      x\r, (\r * 8)(a0)
    .endr
    csrr    t0, sscratch
    sd      t0, (10 * 8)(a0)
    csrr    t0, sepc
    sd      t0, (32 * 8)(a0)
    ld      t0, (35 * 8)(a0)
    csrw    sscratch, t0
    ld      t0, (34 * 8)(a0)
    csrw    stvec, t0
    ld      sp, (33 * 8)(a0)
    ld      ra, 0(sp)
    .irp    r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ld      s\r, (\r * 8 + 8)(sp)
    .endr
    ld      gp, 104(sp)
    ld      tp, 112(sp)
    addi    sp, sp, 128
    ret

# The guest's handler: saves what C does not, calls guest_handle(cause, tval, epc), and goes on where that says.
    .balign 4
    .globl guest_trap
guest_trap:
    addi    sp, sp, -256
    .irp    r, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    sd      x\r, (\r * 8)(sp)
    .endr
    csrr    a0, scause
    csrr    a1, stval
    csrr    a2, sepc
    call    guest_handle
    csrw    sepc, a0
    .irp    r, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    ld      x\r, (\r * 8)(sp)
    .endr
    addi    sp, sp, 256
    sret
