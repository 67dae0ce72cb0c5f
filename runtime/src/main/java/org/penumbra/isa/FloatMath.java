// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import static com.oracle.truffle.api.CompilerDirectives.FASTPATH_PROBABILITY;
import static com.oracle.truffle.api.CompilerDirectives.injectBranchProbability;
import static java.lang.Double.doubleToRawLongBits;
import static java.lang.Double.longBitsToDouble;
import static java.lang.Float.floatToRawIntBits;
import static java.lang.Float.intBitsToFloat;
import static org.penumbra.isa.ExactFloat.DOUBLE;
import static org.penumbra.isa.ExactFloat.SINGLE;
import static org.penumbra.isa.ExactFloat.box;
import static org.penumbra.isa.ExactFloat.unbox;
import static org.penumbra.isa.ExactFloat.widen;
import static org.penumbra.isa.FloatStatus.NX;
import static org.penumbra.isa.FloatStatus.RDN;
import static org.penumbra.isa.FloatStatus.RMM;
import static org.penumbra.isa.FloatStatus.RNE;
import static org.penumbra.isa.FloatStatus.RTZ;

/// RISC-V floating-point operations on 64-bit register images (extensions F and D, version 2.2).
///
/// Functions ending in `S` take and return NaN-boxed singles. `rm` is a resolved rounding mode, 0 to 4. Exception flags
/// accrue in the [FloatStatus].
///
/// The host does the arithmetic where its result and the absence of further flags are certain: in round-to-nearest-even
/// the host's result is the right one, so all that is left are the flags. A finite sum raises at most NX, subnormal sums
/// are exact; a product, quotient or fused sum above the smallest normal binade likewise. So with NX already set, one
/// look at the exponent of the result is enough. Otherwise exactness is checked with operations that are themselves
/// exact, or fail the check. What remains goes to [ExactFloat].
public final class FloatMath {

    /// Below this an error term might underflow to zero.
    private static final double EXACT_RESIDUAL = 0x1p-960;
    private static final long SIGN = Long.MIN_VALUE;

    private FloatMath() {
    }

    public static long addD(long a, long b, int rm, FloatStatus s) {
        if (rm == RNE) {
            double x = longBitsToDouble(a);
            double y = longBitsToDouble(b);
            double r = x + y;
            long bits = doubleToRawLongBits(r);
            if (likely(isFiniteD(bits)) && (inexactSet(s) || isExactSum(x, y, r))) {
                return bits;
            }
        }
        return ExactFloat.add(a, b, rm, s, DOUBLE);
    }

    public static long subD(long a, long b, int rm, FloatStatus s) {
        return addD(a, b ^ SIGN, rm, s);
    }

    public static long mulD(long a, long b, int rm, FloatStatus s) {
        if (rm == RNE) {
            double x = longBitsToDouble(a);
            double y = longBitsToDouble(b);
            double r = x * y;
            long bits = doubleToRawLongBits(r);
            if (likely(isSafelyNormalD(bits))) {
                if (inexactSet(s) || Math.abs(r) > EXACT_RESIDUAL && Math.fma(x, y, -r) == 0) {
                    return bits;
                }
            } else if (r == 0 && (x == 0 || y == 0)) {
                return bits;
            }
        }
        return ExactFloat.multiply(a, b, rm, s, DOUBLE);
    }

    public static long divD(long a, long b, int rm, FloatStatus s) {
        if (rm == RNE) {
            double x = longBitsToDouble(a);
            double y = longBitsToDouble(b);
            double r = x / y;
            long bits = doubleToRawLongBits(r);
            if (likely(isSafelyNormalD(bits))) {
                if (inexactSet(s) || Math.abs(x) > EXACT_RESIDUAL && Math.fma(-r, y, x) == 0) {
                    return bits;
                }
            } else if (r == 0 && x == 0) {
                return bits;
            }
        }
        return ExactFloat.divide(a, b, rm, s, DOUBLE);
    }

    public static long sqrtD(long a, int rm, FloatStatus s) {
        if (rm == RNE) {
            double x = longBitsToDouble(a);
            double r = Math.sqrt(x);
            // Roots of finite numbers are zeros or normal.
            if (likely(x >= 0) && likely(x < Double.POSITIVE_INFINITY)
                    && (inexactSet(s) || x == 0 || x > EXACT_RESIDUAL && Math.fma(-r, r, x) == 0)) {
                return doubleToRawLongBits(r);
            }
        }
        return ExactFloat.squareRoot(a, rm, s, DOUBLE);
    }

