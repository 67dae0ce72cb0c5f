// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import static org.penumbra.isa.fp.FloatImage.DOUBLE;
import static org.penumbra.isa.fp.FloatImage.HALF;
import static org.penumbra.isa.fp.FloatImage.SIGN;
import static org.penumbra.isa.fp.FloatImage.SINGLE;
import static org.penumbra.isa.fp.FloatImage.boxHalf;
import static org.penumbra.isa.fp.FloatImage.isNaN;
import static org.penumbra.isa.fp.FloatImage.unboxHalf;
import static org.penumbra.isa.fp.FloatImage.widen;
import static org.penumbra.isa.fp.FloatImage.widenHalf;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;

/// RISC-V half-precision arithmetic, comparisons and conversions on 64-bit register images (extensions Zfhmin and Zfh);
/// parameters and names as in [FloatMath], with `H` for NaN-boxed halves.
///
/// All of it is the exact arithmetic of [ExactFloat] on the widened operands, whatever the rounding mode: no host
/// computes in halves, and programs use them to store numbers, not to compute.
public final class HalfMath {
    private static final int HALF_SIGN = 0x8000;

    private HalfMath() {
    }

    private static int exact(int rm) {
        return rm == FloatStatus.HOST ? FloatStatus.RNE : rm;
    }

    @TruffleBoundary
    public static long addH(long a, long b, int rm, FloatStatus s) {
        return ExactFloat.add(widenHalf(a), widenHalf(b), exact(rm), s, HALF);
    }

    @TruffleBoundary
    public static long subH(long a, long b, int rm, FloatStatus s) {
        return ExactFloat.add(widenHalf(a), widenHalf(b) ^ SIGN, exact(rm), s, HALF);
    }

    @TruffleBoundary
    public static long mulH(long a, long b, int rm, FloatStatus s) {
        return ExactFloat.multiply(widenHalf(a), widenHalf(b), exact(rm), s, HALF);
    }

    @TruffleBoundary
    public static long divH(long a, long b, int rm, FloatStatus s) {
        return ExactFloat.divide(widenHalf(a), widenHalf(b), exact(rm), s, HALF);
    }

    @TruffleBoundary
    public static long sqrtH(long a, int rm, FloatStatus s) {
        return ExactFloat.squareRoot(widenHalf(a), exact(rm), s, HALF);
    }

    /// `a * b + c` with one rounding.
    ///
    /// @param negateProduct whether the product is subtracted
    /// @param negateAddend  whether the addend is
    @TruffleBoundary
    public static long fmaH(long a, long b, long c, boolean negateProduct, boolean negateAddend, int rm,
            FloatStatus s) {
        return ExactFloat.fusedMultiplyAdd(widenHalf(a) ^ (negateProduct ? SIGN : 0), widenHalf(b),
                widenHalf(c) ^ (negateAddend ? SIGN : 0), exact(rm), s, HALF);
    }

    /// IEEE 754-2019 `minimumNumber`, with -0 below +0.
    @TruffleBoundary
    public static long minH(long a, long b, FloatStatus s) {
        return select(a, b, false, s);
    }

    /// IEEE 754-2019 `maximumNumber`, with -0 below +0.
    @TruffleBoundary
    public static long maxH(long a, long b, FloatStatus s) {
        return select(a, b, true, s);
    }

    private static long select(long a, long b, boolean larger, FloatStatus s) {
        long x = widenHalf(a);
        long y = widenHalf(b);
        if (isNaN(x) || isNaN(y)) {
            return ExactFloat.selectNumber(x, y, s, HALF);
        }
        boolean first = Double.compare(Double.longBitsToDouble(x), Double.longBitsToDouble(y)) < 0;
        return boxHalf(unboxHalf(first != larger ? a : b));
    }

    /// 1 if equal; quiet.
    @TruffleBoundary
    public static long eqH(long a, long b, FloatStatus s) {
        return FloatComparison.eqD(widenHalf(a), widenHalf(b), s);
    }

    /// 1 if less; signals on any NaN.
    @TruffleBoundary
    public static long ltH(long a, long b, FloatStatus s) {
        return FloatComparison.ltD(widenHalf(a), widenHalf(b), s);
    }

    /// 1 if less or equal; signals on any NaN.
    @TruffleBoundary
    public static long leH(long a, long b, FloatStatus s) {
        return FloatComparison.leD(widenHalf(a), widenHalf(b), s);
    }

    /// One-hot class of the operand (bit 0 negative infinity … bit 9 quiet NaN).
    @TruffleBoundary
    public static long classH(long a) {
        return FloatImage.classify(widenHalf(a), HALF);
    }

    public static long sgnjH(long a, long b) {
        return boxHalf(unboxHalf(a) & ~HALF_SIGN | unboxHalf(b) & HALF_SIGN);
    }

    public static long sgnjnH(long a, long b) {
        return boxHalf(unboxHalf(a) & ~HALF_SIGN | ~unboxHalf(b) & HALF_SIGN);
    }

    public static long sgnjxH(long a, long b) {
        return boxHalf(unboxHalf(a) ^ unboxHalf(b) & HALF_SIGN);
    }

    @TruffleBoundary
    public static long hToS(long a, FloatStatus s) {
        return ExactFloat.narrow(widenHalf(a), FloatStatus.RNE, s, SINGLE);
    }

    @TruffleBoundary
    public static long hToD(long a, FloatStatus s) {
        return ExactFloat.narrow(widenHalf(a), FloatStatus.RNE, s, DOUBLE);
    }

    @TruffleBoundary
    public static long sToH(long a, int rm, FloatStatus s) {
        return ExactFloat.narrow(widen(a), exact(rm), s, HALF);
    }

    @TruffleBoundary
    public static long dToH(long a, int rm, FloatStatus s) {
        return ExactFloat.narrow(a, exact(rm), s, HALF);
    }

    /// To an integer of `width` (32 or 64) bits, saturating with NV.
    @TruffleBoundary
    public static long hToInteger(long a, int rm, FloatStatus s, int width, boolean signed) {
        return ExactFloat.toInteger(widenHalf(a), exact(rm), s, width, signed);
    }

    /// From a signed integer of 64 bits.
    @TruffleBoundary
    public static long lToH(long a, int rm, FloatStatus s) {
        return ExactFloat.fromInteger(a < 0, Math.abs(a), exact(rm), s, HALF);
    }

    /// From an unsigned integer of 64 bits.
    @TruffleBoundary
    public static long luToH(long a, int rm, FloatStatus s) {
        return ExactFloat.fromInteger(false, a, exact(rm), s, HALF);
    }
}
