// SPDX-License-Identifier: Apache-2.0
// Every compressed instruction, with its extreme immediates, its reserved forms, and code that mixes both lengths.
#include "test.h"

#define ONE_IN(body, a)                                                                    \
    ({                                                                                     \
        register uint64_t x __asm__("a0") = (uint64_t)(a);                                 \
        __asm__ volatile(body : "+r"(x)::"a1", "a2", "a3", "a4", "a5", "memory");          \
        x;                                                                                 \
    })
#define TWO_IN(body, a, b)                                                                 \
    ({                                                                                     \
        register uint64_t x __asm__("a0") = (uint64_t)(a);                                 \
        register uint64_t y __asm__("a1") = (uint64_t)(b);                                 \
        __asm__ volatile(body : "+r"(x), "+r"(y)::"a2", "a3", "a4", "a5", "memory");       \
        x;                                                                                 \
    })

static uint64_t data[64] __attribute__((aligned(64)));

static void immediates(void) {
    check("c.li 31", ONE_IN("c.li a0, 31", 0), 31);
    check("c.li -32", ONE_IN("c.li a0, -32", 0), -32ul);
    check("c.lui 31", ONE_IN("c.lui a0, 31", 0), 31ul << 12);
    check("c.lui -1", ONE_IN("c.lui a0, 0xfffff", 0), -4096ul);
    check("c.lui -32", ONE_IN("c.lui a0, 0xfffe0", 0), -32ul << 12);
    check("c.addi 31", ONE_IN("c.addi a0, 31", 1), 32);
    check("c.addi -32", ONE_IN("c.addi a0, -32", 1), -31ul);
    check("c.addiw wraps", ONE_IN("c.addiw a0, 1", 0x7fffffff), 0xffffffff80000000);
    check("c.addiw 0 extends the sign", ONE_IN("c.addiw a0, 0", 0x180000000), 0xffffffff80000000);
    check("c.slli 63", ONE_IN("c.slli a0, 63", 3), 1ul << 63);
    check("c.slli 32", ONE_IN("c.slli a0, 32", 3), 3ul << 32);
    check("c.srli 63", ONE_IN("c.srli a0, 63", -1ul), 1);
    check("c.srai 63", ONE_IN("c.srai a0, 63", 1ul << 63), -1ul);
    check("c.srai 33", ONE_IN("c.srai a0, 33", 1ul << 63), -1ul << 30);
    check("c.andi -32", ONE_IN("c.andi a0, -32", 0x7f), 0x60);
    check("c.andi 31", ONE_IN("c.andi a0, 31", 0x7f), 0x1f);
    check("c.addi16sp", ONE_IN("mv a1, sp\n\tc.addi16sp sp, -512\n\tsub a0, a1, sp\n\tc.addi16sp sp, 496\n\tc.addi16sp sp, 16", 0), 512);
    check("c.addi4spn 1020", ONE_IN("c.addi4spn a0, sp, 1020\n\tsub a0, a0, sp", 0), 1020);
    check("c.addi4spn 4", ONE_IN("c.addi4spn a0, sp, 4\n\tsub a0, a0, sp", 0), 4);
}

static void registers(void) {
    check("c.mv", TWO_IN("c.mv a0, a1", 1, 77), 77);
    check("c.add", TWO_IN("c.add a0, a1", 1, 77), 78);
    check("c.sub", TWO_IN("c.sub a0, a1", 1, 77), -76ul);
    check("c.xor", TWO_IN("c.xor a0, a1", 5, 6), 3);
    check("c.or", TWO_IN("c.or a0, a1", 5, 6), 7);
    check("c.and", TWO_IN("c.and a0, a1", 5, 6), 4);
    check("c.subw", TWO_IN("c.subw a0, a1", 0x80000000, 1), 0x7fffffff);
    check("c.addw", TWO_IN("c.addw a0, a1", 0x7fffffff, 1), 0xffffffff80000000);
    check("c.add to itself", ONE_IN("c.add a0, a0", 21), 42);
}

static void memory(void) {
    for (unsigned i = 0; i < 64; i++) {
        data[i] = 0x8000000080000000 | i;
    }
    check("c.ld 248", ONE_IN("c.ld a0, 248(a0)", data), data[31]);
    check("c.lw 124", ONE_IN("c.lw a0, 124(a0)", data), 0xffffffff80000000);
    check("c.lw 120", ONE_IN("c.lw a0, 120(a0)", data), 0xffffffff8000000f);
    TWO_IN("c.sd a1, 240(a0)", data, 99);
    check("c.sd 240", data[30], 99);
    TWO_IN("c.sw a1, 68(a0)", data, 98);
    check("c.sw 68", data[8], 98ul << 32 | 0x80000008);
    check("c.fld and c.fsd", (ONE_IN("c.fld fa0, 248(a0)\n\tc.fsd fa0, 0(a0)", data), data[0]), 0x800000008000001f);
    check("c.sdsp and c.ldsp", ONE_IN("c.addi16sp sp, -512\n\tc.sdsp a0, 504(sp)\n\tc.li a0, 0\n\tc.ldsp a0, 504(sp)\n\taddi sp, sp, 512", 1234567890123), 1234567890123);
    check("c.swsp and c.lwsp", ONE_IN("c.addi16sp sp, -512\n\tc.swsp a0, 252(sp)\n\tc.li a0, 0\n\tc.lwsp a0, 252(sp)\n\taddi sp, sp, 512", 0x1ffffffff), -1ul);
    check("c.fsdsp and c.fldsp", ONE_IN("c.addi16sp sp, -512\n\tfmv.d.x fs1, a0\n\tc.fsdsp fs1, 504(sp)\n\tc.fldsp ft11, 504(sp)\n\tfmv.x.d a0, ft11\n\taddi sp, sp, 512", 4711), 4711);
}

