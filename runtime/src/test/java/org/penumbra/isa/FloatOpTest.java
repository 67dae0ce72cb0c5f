// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;
import org.penumbra.isa.fp.FloatStatus;

/// Every float row reaches its own function with its operands in place; the functions have tests of their own.
final class FloatOpTest {
    private static final long BOX = 0xffff_ffff_0000_0000L;
    private static final double[] VALUES = {0.5, -0.5, 1, -1, 3, -3, 6.25, -6.25, 36, -36, 1024.75, -1024.75};

    private final FloatStatus status = new FloatStatus();

    /// Result of the row `stem` (`FADD`, `FCVT_W`) for operands whose results are exact or truncated; NaN for a name
    /// without a definition.
    private static double expected(String stem, double a, double b, double c) {
        return switch (stem) {
            case "FADD" -> a + b;
            case "FSUB" -> a - b;
            case "FMUL" -> a * b;
            case "FDIV" -> a / b;
            case "FSQRT" -> Math.sqrt(a);
            case "FMADD" -> a * b + c;
            case "FMSUB" -> a * b - c;
            case "FNMADD" -> -(a * b) - c;
            case "FNMSUB" -> -(a * b) + c;
            case "FMINM" -> Math.min(a, b);
            case "FMAXM" -> Math.max(a, b);
            case "FROUND", "FROUNDNX" -> Math.rint(a);
            case "FLTQ" -> a < b ? 1 : 0;
            case "FLEQ" -> a <= b ? 1 : 0;
            case "FCVTMOD_W" -> (int) a;
            case "FMIN" -> Math.min(a, b);
            case "FMAX" -> Math.max(a, b);
            case "FSGNJ" -> Math.copySign(a, b);
            case "FSGNJN" -> Math.copySign(a, -b);
            case "FSGNJX" -> b < 0 ? -a : a;
            case "FEQ" -> a == b ? 1 : 0;
            case "FLT" -> a < b ? 1 : 0;
            case "FLE" -> a <= b ? 1 : 0;
            case "FCLASS" -> a < 0 ? 1 << 1 : 1 << 6;
            case "FCVT_W", "FCVT_L" -> (int) a;
            case "FCVT_WU", "FCVT_LU" -> Math.max(0, (int) a);
            default -> Double.NaN;
        };
    }

    private static long image(double value, char format) {
        return format == 'H' ? -1L << 16 | Float.floatToFloat16((float) value) & 0xffff : image(value, format == 'S');
    }

    private static long image(double value, boolean single) {
        return single ? BOX | Float.floatToRawIntBits((float) value) : Double.doubleToRawLongBits(value);
    }

    private static boolean isHalf(double value) {
        return Float.float16ToFloat(Float.floatToFloat16((float) value)) == value;
    }

    @Test
    void rowsComputeWhatTheirNamesSay() {
        int rows = 0;
        for (FloatOp op : FloatOp.values()) {
            String name = op.name();
            char format = name.charAt(name.length() - 1);
            String stem = name.substring(0, name.lastIndexOf('_'));
            if (Double.isNaN(expected(stem, 1, 1, 1))) {
                continue;
            }
            rows++;
            for (double a : VALUES) {
                for (double b : VALUES) {
                    for (double c : VALUES) {
                        double result = expected(stem, a, b, c);
                        if (Double.isNaN(result) || Double.isInfinite(result) || format == 'H' && !(isHalf(a) && isHalf(b)
                                && isHalf(c) && isHalf(result))) {
                            continue;
                        }
                        // Towards zero, as Java's casts convert; quotients and roots only where they are exact.
                        int rm = op.format().writesInteger() ? FloatStatus.RTZ : FloatStatus.RNE;
                        long actual = op.apply(image(a, format), image(b, format), image(c, format), rm, status);
                        long wanted = op.format().writesInteger() ? (long) result : image(result, format);
                        assertEquals(wanted, actual, () -> "%s of %s, %s, %s".formatted(name, a, b, c));
                    }
                }
            }
        }
        assertEquals(3 * (22 + 6) + 1, rows);
    }

    @Test
    void conversionsFromIntegersTakeTheirWidthAndSign() {
        long a = 0xffff_ffff_0000_0003L;
        assertEquals(image(3, false), FloatOp.FCVT_D_W.apply(a, 0, 0, 0, status));
        assertEquals(image(3, true), FloatOp.FCVT_S_WU.apply(a, 0, 0, 0, status));
        assertEquals(image(-0xffff_fffdL, false), FloatOp.FCVT_D_L.apply(a, 0, 0, 0, status));
        assertEquals(image(-2, false), FloatOp.FCVT_D_W.apply(-2, 0, 0, 0, status));
        assertEquals(image(-2, true), FloatOp.FCVT_S_W.apply(-2, 0, 0, 0, status));
        assertEquals(image(-2, false), FloatOp.FCVT_D_L.apply(-2, 0, 0, 0, status));
        assertEquals(image(-2, true), FloatOp.FCVT_S_L.apply(-2, 0, 0, 0, status));
        assertEquals(image(0xffff_fffeL, false), FloatOp.FCVT_D_WU.apply(-2, 0, 0, 0, status));
        assertEquals(0, status.flags);
        assertEquals(image(0x1p32, true), FloatOp.FCVT_S_WU.apply(-2, 0, 0, 0, status));
        assertEquals(image(0x1p64, false), FloatOp.FCVT_D_LU.apply(-2, 0, 0, 0, status));
        assertEquals(image(0x1p64, true), FloatOp.FCVT_S_LU.apply(-2, 0, 0, 0, status));
        assertEquals(FloatStatus.NX, status.flags);
    }

