// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static java.math.BigInteger.ONE;
import static java.math.BigInteger.TWO;
import static java.math.BigInteger.ZERO;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.penumbra.isa.fp.FloatStatus;

/// Meaning of every integer operation against definitions over mathematical integers, written from the manual.
final class SemanticsTest {
    private static final long SEED = 20254;
    private static final int RANDOM_VALUES = 400;
    private static final long[] SPECIAL = {0, 1, 2, 3, 5, 7, 8, 31, 32, 33, 63, 64, 65, 0x7f, 0x80, 0xff, 0x100, 0x7fff,
        0x8000, 0xffff, 0x1_0000, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL, 0x1_0000_0000L, 0x7fff_ffff_ffffL,
        0x0123_4567_89ab_cdefL, 0x0100_0000_0000_0080L, 0x8080_8080_8080_8080L, 0x00ff_00ff_00ff_00ffL,
        Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1, -1, -2, -3, -31, -32, -33, -63, -64, -65, -128, -129, -256,
        -32768, -32769, -65536, 0xffff_ffff_8000_0000L, 0xffff_ffff_7fff_ffffL, 0xffff_ffff_0000_0000L,
        0x5555_5555_5555_5555L, 0xaaaa_aaaa_aaaa_aaaaL, 0x8000_0000_8000_0000L};

    private interface Check {
        void of(long a, long b);
    }

    private static BigInteger signed(long value) {
        return BigInteger.valueOf(value);
    }

    private static BigInteger unsigned(long value) {
        return value < 0 ? signed(value).add(ONE.shiftLeft(64)) : signed(value);
    }

    private static BigInteger signedWord(long value) {
        BigInteger low = unsignedWord(value);
        return low.testBit(31) ? low.subtract(ONE.shiftLeft(32)) : low;
    }

    private static BigInteger unsignedWord(long value) {
        return unsigned(value).mod(ONE.shiftLeft(32));
    }

    /// Low `bits` bits of `value`, sign-extended.
    private static long extend(BigInteger value, int bits) {
        BigInteger low = value.mod(ONE.shiftLeft(bits));
        return (low.testBit(bits - 1) ? low.subtract(ONE.shiftLeft(bits)) : low).longValueExact();
    }

    private static BigInteger power(long exponent) {
        return TWO.pow((int) exponent);
    }

    /// Quotient rounded towards zero.
    private static BigInteger quotient(BigInteger a, BigInteger b) {
        BigInteger magnitude = a.abs().divide(b.abs());
        return a.signum() * b.signum() < 0 ? magnitude.negate() : magnitude;
    }

    private static BigInteger divide(BigInteger a, BigInteger b) {
        return b.signum() == 0 ? ONE.negate() : quotient(a, b);
    }

    private static BigInteger remainder(BigInteger a, BigInteger b) {
        return b.signum() == 0 ? a : a.subtract(quotient(a, b).multiply(b));
    }

    private static BigInteger floorShift(BigInteger a, long distance) {
        BigInteger[] parts = a.divideAndRemainder(power(distance));
        return parts[1].signum() < 0 ? parts[0].subtract(ONE) : parts[0];
    }

    /// Rotation of an unsigned number of `width` bits to the left.
    private static BigInteger rotate(BigInteger a, long distance, int width) {
        BigInteger product = a.multiply(power(Math.floorMod(distance, (long) width)));
        return product.mod(power(width)).add(product.divide(power(width)));
    }

