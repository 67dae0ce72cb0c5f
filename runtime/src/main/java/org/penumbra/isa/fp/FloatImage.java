// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;

/// Images of floating-point numbers in 64-bit registers: NaN boxes, kinds of numbers, and their parts.
///
/// Unless said otherwise an image is that of a double; singles are [#widen]ed before anything is asked of them, and
/// halves by [#widenHalf].
final class FloatImage {

    /// Bits of precision, which stand for the format too.
    static final int HALF = 11;
    static final int SINGLE = 24;
    static final int DOUBLE = 53;

    static final long SIGN = Long.MIN_VALUE;
    private static final long INFINITY = 0x7ff0_0000_0000_0000L;
    private static final long QUIET = 0x0008_0000_0000_0000L;
    private static final long FRACTION = 0x000f_ffff_ffff_ffffL;
    private static final long CANONICAL_NAN = 0x7ff8_0000_0000_0000L;
    private static final int CANONICAL_NAN_SINGLE = 0x7fc0_0000;
    private static final int CANONICAL_NAN_HALF = 0x7e00;

    private FloatImage() {
    }

    /// The double image of a single's image; a signalling NaN stays one, and one not properly boxed is a quiet one.
    static long widen(long boxed) {
        int bits = unbox(boxed);
        if ((bits & 0x7f80_0000) == 0x7f80_0000) {
            return bits & SIGN | INFINITY | (bits & 0x007f_ffffL) << 29;
        }
        return Double.doubleToRawLongBits(Float.intBitsToFloat(bits));
    }

    /// The bits of a single; those of the canonical NaN if it is not properly boxed.
    static int unbox(long boxed) {
        return boxed >> 32 == -1 ? (int) boxed : CANONICAL_NAN_SINGLE;
    }

    /// The same for a half.
    static long widenHalf(long boxed) {
        int bits = unboxHalf(boxed);
        if ((bits & 0x7c00) == 0x7c00) {
            return (long) bits << 48 & SIGN | INFINITY | (bits & 0x3ffL) << 42;
        }
        return Double.doubleToRawLongBits(Float.float16ToFloat((short) bits));
    }

    /// The 16 bits of a half; those of the canonical NaN if it is not properly boxed.
    static int unboxHalf(long boxed) {
        return boxed >> 16 == -1 ? (int) boxed & 0xffff : CANONICAL_NAN_HALF;
    }

    static long boxHalf(int bits) {
        return 0xffff_ffff_ffff_0000L | bits;
    }

    static long box(int bits) {
        return 0xffff_ffff_0000_0000L | bits;
    }

    /// The result of `fclass` for an operand of the given precision.
    @TruffleBoundary
    static long classify(long a, int precision) {
        if (isNaN(a)) {
            return isSignaling(a) ? 1 << 8 : 1 << 9;
        }
        int minExponent = 1 - maxExponent(precision);
        int size = isInfinite(a) ? 3 : isZero(a) ? 0 : exponent(a) < minExponent ? 1 : 2;
        return a < 0 ? 1 << 3 - size : 1 << 4 + size;
    }

    /// The image of a number of the given precision, from the top bit of `sign` and the other bits.
    static long pack(long sign, long magnitude, int precision) {
        return switch (precision) {
            case DOUBLE -> sign & SIGN | magnitude;
            case SINGLE -> box((int) (sign >>> 32 & 0x8000_0000L | magnitude));
            default -> boxHalf((int) (sign >>> 48 & 0x8000 | magnitude));
        };
    }

    /// Largest exponent of a number of the given precision.
    static int maxExponent(int precision) {
        return switch (precision) {
            case DOUBLE -> 1023;
            case SINGLE -> 127;
            default -> 15;
        };
    }

    static long zero(long sign, int precision) {
        return pack(sign, 0, precision);
    }

    static long infinity(long sign, int precision) {
        return pack(sign, (2L * maxExponent(precision) + 1) << precision - 1, precision);
    }

    static long canonicalNaN(int precision) {
        return switch (precision) {
            case DOUBLE -> CANONICAL_NAN;
            case SINGLE -> box(CANONICAL_NAN_SINGLE);
            default -> boxHalf(CANONICAL_NAN_HALF);
        };
    }

    static boolean isNaN(long a) {
        return (a & ~SIGN) > INFINITY;
    }

    static boolean isSignaling(long a) {
        return isNaN(a) && (a & QUIET) == 0;
    }

    static boolean isInfinite(long a) {
        return (a & ~SIGN) == INFINITY;
    }

    static boolean isZero(long a) {
        return a << 1 == 0;
    }

    /// The exponent of a number that is neither zero, infinite nor a NaN, as if normal.
    static int exponent(long a) {
        int biased = (int) (a >>> 52) & 0x7ff;
        return biased != 0 ? biased - 1023 : -1011 - Long.numberOfLeadingZeros(a & FRACTION);
    }

    /// The significand of such a number, shifted so that its leading one is bit 62; the last ten bits are zeros.
    static long significand(long a) {
        long fraction = a & FRACTION;
        return (a & INFINITY) != 0 ? (fraction | FRACTION + 1) << 10
                : fraction << Long.numberOfLeadingZeros(fraction) - 1;
    }
}
