# SPDX-License-Identifier: Apache-2.0

    .text
    .globl save
save:
    sd      ra, 0(a0)
    sd      sp, 8(a0)
    .set    at, 16
    .irp    r, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    sd      \r, at(a0)
    .set    at, at + 8
    .endr
    li      a0, 0
    ret

    .globl restore
restore:
    ld      ra, 0(a0)
    ld      sp, 8(a0)
    .set    at, 16
    .irp    r, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11
    ld      \r, at(a0)
    .set    at, at + 8
    .endr
    mv      a0, a1
    ret

# Two coroutines that swap places through t0: one counts up, the other down; the sum of what they see is count + 1 each.
    .globl coroutine_sum
coroutine_sum:
    mv      t1, a0                  # turns
    mv      t2, a0                  # the down counter
    li      t3, 0                   # the up counter
    li      a0, 0
    la      t0, 2f
1:  addi    t3, t3, 1
    add     a0, a0, t3
    jalr    t0, t0                  # to the other, leaving here
    addi    t1, t1, -1
    bnez    t1, 1b
    ret
2:  add     a0, a0, t2
    addi    t2, t2, -1
    jalr    t0, t0
    j       2b

# Calls with links in t0, t1 and a5, two of them the ABI's link registers or not, nested.
    .globl alternate_links
alternate_links:
    mv      a1, a0
    li      a0, 0
1:  jal     t0, 3f
    jal     a5, 4f
    la      a6, 5f
    jalr    t1, a6
    addi    a1, a1, -1
    bnez    a1, 1b
    ret
3:  addi    a0, a0, 1
    mv      a7, ra
    jal     ra, 6f
    mv      ra, a7
    jr      t0
4:  addi    a0, a0, 1
    jr      a5
5:  addi    a0, a0, 1
    jr      t1
6:  addi    a0, a0, 3
    ret

# A walk over eight blocks, the next one computed from the state.
    .globl computed_goto
computed_goto:
    la      a2, table
    li      a5, 1103515245
    li      a6, 12345
next:
    beqz    a1, done
    addi    a1, a1, -1
    mul     a0, a0, a5
    add     a0, a0, a6
    srli    a3, a0, 20
    andi    a3, a3, 7
    sh2add  a3, a3, a2
    lw      a4, 0(a3)
    add     a4, a4, a2
    jr      a4
b0: addi    a0, a0, 1
    j       next
b1: xori    a0, a0, 0x55
    j       next
b2: slli    a0, a0, 1
    j       next
b3: srli    a0, a0, 1
    j       next
b4: sub     a0, zero, a0
    j       next
b5: not     a0, a0
    j       next
b6: add     a0, a0, a1
    j       next
b7: rori    a0, a0, 13
    j       next
done:
    ret
    .balign 4
table:
    .4byte  b0 - table, b1 - table, b2 - table, b3 - table, b4 - table, b5 - table, b6 - table, b7 - table

# Changes ra between a call and its return, returns without calls, calls without returns.
    .globl return_stack_abuse
return_stack_abuse:
    mv      a1, a0
    mv      a2, ra
    li      a0, 0
1:  jal     ra, 2f
    j       1b                      # never: 2 returns elsewhere
2:  la      ra, 3f
    addi    a0, a0, 1
    ret
3:  jal     ra, 4f
    .2byte  0                       # never: an illegal instruction
4:  addi    a0, a0, 1
    addi    ra, ra, 2               # over it
    la      t5, 5f
    mv      ra, t5
    ret
5:  addi    a0, a0, 1
    addi    a1, a1, -1
    bnez    a1, 1b
    mv      ra, a2
    ret
