// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import java.math.BigInteger;

/// The encoding of one floating-point format, as far as [FloatOracle] needs it; `bits` are without NaN box.
class FloatFormat {

    /// An exact finite value `±magnitude * 2^scale`; zeros have a sign too.
    record Exact(boolean negative, BigInteger magnitude, int scale) {
        boolean isZero() {
            return magnitude.signum() == 0;
        }

        BigInteger signed() {
            return negative ? magnitude.negate() : magnitude;
        }
    }

    final int precision;
    final int exponentBits;
    final int bias;
    final long infinity;

    FloatFormat(int precision, int exponentBits) {
        this.precision = precision;
        this.exponentBits = exponentBits;
        this.bias = (1 << exponentBits - 1) - 1;
        this.infinity = (1L << exponentBits) - 1 << precision - 1;
    }

    final Exact exact(long bits) {
        int field = (int) (bits >>> precision - 1 & (1L << exponentBits) - 1);
        long fraction = bits & (1L << precision - 1) - 1;
        long magnitude = field == 0 ? fraction : fraction + (1L << precision - 1);
        return new Exact(isNegative(bits), BigInteger.valueOf(magnitude), Math.max(field, 1) - bias - precision + 1);
    }

    /// The operand in a register image: a single or half that is not NaN-boxed counts as the canonical NaN.
    final long bits(long image) {
        return (image | box()) == image ? image & ~box() : canonicalNaN();
    }

    /// The bits of a register above a number, all of which are set in one that is NaN-boxed.
    final long box() {
        int width = precision + exponentBits;
        return width == 64 ? 0 : -1L << width;
    }

    final long signBit() {
        return 1L << precision + exponentBits - 1;
    }

    final long sign(boolean negative) {
        return negative ? signBit() : 0;
    }

    final boolean isNegative(long bits) {
        return (bits & signBit()) != 0;
    }

    final long negate(long bits) {
        return bits ^ signBit();
    }

    final boolean isNaN(long bits) {
        return (bits & infinity) == infinity && (bits & (1L << precision - 1) - 1) != 0;
    }

    final boolean isSignaling(long bits) {
        return isNaN(bits) && (bits & 1L << precision - 2) == 0;
    }

    final boolean isInfinite(long bits) {
        return (bits & signBit() - 1) == infinity;
    }

    final boolean isZero(long bits) {
        return (bits & signBit() - 1) == 0;
    }

    final long zero(boolean negative) {
        return sign(negative);
    }

    final long infinity(boolean negative) {
        return sign(negative) | infinity;
    }

    final long canonicalNaN() {
        return infinity | 1L << precision - 2;
    }
}
