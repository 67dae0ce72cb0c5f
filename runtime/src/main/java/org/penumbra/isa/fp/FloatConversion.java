// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import static java.lang.Double.doubleToRawLongBits;
import static java.lang.Double.longBitsToDouble;
import static java.lang.Float.floatToRawIntBits;
import static java.lang.Float.intBitsToFloat;
import static org.penumbra.isa.fp.FloatImage.DOUBLE;
import static org.penumbra.isa.fp.FloatImage.SINGLE;
import static org.penumbra.isa.fp.FloatImage.box;
import static org.penumbra.isa.fp.FloatImage.unbox;
import static org.penumbra.isa.fp.FloatMath.inexactSet;
import static org.penumbra.isa.fp.FloatMath.isNearest;
import static org.penumbra.isa.fp.FloatMath.isSafelyNormalS;
import static org.penumbra.isa.fp.FloatMath.likely;
import static org.penumbra.isa.fp.FloatMath.needExact;
import static org.penumbra.isa.fp.FloatStatus.HOST;
import static org.penumbra.isa.fp.FloatStatus.RDN;
import static org.penumbra.isa.fp.FloatStatus.RMM;
import static org.penumbra.isa.fp.FloatStatus.RNE;
import static org.penumbra.isa.fp.FloatStatus.RTZ;

/// RISC-V floating-point conversions between register images of doubles, singles and integers; rules as in [FloatMath].
///
/// In names `W` and `L` are 32- and 64-bit integers, with `u` unsigned. 32-bit results are sign-extended, unsigned ones
/// too. What does not fit saturates and raises NV; a NaN counts as too large.
///
/// An exact conversion is right in every rounding mode and raises nothing, so the fast paths are not limited to
/// round-to-nearest-even.
public final class FloatConversion {

    private FloatConversion() {
    }

    public static long dToS(long a, int rm, FloatStatus s) {
        double x = longBitsToDouble(a);
        float r = (float) x;
        if (isNearest(rm) && likely(isSafelyNormalS(floatToRawIntBits(r))) && inexactSet(s) || (double) r == x) {
            return box(floatToRawIntBits(r));
        }
        needExact(rm);
        return ExactFloat.narrow(a, rm, s, SINGLE);
    }

    public static long sToD(long a, FloatStatus s) {
        double r = intBitsToFloat(unbox(a));
        return likely(r == r) ? doubleToRawLongBits(r) : ExactSingle.toDouble(a, s);
    }

    public static long dToW(long a, int rm, FloatStatus s) {
        double x = longBitsToDouble(a);
        if (rm != RMM && likely(Math.abs(x) <= 0x7fff_ffff)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return v;
            }
        }
        needExact(rm);
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
        needExact(rm);
        return ExactSingle.toInteger(a, rm, s, 32, true);
    }

    public static long dToWu(long a, int rm, FloatStatus s) {
        double x = longBitsToDouble(a);
        if (rm != RMM && likely(x >= 0) && likely(x <= 0xffff_ffffL)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return (int) v;
            }
        }
        needExact(rm);
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
        needExact(rm);
        return ExactSingle.toInteger(a, rm, s, 32, false);
    }

    public static long dToL(long a, int rm, FloatStatus s) {
        double x = longBitsToDouble(a);
        if (rm != RMM && likely(Math.abs(x) < 0x1p62)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return v;
            }
        }
        needExact(rm);
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
        needExact(rm);
        return ExactSingle.toInteger(a, rm, s, 64, true);
    }

    public static long dToLu(long a, int rm, FloatStatus s) {
        double x = longBitsToDouble(a);
        if (rm != RMM && likely(x >= 0) && likely(x < 0x1p62)) {
            long v = (long) roundToIntegral(x, rm);
            if (inexactSet(s) || v == x) {
                return v;
            }
        }
        needExact(rm);
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
        needExact(rm);
        return ExactSingle.toInteger(a, rm, s, 64, false);
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
        if (isNearest(rm) && inexactSet(s) || (long) r == a && a != Long.MAX_VALUE) {
            return doubleToRawLongBits(r);
        }
        needExact(rm);
        return ExactFloat.fromInteger(a < 0, Math.abs(a), rm, s, DOUBLE);
    }

    public static long luToD(long a, int rm, FloatStatus s) {
        if (likely(a >= 0)) {
            return lToD(a, rm, s);
        }
        needExact(rm);
        return ExactFloat.fromInteger(false, a, rm, s, DOUBLE);
    }

    public static long wToS(long a, int rm, FloatStatus s) {
        return lToS((int) a, rm, s);
    }

    public static long wuToS(long a, int rm, FloatStatus s) {
        return lToS(a & 0xffff_ffffL, rm, s);
    }

    public static long lToS(long a, int rm, FloatStatus s) {
        float r = a;
        if (isNearest(rm) && inexactSet(s) || (long) r == a && a != Long.MAX_VALUE) {
            return box(floatToRawIntBits(r));
        }
        needExact(rm);
        return ExactFloat.fromInteger(a < 0, Math.abs(a), rm, s, SINGLE);
    }

    public static long luToS(long a, int rm, FloatStatus s) {
        if (likely(a >= 0)) {
            return lToS(a, rm, s);
        }
        needExact(rm);
        return ExactFloat.fromInteger(false, a, rm, s, SINGLE);
    }

    private static double roundToIntegral(double x, int rm) {
        return switch (rm) {
            case RTZ -> x;
            case RNE, HOST -> Math.rint(x);
            case RDN -> Math.floor(x);
            default -> Math.ceil(x);
        };
    }
}
