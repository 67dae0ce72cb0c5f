// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Arrays;

/// Floating point by definition, for one format: exact values are compared with the numbers of the format, which are
/// found by bisection over their encodings. Slow, and shares nothing with the implementation.
///
/// Every operation returns what is expected in each of the five rounding modes.
final class FloatOracle extends FloatFormat {

    static final FloatOracle HALF = new FloatOracle(11, 5);
    static final FloatOracle SINGLE = new FloatOracle(24, 8);
    static final FloatOracle DOUBLE = new FloatOracle(53, 11);

    private static final int NX = 1;
    private static final int UF = 2;
    private static final int OF = 4;
    private static final int DZ = 8;
    private static final int NV = 16;
    private static final int MODES = 5;

    /// Register image and raised flags.
    record Outcome(long image, int flags) {
        @Override
        public String toString() {
            return "%016x flags %02x".formatted(image, flags);
        }
    }

    /// The magnitude of a real number, known only by how it compares with `m * 2^k`.
    private interface Real {
        int compareTo(BigInteger m, int k);
    }

    private FloatOracle(int precision, int exponentBits) {
        super(precision, exponentBits);
    }

    Outcome[] add(long a, long b) {
        return sum(bits(a), bits(b));
    }

    Outcome[] subtract(long a, long b) {
        return sum(bits(a), isNaN(bits(b)) ? bits(b) : negate(bits(b)));
    }

    private Outcome[] sum(long a, long b) {
        if (isNaN(a) || isNaN(b)) {
            return nan(isSignaling(a) || isSignaling(b));
        }
        if (isInfinite(a) && isInfinite(b)) {
            return a == b ? all(a, 0) : nan(true);
        }
        if (isInfinite(a) || isInfinite(b)) {
            return all(isInfinite(a) ? a : b, 0);
        }
        return roundSum(exact(a), exact(b));
    }

    private Outcome[] roundSum(Exact x, Exact y) {
        int scale = Math.min(x.scale(), y.scale());
        BigInteger sum = x.signed().shiftLeft(x.scale() - scale).add(y.signed().shiftLeft(y.scale() - scale));
        if (sum.signum() == 0) {
            boolean sameSign = x.negative() == y.negative();
            Outcome[] zeros = all(zero(sameSign && x.negative()), 0);
            if (!sameSign) {
                zeros[2] = outcome(zero(true), 0);
            }
            return zeros;
        }
        return round(new Exact(sum.signum() < 0, sum.abs(), scale));
    }

    Outcome[] multiply(long ia, long ib) {
        long a = bits(ia);
        long b = bits(ib);
        if (isNaN(a) || isNaN(b)) {
            return nan(isSignaling(a) || isSignaling(b));
        }
        boolean negative = isNegative(a) != isNegative(b);
        if (isInfinite(a) || isInfinite(b)) {
            return isZero(a) || isZero(b) ? nan(true) : all(infinity(negative), 0);
        }
        return round(product(exact(a), exact(b)));
    }

    private static Exact product(Exact x, Exact y) {
        return new Exact(x.negative() != y.negative(), x.magnitude().multiply(y.magnitude()), x.scale() + y.scale());
    }

    Outcome[] multiplyAdd(long ia, long ib, long ic) {
        long a = bits(ia);
        long b = bits(ib);
        long c = bits(ic);
        boolean invalid = isInfinite(a) && isZero(b) || isZero(a) && isInfinite(b);
        if (isNaN(a) || isNaN(b) || isNaN(c)) {
            return nan(invalid || isSignaling(a) || isSignaling(b) || isSignaling(c));
        }
        if (invalid) {
            return nan(true);
        }
        boolean negative = isNegative(a) != isNegative(b);
        if (isInfinite(a) || isInfinite(b)) {
            return isInfinite(c) && isNegative(c) != negative ? nan(true) : all(infinity(negative), 0);
        }
        return isInfinite(c) ? all(c, 0) : roundSum(product(exact(a), exact(b)), exact(c));
    }

