// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import static com.oracle.truffle.api.CompilerDirectives.FASTPATH_PROBABILITY;
import static com.oracle.truffle.api.CompilerDirectives.injectBranchProbability;
import static java.lang.Double.doubleToRawLongBits;
import static java.lang.Double.longBitsToDouble;
import static java.lang.Float.floatToRawIntBits;
import static java.lang.Float.intBitsToFloat;
import static org.penumbra.isa.fp.FloatImage.DOUBLE;
import static org.penumbra.isa.fp.FloatImage.SIGN;
import static org.penumbra.isa.fp.FloatImage.box;
import static org.penumbra.isa.fp.FloatStatus.HOST;
import static org.penumbra.isa.fp.FloatStatus.NX;
import static org.penumbra.isa.fp.FloatStatus.RNE;

import com.oracle.truffle.api.CompilerDirectives;

/// RISC-V floating-point arithmetic on 64-bit register images (extensions F and D, version 2.2); comparisons are in
/// [FloatComparison], conversions in [FloatConversion].
///
/// Functions ending in `S` take and return NaN-boxed singles. `rm` is a resolved rounding mode, 0 to 4. Exception flags
/// accrue in the [FloatStatus]. With [FloatStatus#HOST] they stop short of exact arithmetic, by [UncertainFloat].
///
/// The host does the arithmetic where its result and the absence of further flags are certain: in round-to-nearest-even
/// the host's result is the right one, so all that is left are the flags. A finite sum raises at most NX, because
/// subnormal sums are exact; so does a product, quotient or fused sum above the smallest normal binade. Hence with NX
/// already set one look at the exponent of the result is enough. Otherwise exactness is checked with operations that
/// are themselves exact, or fail the check. What remains goes to [ExactFloat].
///
/// Measured in compiled guest code (Graal CE 25.0.1, x86-64 with FMA), NX set, each operation waiting for the one
/// before: multiply and add 3.5 ns against the host's 3.3, divide 5.3 against 5.3, fused 2.7 against 2.7; singles
/// 6.5 against 3.8, since a NaN box costs the way through an integer register. Exact arithmetic takes 5 to 30 ns.
public final class FloatMath {

    /// Below this an error term might underflow to zero.
    private static final double EXACT_RESIDUAL = 0x1p-960;

    private FloatMath() {
    }

    static boolean isNearest(int rm) {
        return rm == RNE || rm == HOST;
    }

    /// To be called before the host's arithmetic is given up for the exact one.
    static void needExact(int rm) {
        if (rm == HOST) {
            CompilerDirectives.transferToInterpreter();
            throw UncertainFloat.INSTANCE;
        }
    }

    public static long addD(long a, long b, int rm, FloatStatus s) {
        if (isNearest(rm)) {
            double x = longBitsToDouble(a);
            double y = longBitsToDouble(b);
            double r = x + y;
            long bits = doubleToRawLongBits(r);
            if (likely(isFiniteD(bits)) && (inexactSet(s) || isExactSum(x, y, r))) {
                return bits;
            }
        }
        needExact(rm);
        return ExactFloat.add(a, b, rm, s, DOUBLE);
    }

    public static long subD(long a, long b, int rm, FloatStatus s) {
        // Not by adding the negated operand: that would take it from a floating-point register and back.
        if (isNearest(rm)) {
            double x = longBitsToDouble(a);
            double y = longBitsToDouble(b);
            double r = x - y;
            long bits = doubleToRawLongBits(r);
            if (likely(isFiniteD(bits)) && (inexactSet(s) || isExactSum(x, -y, r))) {
                return bits;
            }
        }
        needExact(rm);
        return ExactFloat.add(a, b ^ SIGN, rm, s, DOUBLE);
    }

    public static long mulD(long a, long b, int rm, FloatStatus s) {
        if (isNearest(rm)) {
            double x = longBitsToDouble(a);
            double y = longBitsToDouble(b);
            double r = x * y;
            long bits = doubleToRawLongBits(r);
            if (likely(isSafelyNormalD(bits))) {
                if (inexactSet(s) || HostFma.AVAILABLE && Math.abs(r) > EXACT_RESIDUAL && Math.fma(x, y, -r) == 0) {
                    return bits;
                }
            } else if (r == 0 && (x == 0 || y == 0)) {
                return bits;
            }
        }
        needExact(rm);
        return ExactFloat.multiply(a, b, rm, s, DOUBLE);
    }

