// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import static java.lang.Double.doubleToRawLongBits;
import static java.lang.Double.longBitsToDouble;
import static org.penumbra.isa.fp.FloatImage.DOUBLE;
import static org.penumbra.isa.fp.FloatImage.HALF;
import static org.penumbra.isa.fp.FloatImage.SINGLE;
import static org.penumbra.isa.fp.FloatImage.canonicalNaN;
import static org.penumbra.isa.fp.FloatImage.isInfinite;
import static org.penumbra.isa.fp.FloatImage.isNaN;
import static org.penumbra.isa.fp.FloatImage.isSignaling;
import static org.penumbra.isa.fp.FloatImage.isZero;
import static org.penumbra.isa.fp.FloatImage.widen;
import static org.penumbra.isa.fp.FloatImage.widenHalf;
import static org.penumbra.isa.fp.FloatStatus.NV;
import static org.penumbra.isa.fp.FloatStatus.NX;
import static org.penumbra.isa.fp.FloatStatus.RDN;
import static org.penumbra.isa.fp.FloatStatus.RMM;
import static org.penumbra.isa.fp.FloatStatus.RTZ;
import static org.penumbra.isa.fp.FloatStatus.RUP;

import com.oracle.truffle.api.CompilerDirectives.TruffleBoundary;

/// What Zfa adds to floating point, on register images; names and parameters as in [FloatMath].
///
/// An integral part, a selection and a comparison of halves and singles are those of the doubles that have the same
/// values.
public final class FloatExtra {
    /// From here on every double is an integer.
    private static final double ALL_INTEGRAL = 0x1p52;
    private static final double TWO_TO_32 = 0x1p32;

    private FloatExtra() {
    }

    /// Rounds to an integer of the same format.
    ///
    /// @param tells whether NX is raised if that changes the number
    @TruffleBoundary
    public static long roundD(long a, int rm, boolean tells, FloatStatus s) {
        return round(a, rm, tells, s, DOUBLE);
    }

    /// The same for a single.
    @TruffleBoundary
    public static long roundS(long a, int rm, boolean tells, FloatStatus s) {
        return round(widen(a), rm, tells, s, SINGLE);
    }

    /// The same for a half.
    @TruffleBoundary
    public static long roundH(long a, int rm, boolean tells, FloatStatus s) {
        return round(widenHalf(a), rm, tells, s, HALF);
    }

    private static long round(long a, int rm, boolean tells, FloatStatus s, int precision) {
        double x = longBitsToDouble(a);
        double r = x;
        if (Math.abs(x) < ALL_INTEGRAL) { // which no NaN is
            r = Math.copySign(integral(x, rm), x);
            if (tells && r != x) {
                s.flags |= NX;
            }
        }
        return ExactFloat.narrow(isNaN(a) ? a : doubleToRawLongBits(r), FloatStatus.RNE, s, precision);
    }

    private static double integral(double x, int rm) {
        return switch (rm) {
            case RTZ -> (long) x;
            case RDN -> Math.floor(x);
            case RUP -> Math.ceil(x);
            case RMM -> {
                double below = Math.floor(Math.abs(x));
                yield Math.abs(x) - below >= 0.5 ? below + 1 : below;
            }
            default -> Math.rint(x);
        };
    }

    /// IEEE 754-2019 `minimum`: a NaN if any operand is one, with -0 below +0.
    @TruffleBoundary
    public static long minimumD(long a, long b, FloatStatus s) {
        return select(a, b, false, s, DOUBLE);
    }

    /// The same for singles.
    @TruffleBoundary
    public static long minimumS(long a, long b, FloatStatus s) {
        return select(widen(a), widen(b), false, s, SINGLE);
    }

    /// The same for halves.
    @TruffleBoundary
    public static long minimumH(long a, long b, FloatStatus s) {
        return select(widenHalf(a), widenHalf(b), false, s, HALF);
    }

    /// IEEE 754-2019 `maximum`.
    @TruffleBoundary
    public static long maximumD(long a, long b, FloatStatus s) {
        return select(a, b, true, s, DOUBLE);
    }

    /// The same for singles.
    @TruffleBoundary
    public static long maximumS(long a, long b, FloatStatus s) {
        return select(widen(a), widen(b), true, s, SINGLE);
    }

    /// The same for halves.
    @TruffleBoundary
    public static long maximumH(long a, long b, FloatStatus s) {
        return select(widenHalf(a), widenHalf(b), true, s, HALF);
    }

    private static long select(long a, long b, boolean larger, FloatStatus s, int precision) {
        if (isNaN(a) || isNaN(b)) {
            if (isSignaling(a) || isSignaling(b)) {
                s.flags |= NV;
            }
            return canonicalNaN(precision);
        }
        boolean first = Double.compare(longBitsToDouble(a), longBitsToDouble(b)) < 0;
        return ExactFloat.narrow(first != larger ? a : b, FloatStatus.RNE, s, precision);
    }

    /// 1 if less; signals on signalling NaNs only.
    @TruffleBoundary
    public static long ltQuietD(long a, long b, FloatStatus s) {
        return isNaN(a) || isNaN(b) ? ExactFloat.compareUnordered(a, b, false, s)
                : longBitsToDouble(a) < longBitsToDouble(b) ? 1 : 0;
    }

    /// The same for singles.
    @TruffleBoundary
    public static long ltQuietS(long a, long b, FloatStatus s) {
        return ltQuietD(widen(a), widen(b), s);
    }

    /// The same for halves.
    @TruffleBoundary
    public static long ltQuietH(long a, long b, FloatStatus s) {
        return ltQuietD(widenHalf(a), widenHalf(b), s);
    }

    /// 1 if less or equal; signals on signalling NaNs only.
    @TruffleBoundary
    public static long leQuietD(long a, long b, FloatStatus s) {
        return isNaN(a) || isNaN(b) ? ExactFloat.compareUnordered(a, b, false, s)
                : longBitsToDouble(a) <= longBitsToDouble(b) ? 1 : 0;
    }

    /// The same for singles.
    @TruffleBoundary
    public static long leQuietS(long a, long b, FloatStatus s) {
        return leQuietD(widen(a), widen(b), s);
    }

    /// The same for halves.
    @TruffleBoundary
    public static long leQuietH(long a, long b, FloatStatus s) {
        return leQuietD(widenHalf(a), widenHalf(b), s);
    }

    /// The low 32 bits of the number rounded towards zero, sign-extended; 0 for infinities and NaNs. Flags are those of
    /// the conversion that saturates.
    @TruffleBoundary
    public static long dToWModular(long a, FloatStatus s) {
        ExactFloat.toInteger(a, RTZ, s, 32, true);
        if (isNaN(a) || isInfinite(a) || isZero(a)) {
            return 0;
        }
        double x = longBitsToDouble(a);
        // The remainder of a division is exact, and less than 2^32 in magnitude.
        return (int) (long) (x % TWO_TO_32);
    }
}