    Outcome[] divide(long ia, long ib) {
        long a = bits(ia);
        long b = bits(ib);
        if (isNaN(a) || isNaN(b)) {
            return nan(isSignaling(a) || isSignaling(b));
        }
        boolean negative = isNegative(a) != isNegative(b);
        if (isInfinite(a) && isInfinite(b) || isZero(a) && isZero(b)) {
            return nan(true);
        }
        if (isInfinite(a) || isZero(b)) {
            return all(infinity(negative), isInfinite(a) ? 0 : DZ);
        }
        if (isZero(a) || isInfinite(b)) {
            return all(zero(negative), 0);
        }
        Exact x = exact(a);
        Exact y = exact(b);
        return round(negative,
                (m, k) -> compareScaled(x.magnitude(), x.scale(), m.multiply(y.magnitude()), k + y.scale()));
    }

    Outcome[] squareRoot(long image) {
        long a = bits(image);
        if (isNaN(a)) {
            return nan(isSignaling(a));
        }
        if (isZero(a)) {
            return all(a, 0);
        }
        if (isNegative(a)) {
            return nan(true);
        }
        if (isInfinite(a)) {
            return all(a, 0);
        }
        Exact x = exact(a);
        return round(false, (m, k) -> compareScaled(x.magnitude(), x.scale(), m.multiply(m), 2 * k));
    }

    /// This format's number for an operand of another.
    Outcome[] convertFrom(FloatOracle from, long image) {
        long a = from.bits(image);
        if (from.isNaN(a)) {
            return nan(from.isSignaling(a));
        }
        return from.isInfinite(a) ? all(infinity(from.isNegative(a)), 0) : round(from.exact(a));
    }

    Outcome[] convertFromInteger(BigInteger value) {
        return round(new Exact(value.signum() < 0, value.abs(), 0));
    }

    /// Conversion to a 32- or 64-bit integer; the result is sign-extended to 64 bits even if unsigned.
    Outcome[] toInteger(long image, int width, boolean signed) {
        long a = bits(image);
        BigInteger max = BigInteger.ONE.shiftLeft(signed ? width - 1 : width).subtract(BigInteger.ONE);
        BigInteger min = signed ? max.not() : BigInteger.ZERO;
        Outcome[] outcomes = new Outcome[MODES];
        for (int mode = 0; mode < MODES; mode++) {
            BigInteger result;
            int flags = 0;
            if (isNaN(a) || isInfinite(a)) {
                result = isNaN(a) || !isNegative(a) ? max : min;
                flags = NV;
            } else {
                Exact x = exact(a);
                // floor(x) and floor(2x) tell the fraction apart: zero, below, at or above a half.
                BigInteger lower = shift(x.signed(), x.scale());
                BigInteger twice = shift(x.signed(), x.scale() + 1);
                boolean whole = compareSigned(lower, 0, x.signed(), x.scale()) == 0;
                boolean half = compareSigned(lower.shiftLeft(1).add(BigInteger.ONE), -1, x.signed(), x.scale()) == 0;
                boolean upperNearer = twice.testBit(0) && !half;
                boolean up = switch (mode) {
                    case 0 -> half ? lower.testBit(0) : upperNearer;
                    case 1 -> x.negative();
                    case 2 -> false;
                    case 3 -> true;
                    default -> half ? !x.negative() : upperNearer;
                };
                result = !whole && up ? lower.add(BigInteger.ONE) : lower;
                if (result.compareTo(min) < 0 || result.compareTo(max) > 0) {
                    result = result.signum() < 0 ? min : max;
                    flags = NV;
                } else if (!whole) {
                    flags = NX;
                }
            }
            outcomes[mode] = new Outcome(width == 32 ? result.intValue() : result.longValue(), flags);
        }
        return outcomes;
    }

    /// Rounding to an integer of the format.
    ///
    /// @param tells whether that raises NX
    Outcome[] integral(long image, boolean tells) {
        long a = bits(image);
        if (isNaN(a)) {
            return nan(isSignaling(a));
        }
        if (isInfinite(a) || isZero(a)) {
            return all(a, 0);
        }
        Exact x = exact(a);
        BigDecimal value = x.scale() >= 0 ? new BigDecimal(x.magnitude().shiftLeft(x.scale()))
                : new BigDecimal(x.magnitude()).divide(new BigDecimal(BigInteger.TWO.pow(-x.scale())));
        RoundingMode[] modes = {RoundingMode.HALF_EVEN, RoundingMode.DOWN,
            x.negative() ? RoundingMode.UP : RoundingMode.DOWN, x.negative() ? RoundingMode.DOWN : RoundingMode.UP,
            RoundingMode.HALF_UP};
        Outcome[] outcomes = new Outcome[MODES];
        for (int mode = 0; mode < MODES; mode++) {
            BigInteger whole = value.setScale(0, modes[mode]).toBigIntegerExact();
            long bits = round(new Exact(x.negative(), whole, 0))[0].image();
            outcomes[mode] = new Outcome(bits, tells && value.compareTo(new BigDecimal(whole)) != 0 ? NX : 0);
        }
        return outcomes;
    }

