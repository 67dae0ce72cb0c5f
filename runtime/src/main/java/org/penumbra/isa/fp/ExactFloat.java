// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import static org.penumbra.isa.fp.FloatImage.SIGN;
import static org.penumbra.isa.fp.FloatImage.canonicalNaN;
import static org.penumbra.isa.fp.FloatImage.exponent;
import static org.penumbra.isa.fp.FloatImage.infinity;
import static org.penumbra.isa.fp.FloatImage.isInfinite;
import static org.penumbra.isa.fp.FloatImage.isNaN;
import static org.penumbra.isa.fp.FloatImage.isSignaling;
import static org.penumbra.isa.fp.FloatImage.isZero;
import static org.penumbra.isa.fp.FloatImage.maxExponent;
import static org.penumbra.isa.fp.FloatImage.pack;
import static org.penumbra.isa.fp.FloatImage.significand;
import static org.penumbra.isa.fp.FloatImage.zero;
import static org.penumbra.isa.fp.FloatStatus.DZ;
import static org.penumbra.isa.fp.FloatStatus.NV;
import static org.penumbra.isa.fp.FloatStatus.NX;
import static org.penumbra.isa.fp.FloatStatus.OF;
import static org.penumbra.isa.fp.FloatStatus.RDN;
import static org.penumbra.isa.fp.FloatStatus.RMM;
import static org.penumbra.isa.fp.FloatStatus.RNE;
import static org.penumbra.isa.fp.FloatStatus.RUP;
import static org.penumbra.isa.fp.FloatStatus.UF;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;

/// Floating-point arithmetic in integers, exact in every rounding mode and flag: what [FloatMath] falls back to.
///
/// Operands are images of doubles. An operation on singles is the same operation on the widened operands
/// (see [ExactSingle]) rounded once to 24 bits, and one on halves (see [HalfMath]) to 11, so every function takes the
/// `precision` of its result, [FloatImage#HALF], [FloatImage#SINGLE] or [FloatImage#DOUBLE], and returns a double, or a
/// single or half that is NaN-boxed.
///
/// Inside, a finite value other than zero is a sign, an exponent and a significand with its leading one in bit 62:
/// `±significand * 2^(exponent - 62)`. Bits lost below bit 0 are or-ed into it ("jammed"). Bit 0 lies well below the
/// last place of a result, so rounding sees of it only whether everything down there is zero.
final class ExactFloat {

    private ExactFloat() {
    }

    @TruffleBoundary
    static long add(long a, long b, int rm, FloatStatus s, int precision) {
        if (isNaN(a) || isNaN(b)) {
            return propagateNaN(isSignaling(a) || isSignaling(b), s, precision);
        }
        if (isInfinite(a) || isInfinite(b)) {
            return isInfinite(a) && isInfinite(b) && a != b ? invalid(s, precision)
                    : infinity(isInfinite(a) ? a : b, precision);
        }
        if (isZero(a) && isZero(b)) {
            return zero(a == b ? a : zeroOfCancellation(rm), precision);
        }
        if (isZero(a) || isZero(b)) {
            return round(isZero(a) ? b : a, rm, s, precision);
        }
        boolean swap = Long.compare(a & ~SIGN, b & ~SIGN) < 0;
        long larger = swap ? b : a;
        long smaller = swap ? a : b;
        int exponent = exponent(larger);
        long x = significand(larger) >>> 1;
        long y = shiftRightJam(significand(smaller) >>> 1, exponent - exponent(smaller));
        long sum = (a ^ b) >= 0 ? x + y : x - y;
        if (sum == 0) {
            return zero(zeroOfCancellation(rm), precision);
        }
        return normalizeAndRound(larger, exponent + 1, sum, rm, s, precision);
    }

    @TruffleBoundary
    static long multiply(long a, long b, int rm, FloatStatus s, int precision) {
        if (isNaN(a) || isNaN(b)) {
            return propagateNaN(isSignaling(a) || isSignaling(b), s, precision);
        }
        long sign = a ^ b;
        if (isInfinite(a) || isInfinite(b)) {
            return isZero(a) || isZero(b) ? invalid(s, precision) : infinity(sign, precision);
        }
        if (isZero(a) || isZero(b)) {
            return zero(sign, precision);
        }
        long x = significand(a);
        long y = significand(b);
        long product = Math.multiplyHigh(x, y) | (x * y != 0 ? 1 : 0);
        return normalizeAndRound(sign, exponent(a) + exponent(b) + 2, product, rm, s, precision);
    }

