// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import static java.lang.Double.doubleToRawLongBits;
import static java.lang.Double.longBitsToDouble;
import static java.lang.Float.floatToRawIntBits;
import static java.lang.Float.intBitsToFloat;
import static org.penumbra.isa.fp.FloatImage.DOUBLE;
import static org.penumbra.isa.fp.FloatImage.SIGN;
import static org.penumbra.isa.fp.FloatImage.box;
import static org.penumbra.isa.fp.FloatImage.unbox;
import static org.penumbra.isa.fp.FloatMath.likely;

/// RISC-V floating-point comparisons, selections, classes and signs on 64-bit register images; rules as in [FloatMath].
/// None of them rounds: only NaNs need more than the host's comparison.
public final class FloatComparison {

    private FloatComparison() {
    }

    /// IEEE 754-2019 `minimumNumber`, with -0 below +0.
    public static long minD(long a, long b, FloatStatus s) {
        double r = Math.min(longBitsToDouble(a), longBitsToDouble(b));
        return likely(r == r) ? doubleToRawLongBits(r) : ExactFloat.selectNumber(a, b, s, DOUBLE);
    }

    /// IEEE 754-2019 `minimumNumber`, with -0 below +0.
    public static long minS(long a, long b, FloatStatus s) {
        float r = Math.min(intBitsToFloat(unbox(a)), intBitsToFloat(unbox(b)));
        return likely(r == r) ? box(floatToRawIntBits(r)) : ExactSingle.selectNumber(a, b, s);
    }

    /// IEEE 754-2019 `maximumNumber`, with -0 below +0.
    public static long maxD(long a, long b, FloatStatus s) {
        double r = Math.max(longBitsToDouble(a), longBitsToDouble(b));
        return likely(r == r) ? doubleToRawLongBits(r) : ExactFloat.selectNumber(a, b, s, DOUBLE);
    }

    /// IEEE 754-2019 `maximumNumber`, with -0 below +0.
    public static long maxS(long a, long b, FloatStatus s) {
        float r = Math.max(intBitsToFloat(unbox(a)), intBitsToFloat(unbox(b)));
        return likely(r == r) ? box(floatToRawIntBits(r)) : ExactSingle.selectNumber(a, b, s);
    }

    /// 1 if equal; quiet.
    public static long eqD(long a, long b, FloatStatus s) {
        double x = longBitsToDouble(a);
        double y = longBitsToDouble(b);
        if (likely(x == x) && likely(y == y)) {
            return x == y ? 1 : 0;
        }
        return ExactFloat.compareUnordered(a, b, false, s);
    }

    /// 1 if equal; quiet.
    public static long eqS(long a, long b, FloatStatus s) {
        float x = intBitsToFloat(unbox(a));
        float y = intBitsToFloat(unbox(b));
        if (likely(x == x) && likely(y == y)) {
            return x == y ? 1 : 0;
        }
        return ExactSingle.compareUnordered(a, b, false, s);
    }

    /// 1 if less; signals on any NaN.
    public static long ltD(long a, long b, FloatStatus s) {
        double x = longBitsToDouble(a);
        double y = longBitsToDouble(b);
        if (likely(x == x) && likely(y == y)) {
            return x < y ? 1 : 0;
        }
        return ExactFloat.compareUnordered(a, b, true, s);
    }

    /// 1 if less; signals on any NaN.
    public static long ltS(long a, long b, FloatStatus s) {
        float x = intBitsToFloat(unbox(a));
        float y = intBitsToFloat(unbox(b));
        if (likely(x == x) && likely(y == y)) {
            return x < y ? 1 : 0;
        }
        return ExactSingle.compareUnordered(a, b, true, s);
    }

    /// 1 if less or equal; signals on any NaN.
    public static long leD(long a, long b, FloatStatus s) {
        double x = longBitsToDouble(a);
        double y = longBitsToDouble(b);
        if (likely(x == x) && likely(y == y)) {
            return x <= y ? 1 : 0;
        }
        return ExactFloat.compareUnordered(a, b, true, s);
    }

    /// 1 if less or equal; signals on any NaN.
    public static long leS(long a, long b, FloatStatus s) {
        float x = intBitsToFloat(unbox(a));
        float y = intBitsToFloat(unbox(b));
        if (likely(x == x) && likely(y == y)) {
            return x <= y ? 1 : 0;
        }
        return ExactSingle.compareUnordered(a, b, true, s);
    }

    /// One-hot class of the operand (bit 0 negative infinity … bit 9 quiet NaN).
    public static long classD(long a) {
        return FloatImage.classify(a, DOUBLE);
    }

    /// One-hot class of the operand (bit 0 negative infinity … bit 9 quiet NaN).
    public static long classS(long a) {
        return ExactSingle.classify(a);
    }

    public static long sgnjD(long a, long b) {
        return a & ~SIGN | b & SIGN;
    }

    public static long sgnjnD(long a, long b) {
        return a & ~SIGN | ~b & SIGN;
    }

    public static long sgnjxD(long a, long b) {
        return a ^ b & SIGN;
    }

    public static long sgnjS(long a, long b) {
        return box(unbox(a) & Integer.MAX_VALUE | unbox(b) & Integer.MIN_VALUE);
    }

    public static long sgnjnS(long a, long b) {
        return box(unbox(a) & Integer.MAX_VALUE | ~unbox(b) & Integer.MIN_VALUE);
    }

    public static long sgnjxS(long a, long b) {
        return box(unbox(a) ^ unbox(b) & Integer.MIN_VALUE);
    }
}