    /// The smaller or larger of two operands, a NaN if one is.
    Outcome[] selectOrNaN(long ia, long ib, boolean larger) {
        long a = bits(ia);
        long b = bits(ib);
        return isNaN(a) || isNaN(b) ? nan(isSignaling(a) || isSignaling(b)) : select(ia, ib, larger);
    }

    /// As [#compare], but with the flags of "=".
    Outcome[] compareQuietly(long ia, long ib, char operator) {
        long a = bits(ia);
        long b = bits(ib);
        return isNaN(a) || isNaN(b) ? compare(ia, ib, '=') : compare(ia, ib, operator);
    }

    /// The low 32 bits of the number rounded towards zero, with the flags of the conversion that saturates.
    Outcome[] toIntegerModulo(long image) {
        long a = bits(image);
        int flags = toInteger(image, 32, true)[1].flags();
        if (isNaN(a) || isInfinite(a)) {
            return raw(0, flags);
        }
        Exact x = exact(a);
        BigInteger magnitude = shift(x.magnitude(), x.scale());
        return raw((x.negative() ? magnitude.negate() : magnitude).intValue(), flags);
    }

    Outcome[] select(long ia, long ib, boolean larger) {
        long a = bits(ia);
        long b = bits(ib);
        int flags = isSignaling(a) || isSignaling(b) ? NV : 0;
        if (isNaN(a) && isNaN(b)) {
            return all(canonicalNaN(), flags);
        }
        if (isNaN(a) || isNaN(b)) {
            return all(isNaN(a) ? b : a, flags);
        }
        int order = compare(a, b);
        boolean first = order == 0 ? isNegative(a) != larger : order < 0 != larger;
        return all(first ? a : b, flags);
    }

    /// `operator` is one of "=", "<" and "≤".
    Outcome[] compare(long ia, long ib, char operator) {
        long a = bits(ia);
        long b = bits(ib);
        if (isNaN(a) || isNaN(b)) {
            return raw(0, operator != '=' || isSignaling(a) || isSignaling(b) ? NV : 0);
        }
        int order = compare(a, b);
        return raw(operator == '=' ? order == 0 ? 1 : 0 : operator == '<' ? order < 0 ? 1 : 0 : order <= 0 ? 1 : 0, 0);
    }

    private int compare(long a, long b) {
        if (isInfinite(a) || isInfinite(b)) {
            return Integer.compare(isInfinite(a) ? isNegative(a) ? -1 : 1 : 0,
                    isInfinite(b) ? isNegative(b) ? -1 : 1 : 0);
        }
        return compareSigned(exact(a).signed(), exact(a).scale(), exact(b).signed(), exact(b).scale());
    }

    Outcome[] classify(long image) {
        long a = bits(image);
        long field = a & infinity;
        int bit;
        if (isNaN(a)) {
            bit = isSignaling(a) ? 8 : 9;
        } else if (isInfinite(a)) {
            bit = isNegative(a) ? 0 : 7;
        } else if (isZero(a)) {
            bit = isNegative(a) ? 3 : 4;
        } else if (field == 0) {
            bit = isNegative(a) ? 2 : 5;
        } else {
            bit = isNegative(a) ? 1 : 6;
        }
        return raw(1L << bit, 0);
    }

    /// Sign injection; `kind` is one of "j", "n" and "x".
    Outcome[] injectSign(long ia, long ib, char kind) {
        long a = bits(ia);
        boolean sign = isNegative(bits(ib));
        boolean negative = kind == 'j' ? sign : kind == 'n' ? !sign : sign != isNegative(a);
        return all(negative == isNegative(a) ? a : negate(a), 0);
    }

    private Outcome[] round(Exact x) {
        return x.isZero() ? all(zero(x.negative()), 0)
                : round(x.negative(), (m, k) -> compareScaled(x.magnitude(), x.scale(), m, k));
    }