    public static long divD(long a, long b, int rm, FloatStatus s) {
        if (isNearest(rm)) {
            double x = longBitsToDouble(a);
            double y = longBitsToDouble(b);
            double r = x / y;
            long bits = doubleToRawLongBits(r);
            if (likely(isSafelyNormalD(bits))) {
                if (inexactSet(s) || HostFma.AVAILABLE && Math.abs(x) > EXACT_RESIDUAL && Math.fma(-r, y, x) == 0) {
                    return bits;
                }
            } else if (r == 0 && x == 0) {
                return bits;
            }
        }
        needExact(rm);
        return ExactFloat.divide(a, b, rm, s, DOUBLE);
    }

    public static long sqrtD(long a, int rm, FloatStatus s) {
        if (isNearest(rm)) {
            double x = longBitsToDouble(a);
            double r = Math.sqrt(x);
            // Roots of finite numbers are zeros or normal.
            if (likely(x >= 0) && likely(x < Double.POSITIVE_INFINITY) && (inexactSet(s) || x == 0
                    || HostFma.AVAILABLE && x > EXACT_RESIDUAL && Math.fma(-r, r, x) == 0)) {
                return doubleToRawLongBits(r);
            }
        }
        needExact(rm);
        return ExactFloat.squareRoot(a, rm, s, DOUBLE);
    }

    /// `a * b + c`.
    public static long fmaD(long a, long b, long c, int rm, FloatStatus s) {
        if (isNearest(rm) && HostFma.AVAILABLE) {
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
        needExact(rm);
        return ExactFloat.fusedMultiplyAdd(a, b, c, rm, s, DOUBLE);
    }

    public static long addS(long a, long b, int rm, FloatStatus s) {
        if (isNearest(rm) && likely(areBoxed(a & b))) {
            float x = intBitsToFloat((int) a);
            float y = intBitsToFloat((int) b);
            float r = x + y;
            int bits = floatToRawIntBits(r);
            if (likely(isFiniteS(bits)) && (inexactSet(s) || r - x == y && r - y == x)) {
                return box(bits);
            }
        }
        needExact(rm);
        return ExactSingle.add(a, b, rm, s);
    }

    public static long subS(long a, long b, int rm, FloatStatus s) {
        if (isNearest(rm) && likely(areBoxed(a & b))) {
            float x = intBitsToFloat((int) a);
            float y = intBitsToFloat((int) b);
            float r = x - y;
            int bits = floatToRawIntBits(r);
            if (likely(isFiniteS(bits)) && (inexactSet(s) || x - r == y && r + y == x)) {
                return box(bits);
            }
        }
        needExact(rm);
        return ExactSingle.subtract(a, b, rm, s);
    }

    public static long mulS(long a, long b, int rm, FloatStatus s) {
        if (isNearest(rm) && likely(areBoxed(a & b))) {
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
        needExact(rm);
        return ExactSingle.multiply(a, b, rm, s);
    }

    public static long divS(long a, long b, int rm, FloatStatus s) {
        if (isNearest(rm) && likely(areBoxed(a & b))) {
            float x = intBitsToFloat((int) a);
            float y = intBitsToFloat((int) b);
            float r = x / y;
            int bits = floatToRawIntBits(r);
            if (likely(isSafelyNormalS(bits)) ? inexactSet(s) || (double) r * y == x : r == 0 && x == 0) {
                return box(bits);
            }
        }
        needExact(rm);
        return ExactSingle.divide(a, b, rm, s);
    }

    public static long sqrtS(long a, int rm, FloatStatus s) {
        if (isNearest(rm) && likely(areBoxed(a))) {
            float x = intBitsToFloat((int) a);
            // Double rounding is innocuous: 53 >= 2 * 24 + 2.
            float r = (float) Math.sqrt(x);
            if (likely(x >= 0) && likely(x < Float.POSITIVE_INFINITY) && (inexactSet(s) || (double) r * r == x)) {
                return box(floatToRawIntBits(r));
            }
        }
        needExact(rm);
        return ExactSingle.squareRoot(a, rm, s);
    }

    /// `a * b + c`.
    public static long fmaS(long a, long b, long c, int rm, FloatStatus s) {
        if (isNearest(rm) && HostFma.AVAILABLE && likely(areBoxed(a & b & c))) {
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
        needExact(rm);
        return ExactSingle.fusedMultiplyAdd(a, b, c, rm, s);
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

    static boolean isSafelyNormalS(int bits) {
        return Integer.compareUnsigned((bits >>> 23 & 0xff) - 2, 0xfd) < 0;
    }

    /// Whether the images whose conjunction is `images` are properly NaN-boxed singles.
    static boolean areBoxed(long images) {
        return images >> 32 == -1;
    }

    static boolean inexactSet(FloatStatus s) {
        return likely((s.flags & NX) != 0);
    }

    static boolean likely(boolean condition) {
        return injectBranchProbability(FASTPATH_PROBABILITY, condition);
    }
}
