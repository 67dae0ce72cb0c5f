// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.penumbra.isa.fp.FloatImage.DOUBLE;
import static org.penumbra.isa.fp.FloatStatus.DZ;
import static org.penumbra.isa.fp.FloatStatus.NV;
import static org.penumbra.isa.fp.FloatStatus.NX;
import static org.penumbra.isa.fp.FloatStatus.OF;
import static org.penumbra.isa.fp.FloatStatus.RDN;
import static org.penumbra.isa.fp.FloatStatus.RMM;
import static org.penumbra.isa.fp.FloatStatus.RNE;
import static org.penumbra.isa.fp.FloatStatus.RTZ;
import static org.penumbra.isa.fp.FloatStatus.RUP;
import static org.penumbra.isa.fp.FloatStatus.UF;

import java.util.Random;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every function of [FloatMath], [FloatComparison], [FloatConversion], [HalfMath] and [FloatExtra]
/// against [FloatOracle], flags included.
///
/// `-Dpenumbra.float.cases=N` sets the number of random cases for each function, `-Dpenumbra.float.seed=N` their seed.
final class FloatMathTest {

    private static final int CASES = Integer.getInteger("penumbra.float.cases", 6_000);
    private static final long SEED = Long.getLong("penumbra.float.seed", 754);

    @ParameterizedTest
    @EnumSource
    void specialOperandsInEveryCombination(FloatOperation operation) {
        FloatStatus s = new FloatStatus();
        long[] operands = operation.arity == 0 ? integers() : new FloatOperands(operation.format, null).special();
        for (long a : operands) {
            if (operation.arity < 2) {
                operation.check(a, 0, 0, s);
                continue;
            }
            for (long b : operands) {
                if (operation.arity < 3) {
                    operation.check(a, b, 0, s);
                }
            }
        }
        if (operation.arity == 3) {
            combineThree(operation, operands, s);
        }
    }