    /// The value of rd, or null for a name without a definition.
    private static BigInteger register(String name, long a, long b) {
        long d = unsigned(b).mod(power(6)).longValue();
        long dw = unsigned(b).mod(power(5)).longValue();
        BigInteger bit = power(d);
        boolean set = unsigned(a).testBit((int) d);
        BigInteger lessSigned = signed(a).compareTo(signed(b)) < 0 ? ONE : ZERO;
        BigInteger lessUnsigned = unsigned(a).compareTo(unsigned(b)) < 0 ? ONE : ZERO;
        return switch (name) {
            case "ADD", "ADDW" -> signed(a).add(signed(b));
            case "SUB", "SUBW" -> signed(a).subtract(signed(b));
            case "SLL" -> signed(a).multiply(power(d));
            case "SLLW" -> signedWord(a).multiply(power(dw));
            case "SRL" -> unsigned(a).divide(power(d));
            case "SRLW" -> unsignedWord(a).divide(power(dw));
            case "SRA" -> floorShift(signed(a), d);
            case "SRAW" -> floorShift(signedWord(a), dw);
            case "SLT" -> lessSigned;
            case "SLTU" -> lessUnsigned;
            case "XOR" -> signed(a).xor(signed(b));
            case "OR" -> signed(a).or(signed(b));
            case "AND" -> signed(a).and(signed(b));
            case "ANDN" -> signed(a).and(signed(b).not());
            case "ORN" -> signed(a).or(signed(b).not());
            case "XNOR" -> signed(a).xor(signed(b)).not();
            case "MUL", "MULW" -> signed(a).multiply(signed(b));
            case "MULH" -> floorShift(signed(a).multiply(signed(b)), 64);
            case "MULHSU" -> floorShift(signed(a).multiply(unsigned(b)), 64);
            case "MULHU" -> floorShift(unsigned(a).multiply(unsigned(b)), 64);
            case "DIV" -> divide(signed(a), signed(b));
            case "DIVU" -> divide(unsigned(a), unsigned(b));
            case "REM" -> remainder(signed(a), signed(b));
            case "REMU" -> remainder(unsigned(a), unsigned(b));
            case "DIVW" -> divide(signedWord(a), signedWord(b));
            case "DIVUW" -> divide(unsignedWord(a), unsignedWord(b));
            case "REMW" -> remainder(signedWord(a), signedWord(b));
            case "REMUW" -> remainder(unsignedWord(a), unsignedWord(b));
            case "ADD_UW" -> unsignedWord(a).add(signed(b));
            case "SH1ADD" -> signed(a).multiply(power(1)).add(signed(b));
            case "SH2ADD" -> signed(a).multiply(power(2)).add(signed(b));
            case "SH3ADD" -> signed(a).multiply(power(3)).add(signed(b));
            case "SH1ADD_UW" -> unsignedWord(a).multiply(power(1)).add(signed(b));
            case "SH2ADD_UW" -> unsignedWord(a).multiply(power(2)).add(signed(b));
            case "SH3ADD_UW" -> unsignedWord(a).multiply(power(3)).add(signed(b));
            case "MIN" -> signed(a).min(signed(b));
            case "MAX" -> signed(a).max(signed(b));
            case "MINU" -> unsigned(a).min(unsigned(b));
            case "MAXU" -> unsigned(a).max(unsigned(b));
            case "ROL" -> rotate(unsigned(a), d, 64);
            case "ROR" -> rotate(unsigned(a), -d, 64);
            case "ROLW" -> rotate(unsignedWord(a), dw, 32);
            case "RORW" -> rotate(unsignedWord(a), -dw, 32);
            case "BSET" -> set ? unsigned(a) : unsigned(a).add(bit);
            case "BCLR" -> set ? unsigned(a).subtract(bit) : unsigned(a);
            case "BINV" -> set ? unsigned(a).subtract(bit) : unsigned(a).add(bit);
            case "BEXT" -> set ? ONE : ZERO;
            case "CZERO_EQZ" -> signed(b).signum() == 0 ? ZERO : signed(a);
            case "MOP_RR" -> ZERO;
            case "CZERO_NEZ" -> signed(b).signum() == 0 ? signed(a) : ZERO;
            default -> null;
        };
    }

    /// Number of zeros above the highest bit of `value`, by search.
    private static BigInteger leadingZeros(BigInteger value, int width) {
        int zeros = 0;
        while (zeros < width && !value.testBit(width - 1 - zeros)) {
            zeros++;
        }
        return signed(zeros);
    }

    private static BigInteger trailingZeros(BigInteger value, int width) {
        int zeros = 0;
        while (zeros < width && !value.testBit(zeros)) {
            zeros++;
        }
        return signed(zeros);
    }

    private static BigInteger ones(BigInteger value, int width) {
        int ones = 0;
        for (int i = 0; i < width; i++) {
            ones += value.testBit(i) ? 1 : 0;
        }
        return signed(ones);
    }

    private static BigInteger immediate(String name, long a, long imm) {
        String registerForm = switch (name) {
            case "SLTIU" -> "SLTU";
            case "ADDIW", "SLLIW", "SRLIW", "SRAIW", "RORIW" -> name.replace("IW", "W");
            default -> name.endsWith("I") ? name.substring(0, name.length() - 1) : "";
        };
        if (!registerForm.isEmpty()) {
            return register(registerForm, a, imm);
        }
        BigInteger result = ZERO;
        return switch (name) {
            case "SLLI_UW" -> unsignedWord(a).multiply(power(imm));
            case "MOP_R" -> ZERO;
            case "CLZ" -> leadingZeros(unsigned(a), 64);
            case "CLZW" -> leadingZeros(unsignedWord(a), 32);
            case "CTZ" -> trailingZeros(unsigned(a), 64);
            case "CTZW" -> trailingZeros(unsignedWord(a), 32);
            case "CPOP" -> ones(unsigned(a), 64);
            case "CPOPW" -> ones(unsignedWord(a), 32);
            case "SEXT_B" -> signed(extend(unsigned(a), 8));
            case "SEXT_H" -> signed(extend(unsigned(a), 16));
            case "ZEXT_H" -> unsigned(a).mod(power(16));
            case "REV8" -> {
                for (int i = 0; i < 8; i++) {
                    result = result.shiftLeft(8).add(unsigned(a).shiftRight(8 * i).mod(power(8)));
                }
                yield result;
            }
            case "ORC_B" -> {
                for (int i = 0; i < 8; i++) {
                    if (unsigned(a).shiftRight(8 * i).mod(power(8)).signum() != 0) {
                        result = result.add(signed(255).shiftLeft(8 * i));
                    }
                }
                yield result;
            }
            default -> null;
        };
    }

