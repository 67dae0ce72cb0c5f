// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Assembler text of known words, one or two of each format.
final class DisassemblerTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            00a58533 | add a0, a1, a0
            0ad54ab3 | min s5, a0, a3
            0ec5d533 | czero.eqz a0, a1, a2
            0ec5f533 | czero.nez a0, a1, a2
            81c5c573 | mop.r.0 a0, a1
            cdf5c573 | mop.r.31 a0, a1
            82c5c573 | mop.rr.0 a0, a1, a2
            cec5c573 | mop.rr.7 a0, a1, a2
            fff50513 | addi a0, a0, -1
            43f5d593 | srai a1, a1, 63
            60051513 | clz a0, a0
            fffff537 | lui a0, 0xfffff
            12345517 | auipc a0, 0x12345
            ff843783 | ld a5, -8(s0)
            00853507 | fld fa0, 8(a0)
            00112623 | sw ra, 12(sp)
            00a52427 | fsw fa0, 8(a0)
            fe0506e3 | beq a0, zero, pc - 20
            008000ef | jal ra, pc + 8
            00008067 | jalr zero, 0(ra)
            1005252f | lr.w a0, (a0)
            1ea5b52f | sc.d.aqrl a0, a0, (a1)
            04a5a52f | amoadd.w.aq a0, a0, (a1)
            02a5a52f | amoadd.w.rl a0, a0, (a1)
            30529073 | csrrw zero, 0x305, t0
            30046073 | csrrsi zero, 0x300, 8
            0330000f | fence rw, rw
            8330000f | fence rw, rw
            0000000f | fence 0, 0
            0000100f | fence.i
            12b50073 | sfence.vma a0, a1
            18000073 | sfence.w.inval
            0045a00f | cbo.zero (a1)
            30200073 | mret
            02a5f553 | fadd.d fa0, fa1, fa0
            02a58553 | fadd.d fa0, fa1, fa0, rne
            02a5d553 | fadd.d fa0, fa1, fa0, rm5
            68b5f543 | fmadd.s fa0, fa1, fa1, fa3
            5a057553 | fsqrt.d fa0, fa0
            22b51553 | fsgnjn.d fa0, fa0, fa1
            a2b52553 | feq.d a0, fa0, fa1
            e2051553 | fclass.d a0, fa0
            c2251553 | fcvt.l.d a0, fa0, rtz
            d2257553 | fcvt.d.l fa0, a0
            f2050553 | fmv.d.x fa0, a0
            4501     | addi a0, zero, 0
            8082     | jalr zero, 0(ra)
            1101     | addi sp, sp, -32
            9002     | ebreak
            0000     | .half 0x0000
            ffffffff | .word 0xffffffff
            """)
    void wordsHaveTheirText(String word, String text) {
        assertEquals(text, Disassembler.text(Decoder.decode(Integer.parseUnsignedInt(word, 16))));
    }

    @Test
    void targetsAreAbsoluteWhereThePcIsKnown() {
        assertEquals("jal ra, 0x80000008", Disassembler.text(Decoder.decode(0x008000ef), 0x8000_0000L));
        assertEquals("beq a0, zero, 0xffffffffffffffec", Disassembler.text(Decoder.decode(0xfe0506e3), 0));
    }

    @Test
    void csrsAreNamedByWhomeverKnowsThem() {
        assertEquals("csrrw zero, mtvec, t0", Disassembler.text(Decoder.decode(0x30529073), 0,
                number -> number == 0x305 ? "mtvec" : "?"));
    }
}