    @TruffleBoundary
    static long divide(long a, long b, int rm, FloatStatus s, int precision) {
        if (isNaN(a) || isNaN(b)) {
            return propagateNaN(isSignaling(a) || isSignaling(b), s, precision);
        }
        long sign = a ^ b;
        if (isInfinite(a)) {
            return isInfinite(b) ? invalid(s, precision) : infinity(sign, precision);
        }
        if (isZero(b)) {
            if (isZero(a)) {
                return invalid(s, precision);
            }
            s.flags |= DZ;
            return infinity(sign, precision);
        }
        if (isInfinite(b) || isZero(a)) {
            return zero(sign, precision);
        }
        int exponent = exponent(a) - exponent(b);
        long remainder = significand(a) >>> 10;
        long divisor = significand(b) >>> 10;
        // Long division, ten bits at a time since 53 + 10 bits still fit; 61 or 60 bits of quotient.
        long quotient = remainder / divisor;
        remainder %= divisor;
        for (int i = 0; i < 6; i++) {
            remainder <<= 10;
            quotient = quotient << 10 | remainder / divisor;
            remainder %= divisor;
        }
        return normalizeAndRound(sign, exponent + 2, quotient | (remainder != 0 ? 1 : 0), rm, s, precision);
    }

    @TruffleBoundary
    static long squareRoot(long a, int rm, FloatStatus s, int precision) {
        if (isNaN(a)) {
            return propagateNaN(isSignaling(a), s, precision);
        }
        if (isZero(a)) {
            return zero(a, precision);
        }
        if (a < 0) {
            return invalid(s, precision);
        }
        if (isInfinite(a)) {
            return infinity(a, precision);
        }
        // For a radicand in [1, 4) the host's root is the nearest one. The sign of the residual says on which side of
        // it the true root lies, and that is all rounding needs, since a root is never halfway. The residual in units
        // of 2^-104 is below 2^54, so it can be computed modulo 2^64.
        int exponent = exponent(a);
        long radicand = significand(a) >>> 10 << (exponent & 1);
        long root = (long) (Math.sqrt(radicand * 0x1p-52) * 0x1p52);
        long residual = (radicand << 52) - root * root;
        long significand = (root << 10) + Long.signum(residual);
        return round(0, exponent >> 1, significand, rm, s, precision);
    }

    /// `a * b + c` with one rounding.
    @TruffleBoundary
    static long fusedMultiplyAdd(long a, long b, long c, int rm, FloatStatus s, int precision) {
        boolean invalidProduct = isInfinite(a) && isZero(b) || isZero(a) && isInfinite(b);
        if (isNaN(a) || isNaN(b) || isNaN(c)) {
            // The specification raises NV for infinity * 0 even when the addend is a quiet NaN.
            return propagateNaN(invalidProduct || isSignaling(a) || isSignaling(b) || isSignaling(c), s, precision);
        }
        long sign = a ^ b;
        boolean infiniteProduct = isInfinite(a) || isInfinite(b);
        if (invalidProduct || infiniteProduct && isInfinite(c) && (sign ^ c) < 0) {
            return invalid(s, precision);
        }
        if (infiniteProduct || isInfinite(c)) {
            return infinity(infiniteProduct ? sign : c, precision);
        }
        if (isZero(a) || isZero(b)) {
            if (isZero(c)) {
                return zero((sign ^ c) >= 0 ? c : zeroOfCancellation(rm), precision);
            }
            return round(c, rm, s, precision);
        }
        if (isZero(c)) {
            return multiply(a, b, rm, s, precision);
        }
        return addToProduct(a, b, c, rm, s, precision);
    }

