// SPDX-License-Identifier: Apache-2.0
// An interpreter for a small register bytecode, running a program that counts primes and mixes: one hot indirect jump.
#include "kernel.h"

KERNEL("bytecode", 0x46e8364d784dcff5u, 5);

enum { LOAD, MOVE, ADD, SUB, MUL, REM, XOR, SHIFT, GET, PUT, LESS, JUMP_IF, JUMP, HALT };

struct instruction {
    uint8_t op, a, b, c;
    int32_t immediate;
};

#define I(OP, A, B, C, IMMEDIATE) {OP, A, B, C, IMMEDIATE}

// r0 = sum, r1 = i, r2 = limit, r3 = j, r4 and r5 = scratch, r6 = 1, r7 = 0
static const struct instruction program[] = {
    I(LOAD, 0, 0, 0, 0),
    I(LOAD, 1, 0, 0, 2),
    I(LOAD, 2, 0, 0, 640),
    I(LOAD, 6, 0, 0, 1),
    I(LOAD, 7, 0, 0, 0),
    // 5: next i
    I(LOAD, 3, 0, 0, 2),
    // 6: next j: j * j > i makes i prime
    I(MUL, 4, 3, 3, 0),
    I(LESS, 5, 1, 4, 0),
    I(JUMP_IF, 5, 0, 0, 14),
    I(REM, 4, 1, 3, 0),
    I(LESS, 5, 7, 4, 0),
    I(ADD, 3, 3, 6, 0),
    I(JUMP_IF, 5, 0, 0, 6),
    I(JUMP, 0, 0, 0, 19),
    // 14: prime
    I(SHIFT, 5, 0, 0, 3),
    I(XOR, 0, 5, 1, 0),
    I(GET, 4, 1, 0, 0),
    I(ADD, 4, 4, 6, 0),
    I(PUT, 4, 1, 0, 0),
    // 19: i++
    I(ADD, 1, 1, 6, 0),
    I(LESS, 5, 1, 2, 0),
    I(JUMP_IF, 5, 0, 0, 5),
    I(MOVE, 0, 0, 0, 0),
    I(SUB, 0, 0, 7, 0),
    I(HALT, 0, 0, 0, 0),
};

static uint64_t memory[1024];

void kernel_prepare(void) {
}

static uint64_t interpret(const struct instruction *code) {
    uint64_t r[8] = {0};
    for (const struct instruction *at = code;; at++) {
        switch (at->op) {
            case LOAD: r[at->a] = (uint64_t)(int64_t)at->immediate; break;
            case MOVE: r[at->a] = r[at->b]; break;
            case ADD: r[at->a] = r[at->b] + r[at->c]; break;
            case SUB: r[at->a] = r[at->b] - r[at->c]; break;
            case MUL: r[at->a] = r[at->b] * r[at->c]; break;
            case REM: r[at->a] = r[at->b] % r[at->c]; break;
            case XOR: r[at->a] = r[at->b] ^ r[at->c]; break;
            case SHIFT: r[at->a] = r[at->b] << at->immediate | r[at->b] >> (64 - at->immediate); break;
            case GET: r[at->a] = memory[r[at->b] & 1023]; break;
            case PUT: memory[r[at->b] & 1023] = r[at->a]; break;
            case LESS: r[at->a] = r[at->b] < r[at->c]; break;
            case JUMP_IF:
                if (r[at->a]) {
                    at = code + at->immediate - 1;
                }
                break;
            case JUMP: at = code + at->immediate - 1; break;
            default: return r[0];
        }
    }
}

uint64_t kernel(void) {
    for (int i = 0; i < 1024; i++) {
        memory[i] = 0;
    }
    uint64_t sum = 0;
    for (int pass = 0; pass < 4; pass++) {
        sum = mix(sum, interpret(program) + memory[613]);
    }
    return sum;
}