    /// `a * b + c`.
    public static long fmaD(long a, long b, long c, int rm, FloatStatus s) {
        if (rm == RNE) {
            double x = longBitsToDouble(a);
            double y = longBitsToDouble(b);
            double z = longBitsToDouble(c);
            double r = Math.fma(x, y, z);
            long bits = doubleToRawLongBits(r);
            if (likely(isSafelyNormalD(bits))) {
                if (inexactSet(s) || isExactFma(x, y, z, r)) {
                    return bits;
                }
            } else if (isFiniteD(bits) && (x == 0 || y == 0)) {
                return bits;
            }
        }
        return ExactFloat.fusedMultiplyAdd(a, b, c, rm, s, DOUBLE);
    }

    public static long addS(long a, long b, int rm, FloatStatus s) {
        if (rm == RNE && likely(areBoxed(a & b))) {
            float x = intBitsToFloat((int) a);
            float y = intBitsToFloat((int) b);
            float r = x + y;
            int bits = floatToRawIntBits(r);
            if (likely(isFiniteS(bits)) && (inexactSet(s) || r - x == y && r - y == x)) {
                return box(bits);
            }
        }
        return ExactFloat.add(widen(a), widen(b), rm, s, SINGLE);
    }

    public static long subS(long a, long b, int rm, FloatStatus s) {
        // Not by negating an operand: that would box what is not boxed.
        if (rm == RNE && likely(areBoxed(a & b))) {
            float x = intBitsToFloat((int) a);
            float y = intBitsToFloat((int) b);
            float r = x - y;
            int bits = floatToRawIntBits(r);
            if (likely(isFiniteS(bits)) && (inexactSet(s) || x - r == y && r + y == x)) {
                return box(bits);
            }
        }
        return ExactFloat.add(widen(a), widen(b) ^ SIGN, rm, s, SINGLE);
    }

    public static long mulS(long a, long b, int rm, FloatStatus s) {
        if (rm == RNE && likely(areBoxed(a & b))) {
            float x = intBitsToFloat((int) a);
            float y = intBitsToFloat((int) b);
            float r = x * y;
            int bits = floatToRawIntBits(r);
            // The product of two singles is exact in double.
            if (likely(isSafelyNormalS(bits)) ? inexactSet(s) || (double) x * y == r
                    : r == 0 && (x == 0 || y == 0)) {
                return box(bits);
            }
        }
        return ExactFloat.multiply(widen(a), widen(b), rm, s, SINGLE);
    }

    public static long divS(long a, long b, int rm, FloatStatus s) {
        if (rm == RNE && likely(areBoxed(a & b))) {
            float x = intBitsToFloat((int) a);
            float y = intBitsToFloat((int) b);
            float r = x / y;
            int bits = floatToRawIntBits(r);
            if (likely(isSafelyNormalS(bits)) ? inexactSet(s) || (double) r * y == x : r == 0 && x == 0) {
                return box(bits);
            }
        }
        return ExactFloat.divide(widen(a), widen(b), rm, s, SINGLE);
    }

    public static long sqrtS(long a, int rm, FloatStatus s) {
        if (rm == RNE && likely(areBoxed(a))) {
            float x = intBitsToFloat((int) a);
            // Double rounding is innocuous: 53 >= 2 * 24 + 2.
            float r = (float) Math.sqrt(x);
            if (likely(x >= 0) && likely(x < Float.POSITIVE_INFINITY) && (inexactSet(s) || (double) r * r == x)) {
                return box(floatToRawIntBits(r));
            }
        }
        return ExactFloat.squareRoot(widen(a), rm, s, SINGLE);
    }

    /// `a * b + c`.
    public static long fmaS(long a, long b, long c, int rm, FloatStatus s) {
        if (rm == RNE && likely(areBoxed(a & b & c))) {
            float x = intBitsToFloat((int) a);
            float y = intBitsToFloat((int) b);
            float z = intBitsToFloat((int) c);
            float r = Math.fma(x, y, z);
            int bits = floatToRawIntBits(r);
            if (likely(isSafelyNormalS(bits)) ? inexactSet(s) || isExactFma(x, y, z, r)
                    : isFiniteS(bits) && (x == 0 || y == 0)) {
                return box(bits);
            }
        }
        return ExactFloat.fusedMultiplyAdd(widen(a), widen(b), widen(c), rm, s, SINGLE);
    }