    private static void overValues(Check check) {
        for (long a : SPECIAL) {
            for (long b : SPECIAL) {
                check.of(a, b);
            }
        }
        var random = new Random(SEED);
        for (int i = 0; i < RANDOM_VALUES; i++) {
            long a = random.nextLong() >> random.nextInt(64);
            long b = random.nextLong() >> random.nextInt(64);
            check.of(a, b);
            check.of(a, a);
            check.of(a, SPECIAL[random.nextInt(SPECIAL.length)]);
        }
    }

    private static String at(Object op, long a, long b) {
        return "%s of 0x%x, 0x%x".formatted(op, a, b);
    }

    @Test
    void registerOperationsAgreeWithTheirDefinitions() {
        for (RegisterOp op : RegisterOp.values()) {
            boolean word = op.name().endsWith("W") && !op.name().endsWith("_UW");
            overValues((a, b) -> assertEquals(extend(register(op.name(), a, b), word ? 32 : 64), op.apply(a, b),
                    () -> at(op, a, b)));
        }
    }

    @Test
    void immediateOperationsAgreeWithTheirDefinitions() {
        for (ImmediateOp op : ImmediateOp.values()) {
            boolean word = op.name().endsWith("IW");
            int distances = op.format() != Format.SHIFT ? 0 : word ? 32 : 64;
            overValues((a, b) -> {
                long imm = distances == 0 ? extend(unsigned(b), 12) : Math.floorMod(b, distances);
                assertEquals(extend(immediate(op.name(), a, imm), word ? 32 : 64), op.apply(a, imm),
                        () -> at(op, a, imm));
            });
        }
    }

    @Test
    void branchesAgreeWithTheirDefinitions() {
        for (BranchOp op : BranchOp.values()) {
            overValues((a, b) -> {
                int order = op.name().endsWith("U") ? unsigned(a).compareTo(unsigned(b)) : signed(a).compareTo(signed(b));
                boolean taken = switch (op) {
                    case BEQ -> order == 0;
                    case BNE -> order != 0;
                    case BLT, BLTU -> order < 0;
                    case BGE, BGEU -> order >= 0;
                };
                assertEquals(taken, op.test(a, b), () -> at(op, a, b));
            });
        }
    }

    @Test
    void jumpsAndUpperImmediatesAgreeWithTheirDefinitions() {
        overValues((a, b) -> {
            long upper = extend(unsigned(b).shiftLeft(12), 32);
            assertEquals(upper, UpperOp.LUI.apply(a, upper));
            assertEquals(extend(unsigned(a).add(signed(upper)), 64), UpperOp.AUIPC.apply(a, upper));
            long offset = extend(unsigned(b), 12);
            long sum = extend(unsigned(a).add(signed(offset)), 64);
            assertEquals(sum, JumpOp.JAL.target(a, b, offset));
            assertEquals(unsigned(sum).testBit(0) ? sum - 1 : sum, JumpOp.JALR.target(b, a, offset));
        });
    }

    /// Constants in the order of the manual's table; the second and the last three are not numbers to be written down.
    @Test
    void floatConstantsAreThoseOfTheTable() {
        String[] table = ("-1 min 1.52587890625e-05 3.0517578125e-05 0.00390625 0.0078125 0.0625 0.125 0.25 0.3125 0.375 "
                + "0.4375 0.5 0.625 0.75 0.875 1 1.25 1.5 1.75 2 2.5 3 4 8 16 128 256 32768 65536 Infinity NaN").split(" ");
        for (int i = 0; i < 32; i++) {
            double value = table[i].equals("min") ? 0 : Double.parseDouble(table[i]);
            assertEquals(i == 1 ? 0x0010_0000_0000_0000L : Double.doubleToLongBits(value), UpperOp.FLI_D.apply(0, i));
            assertEquals(0xffff_ffff_0000_0000L | (i == 1 ? 0x0080_0000 : Float.floatToIntBits((float) value)),
                    UpperOp.FLI_S.apply(0, i));
            int half = i == 1 ? 0x0400 : i == 29 ? 0x7c00 : Float.floatToFloat16((float) value) & 0xffff;
            assertEquals(0xffff_ffff_ffff_0000L | half, UpperOp.FLI_H.apply(0, i));
        }
    }

