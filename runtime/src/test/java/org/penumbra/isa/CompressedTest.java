// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Expansion of every compressed instruction for three settings of its fields, as binutils decodes them; the comparison
/// with binutils itself covers all encodings.
final class CompressedTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0aa8 | c.addi4spn | addi a0, sp, 344
            1554 | c.addi4spn | addi a3, sp, 676
            1b00 | c.addi4spn | addi s0, sp, 432
            2aa8 | c.fld | fld fa0, 80(a3)
            3554 | c.fld | fld fa3, 168(a0)
            3698 | c.fld | fld fa4, 40(a3)
            4aa8 | c.lw | lw a0, 80(a3)
            5554 | c.lw | lw a3, 44(a0)
            5d28 | c.lw | lw a0, 120(a0)
            6aa8 | c.ld | ld a0, 80(a3)
            7554 | c.ld | ld a3, 168(a0)
            7638 | c.ld | ld a4, 104(a2)
            aaa8 | c.fsd | fsd fa0, 80(a3)
            b554 | c.fsd | fsd fa3, 168(a0)
            b2d4 | c.fsd | fsd fa3, 160(a3)
            caa8 | c.sw | sw a0, 80(a3)
            d554 | c.sw | sw a3, 44(a0)
            d29c | c.sw | sw a5, 32(a3)
            eaa8 | c.sd | sd a0, 80(a3)
            f554 | c.sd | sd a3, 168(a0)
            e718 | c.sd | sd a4, 8(a4)
            0aa9 | c.addi | addi s5, s5, 10
            1555 | c.addi | addi a0, a0, -11
            028d | c.addi | addi t0, t0, 3
            2aa9 | c.addiw | addiw s5, s5, 10
            3555 | c.addiw | addiw a0, a0, -11
            3821 | c.addiw | addiw a6, a6, -24
            4aa9 | c.li | addi s5, zero, 10
            5555 | c.li | addi a0, zero, -11
            4ba1 | c.li | addi s7, zero, 8
            6129 | c.addi16sp | addi sp, sp, 192
            7155 | c.addi16sp | addi sp, sp, -208
            6155 | c.addi16sp | addi sp, sp, 304
            6aa9 | c.lui | lui s5, 0xa
            7555 | c.lui | lui a0, 0xffff5
            78d5 | c.lui | lui a7, 0xffff5
            82a9 | c.srli | srli a3, a3, 10
            9155 | c.srli | srli a0, a0, 53
            8245 | c.srli | srli a2, a2, 17
            86a9 | c.srai | srai a3, a3, 10
            9555 | c.srai | srai a0, a0, 53
            9481 | c.srai | srai s1, s1, 32
            8aa9 | c.andi | andi a3, a3, 10
            9955 | c.andi | andi a0, a0, -11
            8891 | c.andi | andi s1, s1, 4
            8e89 | c.sub | sub a3, a3, a0
            8d15 | c.sub | sub a0, a0, a3
            8e85 | c.sub | sub a3, a3, s1
            8ea9 | c.xor | xor a3, a3, a0
            8d35 | c.xor | xor a0, a0, a3
            8da9 | c.xor | xor a1, a1, a0
            8ec9 | c.or | or a3, a3, a0
            8d55 | c.or | or a0, a0, a3
            8c5d | c.or | or s0, s0, a5
            8ee9 | c.and | and a3, a3, a0
            8d75 | c.and | and a0, a0, a3
            8f71 | c.and | and a4, a4, a2
            9e89 | c.subw | subw a3, a3, a0
            9d15 | c.subw | subw a0, a0, a3
            9f91 | c.subw | subw a5, a5, a2
            9ea9 | c.addw | addw a3, a3, a0
            9d35 | c.addw | addw a0, a0, a3
            9f29 | c.addw | addw a4, a4, a0
            aaa9 | c.j | jal zero, pc + 346
            b555 | c.j | jal zero, pc - 348
            b3c1 | c.j | jal zero, pc - 576
            caa9 | c.beqz | beq a3, zero, pc + 82
            d555 | c.beqz | beq a0, zero, pc - 84
            ca45 | c.beqz | beq a2, zero, pc + 176
            eaa9 | c.bnez | bne a3, zero, pc + 82
            f555 | c.bnez | bne a0, zero, pc - 84
            eedd | c.bnez | bne a3, zero, pc + 190
            0aaa | c.slli | slli s5, s5, 10
            1556 | c.slli | slli a0, a0, 53
            1362 | c.slli | slli t1, t1, 56
            2aaa | c.fldsp | fld fs5, 136(sp)
            3556 | c.fldsp | fld fa0, 368(sp)
            3ac2 | c.fldsp | fld fs5, 48(sp)
            4aaa | c.lwsp | lw s5, 136(sp)
            5556 | c.lwsp | lw a0, 116(sp)
            4d46 | c.lwsp | lw s10, 80(sp)
            6aaa | c.ldsp | ld s5, 136(sp)
            7556 | c.ldsp | ld a0, 368(sp)
            7d42 | c.ldsp | ld s10, 48(sp)
            8a82 | c.jr | jalr zero, 0(s5)
            8502 | c.jr | jalr zero, 0(a0)
            8982 | c.jr | jalr zero, 0(s3)
            8aaa | c.mv | add s5, zero, a0
            8556 | c.mv | add a0, zero, s5
            813a | c.mv | add sp, zero, a4
            9002 | c.ebreak | ebreak
            9a82 | c.jalr | jalr ra, 0(s5)
            9502 | c.jalr | jalr ra, 0(a0)
            9882 | c.jalr | jalr ra, 0(a7)
            9aaa | c.add | add s5, s5, a0
            9556 | c.add | add a0, a0, s5
            917a | c.add | add sp, sp, t5
            aaaa | c.fsdsp | fsd fa0, 336(sp)
            b556 | c.fsdsp | fsd fs5, 168(sp)
            bb7a | c.fsdsp | fsd ft10, 432(sp)
            caaa | c.swsp | sw a0, 84(sp)
            d556 | c.swsp | sw s5, 168(sp)
            c9d6 | c.swsp | sw s5, 208(sp)
            eaaa | c.sdsp | sd a0, 336(sp)
            f556 | c.sdsp | sd s5, 168(sp)
            ef1e | c.sdsp | sd t2, 408(sp)
            8148 | c.lbu | lbu a0, 1(a0)
            8034 | c.lbu | lbu a3, 2(s0)
            83fc | c.lbu | lbu a5, 3(a5)
            8508 | c.lhu | lhu a0, 0(a0)
            863c | c.lhu | lhu a5, 2(a2)
            8548 | c.lh | lh a0, 0(a0)
            867c | c.lh | lh a5, 2(a2)
            8948 | c.sb | sb a0, 1(a0)
            8bbc | c.sb | sb a5, 2(a5)
            8d08 | c.sh | sh a0, 0(a0)
            8fbc | c.sh | sh a5, 2(a5)
            9d61 | c.zext.b | andi a0, a0, 255
            9fe5 | c.sext.b | sext.b a5, a5
            9c69 | c.zext.h | zext.h s0, s0
            9d6d | c.sext.h | sext.h a0, a0
            9d71 | c.zext.w | add.uw a0, a0, zero
            9d75 | c.not | xori a0, a0, -1
            9d4d | c.mul | mul a0, a0, a1
            6081 | c.mop | addi zero, zero, 0
            6781 | c.mop | addi zero, zero, 0
            """)
    void halvesExpandToTheirBaseInstruction(String word, String compressed, String base) {
        int half = Integer.parseInt(word, 16);
        Instruction instruction = Decoder.decode(half);
        assertEquals(base, Disassembler.text(instruction));
        assertEquals(2, instruction.length());
        CompressedOp row = CompressedOp.valueOf(compressed.toUpperCase().replace('.', '_'));
        assertTrue(row.pattern().matches(half), row.name());
    }
}