    /// `a * b + c` for finite operands other than zero, in 128 bits: the product of two significands and the addend,
    /// each with its binary point after bit 124.
    private static long addToProduct(long a, long b, long c, int rm, FloatStatus s, int precision) {
        long productSign = (a ^ b) & SIGN;
        int productExponent = exponent(a) + exponent(b);
        long x = significand(a);
        long y = significand(b);
        long productHigh = Math.multiplyHigh(x, y);
        long productLow = x * y;
        int exponent = exponent(c);
        long addendHigh = significand(c) >>> 2;
        long addendLow = 0;
        // Significands end in ten zeros, so the product ends in 20 and the addend in 70: no bit is lost unless the
        // exponents differ by more, and then cancellation takes two bits at most.
        int distance = productExponent - exponent;
        if (distance > 0) {
            exponent = productExponent;
            addendLow = shiftRightJamLow(addendHigh, addendLow, distance);
            addendHigh = distance < 64 ? addendHigh >>> distance : 0;
        } else {
            productLow = shiftRightJamLow(productHigh, productLow, -distance);
            productHigh = -distance < 64 ? productHigh >>> -distance : 0;
        }
        long sign = c & SIGN;
        long high;
        long low;
        if (productSign == sign) {
            low = productLow + addendLow;
            high = productHigh + addendHigh + (Long.compareUnsigned(low, productLow) < 0 ? 1 : 0);
        } else {
            low = productLow - addendLow;
            high = productHigh - addendHigh - (Long.compareUnsigned(productLow, addendLow) < 0 ? 1 : 0);
            sign = productSign;
            if (high < 0) {
                low = -low;
                high = ~high + (low == 0 ? 1 : 0);
                sign = c & SIGN;
            }
        }
        if (high == 0) {
            if (low == 0) {
                return zero(zeroOfCancellation(rm), precision);
            }
            exponent -= 64;
            high = low >>> 1;
            low = low << 63;
            exponent++;
        }
        int shift = Long.numberOfLeadingZeros(high) - 1;
        long significand = shift == 0 ? high : high << shift | low >>> 64 - shift;
        return round(sign, exponent + 2 - shift, significand | (low << shift != 0 ? 1 : 0), rm, s, precision);
    }

    /// Rounds a double image to a precision.
    @TruffleBoundary
    static long narrow(long a, int rm, FloatStatus s, int precision) {
        if (isNaN(a)) {
            return propagateNaN(isSignaling(a), s, precision);
        }
        if (isInfinite(a)) {
            return infinity(a, precision);
        }
        return isZero(a) ? zero(a, precision) : round(a, rm, s, precision);
    }

    /// Result of an operation that quiets NaNs for an operand that is one.
    @TruffleBoundary
    static long quiet(long a, FloatStatus s, int precision) {
        return propagateNaN(isSignaling(a), s, precision);
    }

    /// Smaller or larger of two operands one of which is a NaN: the other one.
    @TruffleBoundary
    static long selectNumber(long a, long b, FloatStatus s, int precision) {
        if (isSignaling(a) || isSignaling(b)) {
            s.flags |= NV;
        }
        if (isNaN(a) && isNaN(b)) {
            return canonicalNaN(precision);
        }
        long number = isNaN(a) ? b : a;
        return narrow(number, RNE, s, precision); // exact, since it was one
    }

    /// Comparison of two operands one of which is a NaN: false, and invalid if a NaN signals or `signaling` is set.
    @TruffleBoundary
    static long compareUnordered(long a, long b, boolean signaling, FloatStatus s) {
        if (signaling || isSignaling(a) || isSignaling(b)) {
            s.flags |= NV;
        }
        return 0;
    }

    /// Rounds to an integer of `width` (32 or 64) bits, saturating with NV when it does not fit;
    /// 32-bit results are sign-extended even if unsigned.
    @TruffleBoundary
    static long toInteger(long a, int rm, FloatStatus s, int width, boolean signed) {
        boolean negative = a < 0 && !isNaN(a);
        long limit = signed ? (1L << width - 1) - (negative ? 0 : 1) : negative ? 0 : -1L >>> 64 - width;
        long magnitude;
        boolean inexact = false;
        boolean overflow = false;
        int exponent = isZero(a) ? -1023 : exponent(a);
        if (exponent > 63) {
            magnitude = 0;
            overflow = true;
        } else if (exponent >= 52) {
            magnitude = significand(a) << 1 >>> 63 - exponent;
        } else {
            long quarters = isZero(a) ? 0 : shiftRightJam(significand(a), 60 - exponent);
            inexact = (quarters & 3) != 0;
            magnitude = roundOff(quarters, 2, negative, rm);
        }
        if (overflow || Long.compareUnsigned(magnitude, limit) > 0) {
            s.flags |= NV;
            magnitude = limit;
        } else if (inexact) {
            s.flags |= NX;
        }
        long result = negative ? -magnitude : magnitude;
        return width == 32 ? (int) result : result;
    }