    /// IEEE 754-2019 `minimumNumber`, with -0 below +0.
    public static long minD(long a, long b, FloatStatus s) {
        double r = Math.min(longBitsToDouble(a), longBitsToDouble(b));
        return likely(r == r) ? doubleToRawLongBits(r) : ExactFloat.selectNumber(a, b, s, DOUBLE);
    }

    /// IEEE 754-2019 `minimumNumber`, with -0 below +0.
    public static long minS(long a, long b, FloatStatus s) {
        float r = Math.min(intBitsToFloat(unbox(a)), intBitsToFloat(unbox(b)));
        return likely(r == r) ? box(floatToRawIntBits(r)) : ExactFloat.selectNumber(widen(a), widen(b), s, SINGLE);
    }

    /// IEEE 754-2019 `maximumNumber`, with -0 below +0.
    public static long maxD(long a, long b, FloatStatus s) {
        double r = Math.max(longBitsToDouble(a), longBitsToDouble(b));
        return likely(r == r) ? doubleToRawLongBits(r) : ExactFloat.selectNumber(a, b, s, DOUBLE);
    }

    /// IEEE 754-2019 `maximumNumber`, with -0 below +0.
    public static long maxS(long a, long b, FloatStatus s) {
        float r = Math.max(intBitsToFloat(unbox(a)), intBitsToFloat(unbox(b)));
        return likely(r == r) ? box(floatToRawIntBits(r)) : ExactFloat.selectNumber(widen(a), widen(b), s, SINGLE);
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
        return ExactFloat.compareUnordered(widen(a), widen(b), false, s);
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
        return ExactFloat.compareUnordered(widen(a), widen(b), true, s);
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
        return ExactFloat.compareUnordered(widen(a), widen(b), true, s);
    }

    /// One-hot class of the operand (bit 0 negative infinity … bit 9 quiet NaN).
    public static long classD(long a) {
        return ExactFloat.classify(a, DOUBLE);
    }

    /// One-hot class of the operand (bit 0 negative infinity … bit 9 quiet NaN).
    public static long classS(long a) {
        return ExactFloat.classify(widen(a), SINGLE);
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

    public static long dToS(long a, int rm, FloatStatus s) {
        double x = longBitsToDouble(a);
        float r = (float) x;
        // An exact conversion is right in every rounding mode and raises nothing.
        if (rm == RNE && likely(isSafelyNormalS(floatToRawIntBits(r))) && inexactSet(s) || (double) r == x) {
            return box(floatToRawIntBits(r));
        }
        return ExactFloat.narrow(a, rm, s);
    }

    public static long sToD(long a, FloatStatus s) {
        double r = intBitsToFloat(unbox(a));
        return likely(r == r) ? doubleToRawLongBits(r) : ExactFloat.quiet(widen(a), s, DOUBLE);
    }

    public static long dToW(long a, int rm, FloatStatus s) {
        double x = longBitsToDouble(a);
        if (rm != RMM && likely(Math.abs(x) <= 0x7fff_ffff)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return v;
            }
        }
        return ExactFloat.toInteger(a, rm, s, 32, true);
    }