    /// All triples would take minutes, so each run takes every pair of factors with addends in steps, and every addend
    /// meets every factor.
    private static void combineThree(FloatOperation operation, long[] operands, FloatStatus s) {
        int step = 17;
        int start = 0;
        for (long a : operands) {
            for (long b : operands) {
                for (int i = start; i < operands.length; i += step) {
                    operation.check(a, b, operands[i], s);
                }
                start = (start + 1) % step;
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void randomOperandsNearTheBorders(FloatOperation operation) {
        Random random = new Random(SEED + operation.ordinal());
        FloatOperands generator = new FloatOperands(operation.format, random);
        FloatStatus s = new FloatStatus();
        long[] operands = new long[Math.max(operation.arity, 1)];
        for (int i = 0; i < CASES; i++) {
            if (operation.arity == 0) {
                operands[0] = integer(random);
            } else {
                generator.fill(operands);
            }
            long b = operands.length > 1 ? operands[1] : 0;
            long c = operands.length > 2 ? operands[2] : 0;
            try {
                operation.check(operands[0], b, c, s);
            } catch (AssertionError e) {
                throw new AssertionError("seed " + SEED + ": " + e.getMessage(), e);
            }
        }
    }

    @Test
    void resultsWorkedOutByHand() {
        long one = bits(1);
        long minNormal = bits(Double.MIN_NORMAL);
        expect(one, NX, s -> FloatMath.addD(one, bits(0x1p-53), RNE, s));
        expect(one + 1, NX, s -> FloatMath.addD(one, bits(0x1p-53), RMM, s));
        expect(one + 1, NX, s -> FloatMath.addD(one, 1, RUP, s));
        expect(one, 0, s -> FloatMath.addD(one, bits(-0.0), RUP, s));
        expect(bits(-0.0), 0, s -> FloatMath.subD(one, one, RDN, s));
        expect(0x3fd5_5555_5555_5555L, NX, s -> FloatMath.divD(one, bits(3), RNE, s));
        expect(0x7ff0_0000_0000_0000L, DZ, s -> FloatMath.divD(one, 0, RTZ, s));
        expect(0x7fef_ffff_ffff_ffffL, OF | NX, s -> FloatMath.mulD(bits(0x1p1023), bits(2), RTZ, s));
        expect(0x7ff0_0000_0000_0000L, OF | NX, s -> FloatMath.mulD(bits(0x1p1023), bits(2), RNE, s));
        // 53 ones just below the normal numbers: exact with an unbounded exponent, hence tiny, although rounded up.
        expect(minNormal, UF | NX, s -> FloatMath.mulD(minNormal, bits(Math.nextDown(1.0)), RNE, s));
        // One bit more would have been rounded up by itself: not tiny.
        expect(minNormal, NX, s -> FloatMath.fmaD(bits(0x1p-1000), bits(-0x1p-77), minNormal, RNE, s));
        // The product is 2^105 + 768299291: half a unit of the addend, but for its last 30 bits out of 106.
        long x = bits(0x1141252a6c0749L);
        long y = bits(0x1dac6828ed2143L);
        expect(bits(Math.nextUp(0x1p158)), NX, s -> FloatMath.fmaD(x, y, bits(0x1p158), RNE, s));
        expect(bits(Math.nextDown(0x1.8p158)), NX, s -> FloatMath.fmaD(x ^ Long.MIN_VALUE, y, bits(0x1.8p158), RNE, s));
        expect(bits(0x1p158), NX, s -> FloatMath.fmaD(x, y, bits(0x1p158), RTZ, s));
        expect(bits(Math.nextUp(0x1p158)), NX, s -> ExactFloat.fusedMultiplyAdd(x, y, bits(0x1p158), RNE, s, DOUBLE));
        expect(0x7ff8_0000_0000_0000L, NV, s -> FloatMath.fmaD(0x7ff0_0000_0000_0000L, 0, -1, RNE, s));
        expect(0x7ff8_0000_0000_0000L, NV, s -> FloatMath.sqrtD(bits(-1), RNE, s));
        expect(Long.MAX_VALUE, NV, s -> FloatConversion.dToL(-1, RTZ, s));
        expect(-1, NV, s -> FloatConversion.dToWu(bits(0x1p32), RTZ, s));
        expect(0, NX, s -> FloatConversion.dToLu(bits(-0.75), RTZ, s));
        expect(0, NV, s -> FloatConversion.dToLu(bits(-0.75), RDN, s));
        expect(0xffff_ffff_7fc0_0000L, 0, s -> FloatMath.addS(0x3f80_0000, 0xffff_ffff_3f80_0000L, RNE, s));
        expect(0xffff_ffff_5f80_0000L, NX, s -> FloatConversion.luToS(-1, RNE, s));
        expect(0xffff_ffff_5f7f_ffffL, NX, s -> FloatConversion.luToS(-1, RTZ, s));
    }

    private static long bits(double x) {
        return Double.doubleToRawLongBits(x);
    }

    private static void expect(long image, int flags, ToLongFunction<FloatStatus> operation) {
        FloatStatus s = new FloatStatus();
        assertEquals(Long.toHexString(image), Long.toHexString(operation.applyAsLong(s)));
        assertEquals(flags, s.flags);
    }

    private static long[] integers() {
        long[] integers = new long[64 * 8];
        int n = 0;
        for (int i = 0; i < 64; i++) {
            for (int d = -1; d <= 1; d++) {
                integers[n++] = (1L << i) + d;
                integers[n++] = -(1L << i) + d;
            }
            integers[n++] = 3L << i;
            integers[n++] = -1L << i ^ 1L << i / 2;
        }
        return integers;
    }

    private static long integer(Random random) {
        long value = random.nextLong() >> random.nextInt(64);
        return random.nextInt(4) == 0 ? (value & -1L << random.nextInt(64)) + random.nextInt(3) - 1 : value;
    }
}