    /// Rounds an integer, given as sign and unsigned magnitude.
    @TruffleBoundary
    static long fromInteger(boolean negative, long magnitude, int rm, FloatStatus s, int precision) {
        if (magnitude == 0) {
            return zero(0, precision);
        }
        long significand = magnitude < 0 ? magnitude >>> 1 | magnitude & 1 : magnitude;
        return normalizeAndRound(negative ? SIGN : 0, magnitude < 0 ? 63 : 62, significand, rm, s, precision);
    }

    private static long normalizeAndRound(long sign, int exponent, long significand, int rm, FloatStatus s,
            int precision) {
        int shift = Long.numberOfLeadingZeros(significand) - 1;
        return round(sign, exponent - shift, significand << shift, rm, s, precision);
    }

    private static long round(long a, int rm, FloatStatus s, int precision) {
        return round(a, exponent(a), significand(a), rm, s, precision);
    }

    /// Rounds to `precision` bits and the exponent range of the format, raising OF, UF and NX; of `sign` only the top
    /// bit counts.
    private static long round(long sign, int exponent, long significand, int rm, FloatStatus s, int precision) {
        boolean negative = sign < 0;
        int maxExponent = maxExponent(precision);
        int minExponent = 1 - maxExponent;
        int drop = 63 - precision;
        boolean tiny = false;
        if (exponent < minExponent) {
            // Not tiny if rounding with unbounded exponent reaches the smallest normal number.
            tiny = exponent < minExponent - 1 || roundOff(significand, drop, negative, rm) >>> precision == 0;
            significand = shiftRightJam(significand, minExponent - exponent);
            exponent = minExponent;
        }
        boolean inexact = (significand & (1L << drop) - 1) != 0;
        // The leading one of a normal number adds one to the exponent field, as does a carry out of the significand.
        long magnitude = ((long) (exponent + maxExponent - 1) << precision - 1)
                + roundOff(significand, drop, negative, rm);
        long infinity = (2L * maxExponent + 1) << precision - 1;
        if (exponent > maxExponent || magnitude >= infinity) {
            s.flags |= OF | NX;
            boolean towardsZero = rm != RNE && rm != RMM && rm != (negative ? RDN : RUP);
            return pack(sign, towardsZero ? infinity - 1 : infinity, precision);
        }
        if (inexact) {
            s.flags |= tiny ? UF | NX : NX;
        }
        return pack(sign, magnitude, precision);
    }

    /// Divides by `2^drop` and rounds to an integer; the sign of the whole number decides the directed modes.
    private static long roundOff(long significand, int drop, boolean negative, int rm) {
        long rest = significand & (1L << drop) - 1;
        long half = 1L << drop - 1;
        long truncated = significand >>> drop;
        boolean up = switch (rm) {
            case RNE -> rest > half || rest == half && (truncated & 1) != 0;
            case RDN -> negative && rest != 0;
            case RUP -> !negative && rest != 0;
            case RMM -> rest >= half;
            default -> false;
        };
        return up ? truncated + 1 : truncated;
    }

    /// Shifts right by any `distance >= 0`.
    private static long shiftRightJam(long value, int distance) {
        if (distance > 63) {
            return value != 0 ? 1 : 0;
        }
        return value >>> distance | ((value & (1L << distance) - 1) != 0 ? 1 : 0);
    }

    /// Low half of a 128-bit value shifted right by any `distance >= 0`.
    private static long shiftRightJamLow(long high, long low, int distance) {
        if (distance == 0) {
            return low;
        }
        if (distance < 64) {
            return high << 64 - distance | low >>> distance | (low << 64 - distance != 0 ? 1 : 0);
        }
        return shiftRightJam(high, distance - 64) | (low != 0 ? 1 : 0);
    }

    private static long invalid(FloatStatus s, int precision) {
        s.flags |= NV;
        return canonicalNaN(precision);
    }

    private static long propagateNaN(boolean signaling, FloatStatus s, int precision) {
        return signaling ? invalid(s, precision) : canonicalNaN(precision);
    }

    /// The sign of an exact zero sum of numbers that are not both zeros of one sign.
    private static long zeroOfCancellation(int rm) {
        return rm == RDN ? SIGN : 0;
    }
}