    private Outcome[] round(boolean negative, Real x) {
        // The largest finite number not above x; the encodings of positive numbers are ordered like their values.
        long lower = 0;
        long above = infinity;
        while (above - lower > 1) {
            long middle = lower + above >>> 1;
            if (compare(x, middle) >= 0) {
                lower = middle;
            } else {
                above = middle;
            }
        }
        boolean inexact = compare(x, lower) != 0;
        // The next number would be 2^(max exponent + 1) if exponents had no upper limit.
        boolean beyond = x.compareTo(BigInteger.ONE, bias + 1) >= 0;
        boolean belowNormal = x.compareTo(BigInteger.ONE, 1 - bias) < 0;
        BigInteger ones = BigInteger.ONE.shiftLeft(precision).subtract(BigInteger.ONE);
        boolean aboveLastTiny = x.compareTo(ones, 1 - bias - precision) > 0;
        Outcome[] outcomes = new Outcome[MODES];
        for (int mode = 0; mode < MODES; mode++) {
            boolean up = inexact && roundsUp(mode, negative, x, midpoint(lower), (lower & 1) != 0);
            if (beyond || up && lower + 1 == infinity) {
                boolean toInfinity = mode == 0 || mode == 4 || mode == (negative ? 2 : 3);
                outcomes[mode] = outcome(sign(negative) | (toInfinity ? infinity : infinity - 1), OF | NX);
                continue;
            }
            // Tiny after rounding: below the normal numbers, and still there when rounded without a lower limit of the
            // exponent. The last number below 2^(min exponent) has a significand of all ones, so it is odd.
            Exact lastHalf = new Exact(false, ones.shiftLeft(1).add(BigInteger.ONE), -bias - precision);
            boolean tiny = belowNormal && !(aboveLastTiny && roundsUp(mode, negative, x, lastHalf, true));
            int flags = !inexact ? 0 : tiny ? UF | NX : NX;
            outcomes[mode] = outcome(sign(negative) | (up ? lower + 1 : lower), flags);
        }
        return outcomes;
    }

    private static boolean roundsUp(int mode, boolean negative, Real x, Exact midpoint, boolean odd) {
        int order = x.compareTo(midpoint.magnitude(), midpoint.scale());
        return switch (mode) {
            case 0 -> order > 0 || order == 0 && odd;
            case 1 -> false;
            case 2 -> negative;
            case 3 -> !negative;
            default -> order >= 0;
        };
    }

    private int compare(Real x, long encoding) {
        Exact y = exact(encoding);
        return x.compareTo(y.magnitude(), y.scale());
    }

    /// Halfway from a finite number to the next larger one.
    private Exact midpoint(long encoding) {
        Exact x = exact(encoding);
        return new Exact(false, x.magnitude().shiftLeft(1).add(BigInteger.ONE), x.scale() - 1);
    }

    private static int compareScaled(BigInteger a, int i, BigInteger b, int j) {
        if (a.signum() == 0 || b.signum() == 0) {
            return Integer.compare(a.signum(), b.signum());
        }
        int size = Integer.compare(a.bitLength() + i, b.bitLength() + j);
        return size != 0 ? size : compareSigned(a, i, b, j);
    }

    private static int compareSigned(BigInteger a, int i, BigInteger b, int j) {
        return a.shiftLeft(Math.max(i - j, 0)).compareTo(b.shiftLeft(Math.max(j - i, 0)));
    }

    private static BigInteger shift(BigInteger value, int distance) {
        return distance >= 0 ? value.shiftLeft(distance) : value.shiftRight(-distance);
    }

    private Outcome[] nan(boolean invalid) {
        return all(canonicalNaN(), invalid ? NV : 0);
    }

    private Outcome outcome(long bits, int flags) {
        return new Outcome(bits | box(), flags);
    }

    private Outcome[] all(long bits, int flags) {
        Outcome[] outcomes = new Outcome[MODES];
        Arrays.fill(outcomes, outcome(bits, flags));
        return outcomes;
    }

    /// An integer result.
    private static Outcome[] raw(long value, int flags) {
        Outcome[] outcomes = new Outcome[MODES];
        Arrays.fill(outcomes, new Outcome(value, flags));
        return outcomes;
    }
}
