// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Decoder and disassembler against GNU objdump, legality and text; skipped where binutils for RISC-V are missing.
final class ObjdumpComparisonTest {
    private static final long SEED = 20253;
    /// Extensions that binutils 2.40 does not know.
    private static final Set<Extension> UNKNOWN_TO_BINUTILS = EnumSet.of(Extension.ZICOND, Extension.ZIMOP,
            Extension.ZCB, Extension.ZCMOP, Extension.ZABHA, Extension.ZACAS, Extension.ZFA);
    private static final Set<FloatOp> EXACT = EnumSet.of(FloatOp.FCVT_D_S, FloatOp.FCVT_D_W, FloatOp.FCVT_D_WU,
            FloatOp.FCVT_S_H, FloatOp.FCVT_D_H);
    private static final Pattern HEX_OPERAND = Pattern.compile("(?<=,)0x[0-9a-f]+$");

    @TempDir
    private Path directory;

    @BeforeAll
    static void binutilsForRiscvAreInstalled() {
        assumeTrue(GnuDisassembly.available(), "riscv64-unknown-elf-objdump is not installed");
    }

    @Test
    void allCompressedEncodingsAgreeWithObjdump() throws IOException, InterruptedException {
        int[] halves = IntStream.range(0, 1 << 16).filter(half -> (half & 3) != 3).toArray();
        List<GnuDisassembly.Line> lines = GnuDisassembly.of(halves, 2, directory);
        assertEquals(halves.length, lines.size());
        var differences = new ArrayList<String>();
        for (GnuDisassembly.Line line : lines) {
            Instruction instruction = Decoder.decode(line.bits());
            if (line.illegal() && UNKNOWN_TO_BINUTILS.contains(Decoder.extension(line.bits()))) {
                continue;
            }
            // binutils decodes c.addi16sp by 0, which the manual reserves.
            boolean illegal = line.illegal() || line.text().equals("c.addi16sp sp,0");
            String expected = illegal ? ".half 0x%04x".formatted(line.bits()) : expand(line.text());
            compare(differences, line, expected, Disassembler.text(instruction, line.pc()));
        }
        assertEquals(List.of(), differences);
    }

    /// Base instruction that objdump's compressed one stands for, written down from the manual's descriptions.
    private static String expand(String text) {
        String[] parts = text.split(" ", 2);
        String name = parts[0].substring(2);
        String operands = parts.length < 2 ? "" : parts[1];
        String first = operands.split(",")[0];
        String rest = operands.substring(Math.min(operands.length(), first.length() + 1));
        return switch (name) {
            case "nop" -> "addi zero,zero,0";
            case "addi4spn", "addi16sp" -> name.equals("addi16sp") ? "addi sp," + operands : "addi " + operands;
            case "lwsp", "ldsp", "swsp", "sdsp", "fldsp", "fsdsp" -> name.replace("sp", "") + " " + operands;
            case "li" -> "addi " + first + ",zero," + rest;
            case "mv" -> "add " + first + ",zero," + rest;
            case "addi", "addiw", "andi", "add", "addw", "sub", "subw", "and", "or", "xor", "slli", "srli", "srai" ->
                name + " " + first + "," + operands;
            case "slli64", "srli64", "srai64" -> name.replace("64", "") + " " + first + "," + first + ",0";
            case "j" -> "jal zero," + operands;
            case "jr" -> "jalr zero,0(" + first + ")";
            case "jalr" -> "jalr ra,0(" + first + ")";
            case "beqz" -> "beq " + first + ",zero," + rest;
            case "bnez" -> "bne " + first + ",zero," + rest;
            default -> name + (operands.isEmpty() ? "" : " " + operands);
        };
    }

    @Test
    void randomWordsAgreeWithObjdump() throws IOException, InterruptedException {
        var random = new Random(SEED);
        int[] words = IntStream.generate(() -> word(random)).limit(200_000).toArray();
        List<GnuDisassembly.Line> lines = GnuDisassembly.of(words, 4, directory);
        assertEquals(words.length, lines.size());
        var differences = new ArrayList<String>();
        int legal = 0;
        for (GnuDisassembly.Line line : lines) {
            Instruction instruction = Decoder.decode(line.bits());
            String expected = line.text();
            String actual = Disassembler.text(instruction, line.pc());
            if (binutilsDiffers(line, instruction)) {
                continue;
            }
            if (line.illegal()) {
                expected = ".word 0x%08x".formatted(line.bits());
            } else {
                legal++;
            }
            if (instruction.op() instanceof CsrOp) {
                // binutils names CSRs, we leave that to their implementation: compare the other operands.
                expected = expected.replaceFirst(",[^,]+,", ",0x" + Long.toHexString(line.bits() >>> 20) + ",");
            }
            compare(differences, line, expected, actual);
        }
        assertEquals(List.of(), differences);
        assertTrue(legal > 80_000, "only " + legal + " legal words");
    }

    /// A third of the words is random, a third is one of our rows with random operands, a third such a row with one
    /// bit flipped.
    private static int word(Random random) {
        int bits = random.nextInt() | 3;
        int kind = random.nextInt(3);
        if (kind > 0) {
            org.penumbra.isa.Pattern pattern =
                    Operation.all().get(random.nextInt(Operation.all().size() - 1)).pattern();
            bits = bits & ~pattern.mask() | pattern.match();
            if (kind == 2) {
                bits ^= 1 << 2 + random.nextInt(30);
            }
        }
        // Five low ones begin an encoding of 48 bits or more, where objdump would lose step.
        return (bits & 0x1f) == 0x1f ? bits ^ 4 : bits;
    }

    /// Known disagreements, each with its reason.
    private static boolean binutilsDiffers(GnuDisassembly.Line line, Instruction instruction) {
        Operation op = instruction.op();
        if (line.illegal()) {
            // Younger extensions; fields that the manual says to ignore; exact conversions, whose rm field binutils wants to be 0.
            return UNKNOWN_TO_BINUTILS.contains(op.extension())
                    || op == SystemOp.FENCE && (line.bits() & 0xf00f_8f80) != 0
                    || op == SystemOp.FENCE_I && (line.bits() & 0xffff_8f80) != 0
                    || EXACT.contains(op) && instruction.rm() != 0;
        }
        // Instructions of abandoned or absent extensions that binutils decodes whatever the architecture.
        return op == SystemOp.ILLEGAL && List.of("uret", "hret", "dret", "sfence.vm").contains(line.text().split(" ")[0]);
    }

    private static void compare(List<String> differences, GnuDisassembly.Line line, String expected, String actual) {
        if (expected.equals(actual.replace(", ", ","))) {
            return;
        }
        String gnu = normalised(expected.replace("unknown,unknown", "0,0").replaceFirst("unknown,(?=[iorw])", "0,")
                .replaceFirst("(fence [iorw]+,)unknown", "$10"));
        String ours = normalised(actual.replace(", ", ",").replaceFirst(",rm[56]$", ",unknown"));
        if (ours.matches("fcvt\\.(d\\.(s|w|wu|h)|s\\.h) .*,rne")) {
            ours = ours.substring(0, ours.length() - ",rne".length());
        }
        if (!gnu.equals(ours) && differences.size() < 20) {
            differences.add("%08x: objdump '%s', ours '%s'".formatted(line.bits(), gnu, ours));
        }
    }

    /// Shift distances and targets are hexadecimal in one, decimal in the other.
    private static String normalised(String text) {
        return HEX_OPERAND.matcher(text).replaceAll(
                number -> Long.toString(Long.parseUnsignedLong(number.group().substring(2), 16)));
    }
}
