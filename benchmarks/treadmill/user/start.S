// SPDX-License-Identifier: Apache-2.0
// Entry of a program: a0 = its command line, which lies at the top of the stack.
    .section .text.start, "ax"
    .globl _start
_start:
    call    start
