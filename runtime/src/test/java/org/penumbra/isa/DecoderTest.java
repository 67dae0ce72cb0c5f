// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Sweeps of encodings against rules written from the manual without the tables.
final class DecoderTest {
    private static final long SEED = 20252;

    @Test
    void everyCompressedEncodingDecodesAsTheManualAllows() {
        for (int half = 0; half < 1 << 16; half++) {
            if ((half & 3) == 3) {
                continue;
            }
            int bits = half;
            Instruction instruction = Decoder.decode(0xabcd_0000 | half);
            assertEquals(reserved(half), instruction.op() == SystemOp.ILLEGAL, () -> "%04x".formatted(bits));
            assertEquals(2, instruction.length());
            assertEquals(half, instruction.bits(), "upper bits belong to the next instruction");
        }
    }

    /// Reserved or unused encodings of RV64DC with Zcb and Zcmop: the chapters "C", "Zc*" and "Zimop" of the unprivileged
    /// specification, instruction listings.
    private static boolean reserved(int half) {
        int quadrant = half & 3;
        int funct3 = half >>> 13;
        int rd = half >>> 7 & 31;
        boolean bit12 = (half >>> 12 & 1) != 0;
        boolean noImmediate = (half & 0x107c) == 0;
        return switch (quadrant << 3 | funct3) {
            case 0b00_000 -> (half & 0x1fe0) == 0;
            case 0b00_100 -> bit12 || (half & 0x0c40) == 0x0c40;
            case 0b01_001 -> rd == 0;
            case 0b01_011 -> noImmediate && (rd & 0x11) != 1;
            case 0b01_100 -> (half & 0x0c00) == 0x0c00 && bit12 && (half & 0x78) == 0x78;
            case 0b10_010, 0b10_011 -> rd == 0;
            case 0b10_100 -> !bit12 && rd == 0 && (half >>> 2 & 31) == 0;
            default -> false;
        };
    }

    @Test
    void compressedHintsHaveNoEffect() {
        int hints = 0;
        for (int half = 0; half < 1 << 16; half++) {
            int rd = half >>> 7 & 31;
            int rs2 = half >>> 2 & 31;
            boolean noImmediate = (half & 0x107c) == 0;
            boolean hint = switch (half & 0xe003) {
                case 0x0001 -> rd == 0 || noImmediate;                  // c.nop, c.addi by 0
                case 0x4001, 0x0002 -> rd == 0;                         // c.li, c.slli
                case 0x6001 -> rd == 0 && !noImmediate;                 // c.lui
                case 0x8002 -> rd == 0 && rs2 != 0;                     // c.mv, c.add
                default -> false;
            };
            if (hint) {
                hints++;
                Instruction instruction = Decoder.decode(half);
                boolean adds0 = instruction.op() == ImmediateOp.ADDI && instruction.immediate() == 0
                        && instruction.rd() == instruction.rs1();
                assertTrue(instruction.writes() == 0 || adds0, instruction::toString);
                assertTrue(instruction.op() instanceof ImmediateOp || instruction.op() instanceof RegisterOp
                        || instruction.op() == UpperOp.LUI, instruction::toString);
            }
        }
        assertEquals(64 + 31 + 64 + 64 + 63 + 62, hints);
    }

    @Test
    void sweepOfMajorAndMinorOpcodesNeverThrows() {
        var random = new Random(SEED);
        int legal = 0;
        for (int opcode = 0; opcode < 32; opcode++) {
            for (int minor = 0; minor < 1 << 10; minor++) {                 // funct7 and funct3
                for (int i = 0; i < 8; i++) {
                    int fields = i == 0 ? 0 : random.nextInt() & 0x01ff_8f80;
                    int bits = minor >>> 3 << 25 | (minor & 7) << 12 | opcode << 2 | 3 | fields;
                    Instruction instruction = Decoder.decode(bits);
                    assertEquals(4, instruction.length());
                    assertEquals(bits, instruction.bits());
                    assertFalse(instruction.toString().isEmpty());
                    if (instruction.op() != SystemOp.ILLEGAL) {
                        legal++;
                        assertEquals(instruction.op().pattern().match(), bits & instruction.op().pattern().mask());
                    }
                }
            }
        }
        assertTrue(legal > 32 * 1024, "only " + legal + " legal words");
    }