    @Test
    void integerConversionsSaturateAtTheirOwnWidth() {
        long huge = image(0x1p70, false);
        assertEquals(Integer.MAX_VALUE, FloatOp.FCVT_W_D.apply(huge, 0, 0, 0, status));
        assertEquals(-1, FloatOp.FCVT_WU_D.apply(huge, 0, 0, 0, status));
        assertEquals(Long.MAX_VALUE, FloatOp.FCVT_L_D.apply(huge, 0, 0, 0, status));
        assertEquals(-1, FloatOp.FCVT_LU_D.apply(huge, 0, 0, 0, status));
        long large = image(0x1p32, true);
        assertEquals(Integer.MAX_VALUE, FloatOp.FCVT_W_S.apply(large, 0, 0, 0, status));
        assertEquals(-1, FloatOp.FCVT_WU_S.apply(large, 0, 0, 0, status));
        assertEquals(FloatStatus.NV, status.flags);
        assertEquals(1L << 32, FloatOp.FCVT_L_S.apply(large, 0, 0, 0, status));
        assertEquals(1L << 32, FloatOp.FCVT_LU_S.apply(large, 0, 0, 0, status));
        assertEquals(1L << 32, FloatOp.FCVT_L_D.apply(image(0x1p32, false), 0, 0, 0, status));
        assertEquals(1L << 32, FloatOp.FCVT_LU_D.apply(image(0x1p32, false), 0, 0, 0, status));
    }

    @Test
    void precisionConversionsKeepTheValue() {
        assertEquals(image(1.5, true), FloatOp.FCVT_S_D.apply(image(1.5, false), 0, 0, 0, status));
        assertEquals(image(1.5, false), FloatOp.FCVT_D_S.apply(image(1.5, true), 0, 0, 0, status));
        assertEquals(0, status.flags);
    }

    @Test
    void roundingModesReachTheArithmetic() {
        // Per row, operands whose result is inexact: rounding down and up must differ, and NX be raised.
        for (FloatOp op : FloatOp.values()) {
            String name = op.name();
            if (!op.pattern().hasRm() || name.matches("FCVT_(D_(S|W|WU|H)|S_H)|FROUND_.*")) {
                continue;
            }
            char format = name.charAt(name.length() - 1);
            long a;
            if (op.format().readsIntegerRs1()) {
                a = format != 'S' && name.startsWith("FCVT_H") ? 4099 : name.contains("W") ? 0x7fff_fffdL : 0x7fff_ffff_ffff_fffdL;
            } else if (op.format().writesInteger()) {
                a = image(2.5, format);
            } else if (name.startsWith("FROUNDNX")) {
                a = image(2.5, format);
            } else if (name.matches("FCVT_H_[SD]")) {
                a = image(1 + 0x1p-20, format);
            } else {
                a = image(1, format) | 1;                               // one unit in the last place above 1
            }
            boolean sum = name.startsWith("FADD") || name.startsWith("FSUB");
            long b = sum ? image(format == 'H' ? 0x1p-13 : 0x1p-60, format) : image(3, format) | 1;
            long c = image(format == 'H' ? 0x1p-14 : 0x1p-90, format);
            status.flags = 0;
            long down = op.apply(a, b, c, FloatStatus.RDN, status);
            long up = op.apply(a, b, c, FloatStatus.RUP, status);
            assertNotEquals(down, up, name);
            assertEquals(FloatStatus.NX, status.flags, name);
        }
    }

    @Test
    void fusedFormsRoundOnceAndTreatUnboxedSinglesAsNan() {
        double a = 1 + 0x1p-30;
        double rounded = a * a;
        long error = FloatOp.FMSUB_D.apply(image(a, false), image(a, false), image(rounded, false), 0, status);
        assertEquals(image(0x1p-60, false), error);
        long unboxed = Float.floatToRawIntBits(1);
        for (FloatOp op : new FloatOp[] {FloatOp.FMADD_S, FloatOp.FMSUB_S, FloatOp.FNMADD_S, FloatOp.FNMSUB_S}) {
            assertEquals(BOX | 0x7fc0_0000, op.apply(unboxed, image(1, true), image(1, true), 0, status), op.name());
            assertEquals(BOX | 0x7fc0_0000, op.apply(image(1, true), image(1, true), unboxed, 0, status), op.name());
        }
        assertEquals(0, status.flags);
    }

    @Test
    void loadedSinglesAreProperlyBoxed() {
        long loaded = LoadOp.FLW.extend(Float.floatToRawIntBits(1.5f) & 0xffff_ffffL);
        assertEquals(image(1.5, true), loaded);
        assertFalse(LoadOp.FLW.extend(0) == 0);
    }
}