    public static long sToW(long a, int rm, FloatStatus s) {
        double x = intBitsToFloat(unbox(a));
        if (rm != RMM && likely(Math.abs(x) <= 0x7fff_ffff)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return v;
            }
        }
        return ExactFloat.toInteger(widen(a), rm, s, 32, true);
    }

    public static long dToWu(long a, int rm, FloatStatus s) {
        double x = longBitsToDouble(a);
        if (rm != RMM && likely(x >= 0) && likely(x <= 0xffff_ffffL)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return (int) v;
            }
        }
        return ExactFloat.toInteger(a, rm, s, 32, false);
    }

    public static long sToWu(long a, int rm, FloatStatus s) {
        double x = intBitsToFloat(unbox(a));
        if (rm != RMM && likely(x >= 0) && likely(x <= 0xffff_ffffL)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return (int) v;
            }
        }
        return ExactFloat.toInteger(widen(a), rm, s, 32, false);
    }

    public static long dToL(long a, int rm, FloatStatus s) {
        double x = longBitsToDouble(a);
        if (rm != RMM && likely(Math.abs(x) < 0x1p62)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return v;
            }
        }
        return ExactFloat.toInteger(a, rm, s, 64, true);
    }

    public static long sToL(long a, int rm, FloatStatus s) {
        double x = intBitsToFloat(unbox(a));
        if (rm != RMM && likely(Math.abs(x) < 0x1p62)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return v;
            }
        }
        return ExactFloat.toInteger(widen(a), rm, s, 64, true);
    }

    public static long dToLu(long a, int rm, FloatStatus s) {
        double x = longBitsToDouble(a);
        if (rm != RMM && likely(x >= 0) && likely(x < 0x1p62)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return v;
            }
        }
        return ExactFloat.toInteger(a, rm, s, 64, false);
    }

    public static long sToLu(long a, int rm, FloatStatus s) {
        double x = intBitsToFloat(unbox(a));
        if (rm != RMM && likely(x >= 0) && likely(x < 0x1p62)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return v;
            }
        }
        return ExactFloat.toInteger(widen(a), rm, s, 64, false);
    }

    public static long wToD(long a) {
        return doubleToRawLongBits((int) a);
    }

    public static long wuToD(long a) {
        return doubleToRawLongBits(a & 0xffff_ffffL);
    }

    public static long lToD(long a, int rm, FloatStatus s) {
        double r = a;
        // The cast back saturates, so 2^63 would look equal to the integer below it.
        if (rm == RNE && inexactSet(s) || (long) r == a && a != Long.MAX_VALUE) {
            return doubleToRawLongBits(r);
        }
        return ExactFloat.fromInteger(a < 0, Math.abs(a), rm, s, DOUBLE);
    }

    public static long luToD(long a, int rm, FloatStatus s) {
        return likely(a >= 0) ? lToD(a, rm, s) : ExactFloat.fromInteger(false, a, rm, s, DOUBLE);
    }

    public static long wToS(long a, int rm, FloatStatus s) {
        return lToS((int) a, rm, s);
    }

    public static long wuToS(long a, int rm, FloatStatus s) {
        return lToS(a & 0xffff_ffffL, rm, s);
    }

    public static long lToS(long a, int rm, FloatStatus s) {
        float r = a;
        if (rm == RNE && inexactSet(s) || (long) r == a && a != Long.MAX_VALUE) {
            return box(floatToRawIntBits(r));
        }
        return ExactFloat.fromInteger(a < 0, Math.abs(a), rm, s, SINGLE);
    }

    public static long luToS(long a, int rm, FloatStatus s) {
        return likely(a >= 0) ? lToS(a, rm, s) : ExactFloat.fromInteger(false, a, rm, s, SINGLE);
    }

    private static double roundToIntegral(double x, int rm) {
        return switch (rm) {
            case RTZ -> x;
            case RNE -> Math.rint(x);
            case RDN -> Math.floor(x);
            default -> Math.ceil(x);
        };
    }

    /// Whether the rounded sum `r` is exact: of the two differences the one that takes away the larger operand is
    /// computed without error (Dekker's Fast2Sum), so if both come out right the sum has none.
    private static boolean isExactSum(double x, double y, double r) {
        return r - x == y && r - y == x;
    }

    /// Whether `r` is `x * y + z` for certain: the product has no error, and neither has the sum.
    private static boolean isExactFma(double x, double y, double z, double r) {
        double product = x * y;
        return (Math.abs(product) > EXACT_RESIDUAL && Math.fma(x, y, -product) == 0 || x == 0 || y == 0)
                && isExactSum(product, z, r);
    }

    /// Whether `r` is `x * y + z`: the product of singles is exact in double, so only the sum can have an error.
    private static boolean isExactFma(float x, float y, float z, float r) {
        double product = (double) x * y;
        double sum = product + z;
        return sum == r && isExactSum(product, z, sum);
    }

    private static boolean isFiniteD(long bits) {
        return (bits & 0x7ff0_0000_0000_0000L) != 0x7ff0_0000_0000_0000L;
    }

    private static boolean isFiniteS(int bits) {
        return (bits & 0x7f80_0000) != 0x7f80_0000;
    }

    /// Whether the exponent field is neither zero, one nor all ones; a result in the first normal binade may have
    /// been rounded up into it and then raises UF.
    private static boolean isSafelyNormalD(long bits) {
        return Integer.compareUnsigned(((int) (bits >>> 52) & 0x7ff) - 2, 0x7fd) < 0;
    }

    private static boolean isSafelyNormalS(int bits) {
        return Integer.compareUnsigned((bits >>> 23 & 0xff) - 2, 0xfd) < 0;
    }

    /// Whether the images whose conjunction is `images` are properly NaN-boxed singles.
    private static boolean areBoxed(long images) {
        return images >> 32 == -1;
    }

    private static boolean inexactSet(FloatStatus s) {
        return likely((s.flags & NX) != 0);
    }

    private static boolean likely(boolean condition) {
        return injectBranchProbability(FASTPATH_PROBABILITY, condition);
    }
}
