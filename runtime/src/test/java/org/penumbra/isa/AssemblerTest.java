// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Text and instructions of every row belong to each other.
final class AssemblerTest {
    private static final long BASE = 0x8000_0000L;

    private static int[] words(String text) {
        ByteBuffer bytes = ByteBuffer.wrap(Assembler.assemble(BASE, text)).order(ByteOrder.LITTLE_ENDIAN);
        int[] words = new int[bytes.remaining() / 4];
        bytes.asIntBuffer().get(words);
        return words;
    }

    @Test
    void everyRowIsAssembledFromItsDisassembly() {
        var random = new Random(1);
        for (Operation op : Operation.all()) {
            for (int tries = 0; op != SystemOp.ILLEGAL && tries < 50; tries++) {
                int bits = random.nextInt() & ~op.pattern().mask() | op.pattern().match();
                Instruction i = Decoder.decode(bits);
                // A fence has bits that its text does not show.
                int shown = op == SystemOp.FENCE || op == SystemOp.FENCE_I
                        ? op.encode(0, 0, 0, 0, 0, i.immediate() & 0xff) : bits;
                assertEquals(Integer.toHexString(shown), Integer.toHexString(words(i.toString())[0]), i.toString());
            }
        }
    }

    @Test
    void labelsMayBeUsedBeforeTheirPlace() {
        String text = """
                    j end            # forward
                loop:
                    addi a0, a0, -1
                    bnez a0, loop
                    la   a1, data + 8
                end:
                    ld   a2, 8(a1)
                    .align 8
                data: .dword data, 1 - 3
                """;
        int[] words = words(text);
        assertEquals("jal zero, 0x80000014", Disassembler.text(Decoder.decode(words[0]), BASE));
        assertEquals("bne a0, zero, 0x80000004", Disassembler.text(Decoder.decode(words[2]), BASE + 8));
        assertEquals("auipc a1, 0x0", Disassembler.text(Decoder.decode(words[3]), BASE));
        assertEquals("addi a1, a1, 20", Disassembler.text(Decoder.decode(words[4]), BASE));
        assertArrayEquals(new int[] {(int) BASE + 24, 0, -2, -1}, new int[] {words[6], words[7], words[8], words[9]});
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "-2048, 1", "2048, 2", "0x7fffffff, 2", "0x80000000, 4", "-0x80000000, 2", "0x8000000000000000, 8",
        "0x123456789abcdef0, 8", "-1, 1", "0x7ffffffff, 4"})
    void constantsAreLoadedByAsManyInstructionsAsTheyNeed(String value, int length) {
        int[] words = words("li a0, " + value);
        assertEquals(length, words.length, value);
        long a0 = 0;
        for (int word : words) {
            Instruction i = Decoder.decode(word);
            a0 = switch (i.op()) {
                case UpperOp op -> op.apply(0, i.immediate());
                case ImmediateOp op -> op.apply(i.rs1() == 0 ? 0 : a0, i.immediate());
                default -> throw new AssertionError(i);
            };
        }
        assertEquals(value.startsWith("-0x") ? -Long.decode(value.substring(1)) : value.startsWith("0x")
                ? Long.parseUnsignedLong(value.substring(2), 16) : Long.parseLong(value), a0);
    }

    @Test
    void lettersAreNumbers() {
        assertEquals("addi a0, a0, " + (1 - 'q'), Decoder.decode(words("addi a0, a0, -'q' + 1")[0]).toString());
    }

    @Test
    void symbolsAndCsrsHaveNames() {
        var assembler = new Assembler(0, name -> name.equals("mtvec") ? 0x305 : -1).define("TRAPS", 64);
        ByteBuffer bytes = ByteBuffer.wrap(assembler.assemble("start: csrw mtvec, t6\nld t0, TRAPS+8(t6)\n"))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertEquals("csrrw zero, 0x305, t6", Decoder.decode(bytes.getInt()).toString());
        assertEquals("ld t0, 72(t6)", Decoder.decode(bytes.getInt()).toString());
        assertEquals(0, assembler.value("start"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"nop\\nadi a0, a0, 1 | line 2, 'adi a0, a0, 1': no instruction of this name",
        "add a0, a1 | line 1, 'add a0, a1': wants operands 'rd, rs1, rs2'", "mv q0, a0 | line 1, 'mv q0, a0': unknown 'q0'",
        "j nowhere | line 1, 'j nowhere': no symbol 'nowhere'", "csrr a0, mtvec | line 1, 'csrr a0, mtvec': unknown 'mtvec'",
        ".org 8\\n.org 4 | line 2, '.org 4': the code is there already"})
    void mistakesAreNamedWithTheirLine(String text, String message) {
        var e = assertThrows(IllegalArgumentException.class, () -> Assembler.assemble(0, text.replace("\\n", "\n")));
        assertEquals(message, e.getMessage());
    }
}