    @Test
    void loadsExtendTheirValue() {
        for (LoadOp op : LoadOp.values()) {
            overValues((a, b) -> {
                BigInteger raw = unsigned(a).mod(power(8 * op.size()));
                long expected = switch (op) {
                    case LB, LH, LW, LD -> extend(raw, 8 * op.size());
                    case LBU, LHU, LWU, FLD -> raw.longValue();
                    case FLW -> raw.add(power(64)).subtract(power(32)).longValue();
                    case FLH -> raw.add(power(64)).subtract(power(16)).longValue();
                };
                assertEquals(expected, op.extend(raw.longValue()), () -> at(op, a, 0));
            });
        }
    }

    @Test
    void atomicOperationsAgreeWithTheirDefinitions() {
        for (AtomicOp op : AtomicOp.values()) {
            int bits = Math.min(64, 8 * op.size());
            overValues((a, b) -> {
                long old = extend(unsigned(a), bits);
                long operand = extend(unsigned(b), bits);
                BigInteger oldUnsigned = unsigned(old).mod(power(bits));
                BigInteger operandUnsigned = unsigned(operand).mod(power(bits));
                BigInteger stored = switch (op) {
                    case LR_W, LR_D -> signed(old);
                    case SC_W, SC_D, AMOCAS_B, AMOCAS_H, AMOCAS_W, AMOCAS_D, AMOCAS_Q,
                            AMOSWAP_B, AMOSWAP_H, AMOSWAP_W, AMOSWAP_D -> signed(operand);
                    case AMOADD_B, AMOADD_H, AMOADD_W, AMOADD_D -> signed(old).add(signed(operand));
                    case AMOXOR_B, AMOXOR_H, AMOXOR_W, AMOXOR_D -> signed(old).xor(signed(operand));
                    case AMOAND_B, AMOAND_H, AMOAND_W, AMOAND_D -> signed(old).and(signed(operand));
                    case AMOOR_B, AMOOR_H, AMOOR_W, AMOOR_D -> signed(old).or(signed(operand));
                    case AMOMIN_B, AMOMIN_H, AMOMIN_W, AMOMIN_D -> signed(old).min(signed(operand));
                    case AMOMAX_B, AMOMAX_H, AMOMAX_W, AMOMAX_D -> signed(old).max(signed(operand));
                    case AMOMINU_B, AMOMINU_H, AMOMINU_W, AMOMINU_D -> oldUnsigned.min(operandUnsigned);
                    case AMOMAXU_B, AMOMAXU_H, AMOMAXU_W, AMOMAXU_D -> oldUnsigned.max(operandUnsigned);
                };
                assertEquals(extend(stored, bits), extend(unsigned(op.combine(old, b)), bits), () -> at(op, old, b));
            });
        }
    }

    @Test
    void csrOperationsAgreeWithTheirDefinitions() {
        for (CsrOp op : CsrOp.values()) {
            assertEquals(op.name().endsWith("I"), op.immediateSource());
            overValues((a, b) -> {
                BigInteger value = switch (op) {
                    case CSRRW, CSRRWI -> signed(b);
                    case CSRRS, CSRRSI -> signed(a).or(signed(b));
                    case CSRRC, CSRRCI -> signed(a).andNot(signed(b));
                };
                assertEquals(value.longValue(), op.combine(a, b), () -> at(op, a, b));
            });
        }
    }

    @Test
    void csrAccessesWithX0OrZeroDoNotReadOrWrite() {
        for (CsrOp op : CsrOp.values()) {
            boolean swap = op == CsrOp.CSRRW || op == CsrOp.CSRRWI;
            assertEquals(!swap, op.reads(0), op.name());
            assertEquals(swap, op.writes(0), op.name());
            assertTrue(op.reads(1) && op.writes(1), op.name());
        }
    }

    @Test
    void floatMovesCopyBitsAndNanBox() {
        var status = new FloatStatus();
        overValues((a, b) -> {
            assertEquals(extend(unsigned(a), 32), FloatOp.FMV_X_W.apply(a, b, b, 7, status));
            assertEquals(unsignedWord(a).add(power(64)).subtract(power(32)).longValue(),
                    FloatOp.FMV_W_X.apply(a, b, b, 7, status));
            assertEquals(a, FloatOp.FMV_X_D.apply(a, b, b, 7, status));
            assertEquals(a, FloatOp.FMV_D_X.apply(a, b, b, 7, status));
            assertEquals(extend(unsigned(a), 16), FloatOp.FMV_X_H.apply(a, b, b, 7, status));
            assertEquals(unsigned(a).mod(power(16)).add(power(64)).subtract(power(16)).longValue(),
                    FloatOp.FMV_H_X.apply(a, b, b, 7, status));
        });
        assertEquals(0, status.flags);
    }
}