static void control(void) {
    check("c.j", ONE_IN("c.j 1f\n\tc.li a0, 1\n1:", 5), 5);
    check("c.beqz taken", ONE_IN("c.beqz a0, 1f\n\tc.li a0, 1\n1:", 0), 0);
    check("c.beqz not taken", ONE_IN("c.beqz a0, 1f\n\tc.li a0, 1\n1:", 7), 1);
    check("c.bnez back", ONE_IN("c.li a1, 10\n1: c.addi a0, 2\n\tc.addi a1, -1\n\tc.bnez a1, 1b", 0), 20);
    check("c.jr", ONE_IN("la a1, 1f\n\tc.jr a1\n\tc.li a0, 1\n1:", 5), 5);
    check("c.jalr links two bytes on", ONE_IN("mv a3, ra\n\tla a1, 2f\n\tc.jalr a1\n1: c.j 3f\n2: la a2, 1b\n\tsub a0, ra, a2\n\tc.jr ra\n3: mv ra, a3", 5), 0);
    check("far c.j", ONE_IN("c.j 2f\n1: c.addi a0, 1\n\tc.j 3f\n\t.space 2000\n2: c.j 1b\n3:", 5), 6);
    clear_trap();
    __asm__ volatile("c.ebreak");
    check("c.ebreak", trap.cause, BREAKPOINT);
    clear_trap();
}

#define RESERVED(name, bits)                             \
    clear_trap();                                        \
    __asm__ volatile(".2byte " #bits ::: "a0", "memory"); \
    check_trap(name, ILLEGAL, bits)

static void reserved(void) {
    RESERVED("c.addi4spn 0 is illegal", 0x0008);
    RESERVED("a hole in quadrant 0 is illegal", 0x9000);
    RESERVED("c.addiw to x0 is illegal", 0x2005);
    RESERVED("c.addi16sp 0 is illegal", 0x6101);
    RESERVED("c.lui 0 is illegal", 0x6501);
    RESERVED("c.lwsp to x0 is illegal", 0x4002);
    RESERVED("c.ldsp to x0 is illegal", 0x6002);
    RESERVED("c.jr x0 is illegal", 0x8002);
    RESERVED("a hole among the register forms is illegal", 0x9c79);
    clear_trap();
    __asm__ volatile(".2byte 0x0001\n\t.2byte 0x0005\n\t.2byte 0x4001\n\t.2byte 0x6005\n\t.2byte 0x8006\n\t.2byte 0x900a\n\t.2byte 0x0006");
    check_no_trap("hints do nothing");
}

static void mixed(void) {
    // Lengths 2 and 4 alternate, so that 4-byte instructions start at odd halves, over a page's border too.
    uint64_t sum;
    __asm__ volatile("li a0, 0\n\tli a1, 3000\n\t"
                     ".balign 4096\n\t.option push\n\t.option norvc\n\t"
                     "j 1f\n\t.space 4096 - 4 - 14 - 16\n\t"
                     ".option pop\n\t.option push\n\t.option rvc\n\t"
                     "1: c.addi a0, 1\n\t"
                     ".option norvc\n\taddi a0, a0, 2\n\txori a0, a0, 3\n\taddi a2, a0, 5\n\t.option rvc\n\t"
                     "c.addi a2, 1\n\tc.nop\n\tc.nop\n\tc.nop\n\tc.nop\n\t.option norvc\n\t"
                     "add a0, a0, a2\n\t"
                     "slli a0, a0, 1\n\tsrli a0, a0, 3\n\t.option rvc\n\t"
                     "c.addi a1, -1\n\t.option norvc\n\tbnez a1, 1b\n\t.option pop\n\tmv %0, a0"
                     : "=r"(sum)::"a0", "a1", "a2", "memory");
    uint64_t expected = 0;
    for (int i = 0; i < 3000; i++) {
        expected = (expected + 3) ^ 3;
        expected = (expected + expected + 6) * 2 >> 3;
    }
    check("a loop of both lengths over a page border", sum, expected);
}

void test(void) {
    immediates();
    registers();
    memory();
    control();
    reserved();
    mixed();
}