    @Test
    void reservedEncodingsAreIllegal() {
        List<Integer> reserved = List.of(
                0x0000_0000, 0xffff_ffff, 0x0000_001f,                      // zeros, ones, a 48-bit length
                AtomicOp.LR_W.encode(1, 2, 0, 0, 0, 0) | 1 << 20,           // lr with rs2
                AtomicOp.LR_D.encode(1, 2, 0, 0, 0, 3) | 31 << 20,
                SystemOp.SFENCE_VMA.encode(0, 1, 2, 0, 0, 0) | 1 << 7,      // rd
                SystemOp.SINVAL_VMA.encode(0, 1, 2, 0, 0, 0) | 1 << 7,
                0x0000_0073 | 1 << 7, 0x0000_0073 | 1 << 15,                // ecall with rd, rs1
                0x0020_0073, 0x3020_0073 | 1 << 7, 0x1020_0073 | 1 << 15,   // uret, mret with rd, sret with rs1
                0x1050_0073 | 1 << 15, 0x7b20_0073, 0x1040_0073,            // wfi with rs1, dret, sfence.vm
                0x0000_4073,                                                // funct3 4 of SYSTEM (Zimop, H)
                ImmediateOp.SLLIW.encode(1, 2, 0, 0, 0, 0) | 1 << 25,       // 6-bit distance of a word shift
                ImmediateOp.SRAIW.encode(1, 2, 0, 0, 0, 0) | 1 << 25,
                ImmediateOp.RORIW.encode(1, 2, 0, 0, 0, 0) | 1 << 25,
                0x0000_2063, 0x0000_3063,                                   // branches 2 and 3
                0x0000_7003, 0x0000_4023, 0x0000_1067,                      // load 7, store 4, jalr 1
                0x0000_0007, 0x0000_4007, 0x0000_4027,                      // vector and quad float loads, stores
                0x0600_0053, 0x2600_0053,                                   // quad arithmetic
                0x5810_0053, 0x2000_3053, 0x2800_4053, 0xa000_3053,         // sqrt with rs2, sgnj 3, min 4, compare 3
                0xe010_0053, 0xe000_2053, 0xf020_0053, 0xf000_1053,         // fmv.x.w with rs2, class 2, fmv.w.x
                0x4000_0053, 0x4010_0053 | 1 << 25, 0xc040_0053, 0xd040_0053, // fcvt between equals, from nowhere
                0x0030_200f, 0x0050_200f, 0x0000_208f, 0x0000_300f,         // cbo 3 and 5, cbo with rd, misc-mem 3
                0x1000_002f, 0x1800_102f, 0x0000_402f, 0x3000_202f,         // lr, sc of bytes, half-words; amoadd of quads; functions
                AtomicOp.AMOCAS_Q.encode(2, 3, 4, 0, 0, 0) | 1 << 7,        // pairs that begin with an odd register
                AtomicOp.AMOCAS_Q.encode(2, 3, 4, 0, 0, 0) | 1 << 20);
        for (int bits : reserved) {
            assertEquals(SystemOp.ILLEGAL, Decoder.decode(bits).op(), () -> "%08x".formatted(bits));
        }
    }

    @Test
    void fieldsThatImplementationsIgnoreAreIgnored() {
        for (int bits : new int[] {0x0000_000f, 0x8330_000f, 0xffff_8f8f, 0x0100_000f}) {
            assertEquals(SystemOp.FENCE, Decoder.decode(bits).op());
            assertEquals(bits >>> 20, Decoder.decode(bits).immediate());
            assertEquals(0, Decoder.decode(bits).writes() | Decoder.decode(bits).reads());
        }
        assertEquals(SystemOp.FENCE_I, Decoder.decode(0xffff_9f8f).op());
    }

    @Test
    void reservedRoundingModesDecode() {
        for (FloatOp op : FloatOp.values()) {
            for (int rm = 0; rm < 8 && op.pattern().hasRm(); rm++) {
                assertEquals(op, Decoder.decode(op.encode(1, 2, 3, 4, rm, 0)).op());
                assertEquals(rm, Decoder.decode(op.encode(1, 2, 3, 4, rm, 0)).rm());
            }
        }
    }

    @Test
    void everyCsrNumberDecodes() {
        for (CsrOp op : CsrOp.values()) {
            for (int csr = 0; csr < 4096; csr++) {
                assertEquals(csr, Decoder.decode(op.encode(1, 2, 0, 0, 0, csr)).immediate());
            }
        }
    }

    @Test
    void prefetchHintsAreOriToX0() {
        Instruction prefetch = Decoder.decode(0x0215_6013);                 // prefetch.r 32(a0)
        assertEquals(ImmediateOp.ORI, prefetch.op());
        assertEquals(0, prefetch.writes());
    }

    @Test
    void lengthsFollowTheLowBits() {
        assertEquals(2, Decoder.length(0x4501));
        assertEquals(4, Decoder.length(0x0000_0013));
        assertEquals(2, Decoder.decode(0x0000).length());
        assertNotEquals(2, Decoder.decode(0xffff_ffff).length());
    }
}
