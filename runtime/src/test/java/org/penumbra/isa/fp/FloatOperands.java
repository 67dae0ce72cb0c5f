// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import java.util.Random;

/// Operands that reach the corners of floating-point arithmetic, as register images of one format.
final class FloatOperands {

    private final int precision;
    private final int exponentBits;
    private final int bias;
    private final long box;
    private final Random random;

    FloatOperands(FloatFormat format, Random random) {
        this.precision = format.precision;
        this.exponentBits = format.exponentBits;
        this.box = format.box();
        this.bias = (1 << exponentBits - 1) - 1;
        this.random = random;
    }

    /// Zeros, subnormal numbers, borders of formats and integers, infinities and NaNs, of both signs.
    long[] special() {
        int top = precision - 1;
        long quiet = 1L << top - 1;
        long all = (1L << top) - 1;
        int max = 2 * bias;
        long[] magnitudes = {
            0, 1, 2, 3, quiet, all - 1, all,
            number(1, 0), number(1, 1), number(1, all), number(2, 0), number(2, 1),
            power(-1) - 1, power(-1), power(-1) + 1, power(0) - 1, power(0), power(0) + 1, number(bias, quiet),
            power(1), number(bias + 1, quiet), number(bias + 1, quiet >> 1), number(bias + 1, all),
            power(7), power(15) | quiet,
            power(31) - 1, power(31), power(31) + 1, power(32) - 1, power(32), power(32) + 1,
            power(62), power(63) - 1, power(63), power(63) + 1, power(64) - 1, power(64), power(64) + 1,
            power(precision - 1) + 1, power(precision) - 1, power(precision), power(precision - 2) + 1,
            power(-precision), power(-precision) + 1, power(-precision - 1),
            power(-bias / 2), power(-bias / 2) - 1, power(-bias / 2 - precision / 2), power(bias / 2 + 1),
            power(1 - bias + 2 * precision), power(1 - bias + precision) + 1,
            number(max, 0), number(max, all - 1), number(max, all),
            number(max + 1, 0), number(max + 1, quiet), number(max + 1, all), number(max + 1, quiet | 5),
            number(max + 1, 1), number(max + 1, quiet - 1)
        };
        int unboxed = box == 0 ? 0 : 3;
        long[] images = new long[2 * magnitudes.length + unboxed];
        for (int i = 0; i < magnitudes.length; i++) {
            images[2 * i] = image(magnitudes[i]);
            images[2 * i + 1] = image(magnitudes[i] | 1L << precision + exponentBits - 1);
        }
        if (unboxed != 0) {
            images[images.length - 1] = precision == 11 ? 0x3c00L : 0x3f80_0000L;
            images[images.length - 2] = 0xffff_fffe_3f80_0000L;
            images[images.length - 3] = 0x7fff_ffff_7f80_0001L;
        }
        return images;
    }

    /// Overwrites `operands` (one to three) with numbers related so that results fall near borders: of rounding,
    /// cancellation, overflow and underflow.
    void fill(long[] operands) {
        for (int i = 0; i < operands.length; i++) {
            operands[i] = image(any());
        }
        if (operands.length < 2) {
            return;
        }
        int last = operands.length - 1;
        switch (random.nextInt(6)) {
            case 0 -> operands[last] = image(near(operands[0]));
            case 1 -> { // product near the ends of the range
                int sum = random.nextBoolean() ? bias + 1 - random.nextInt(6)
                        : -bias + 2 + random.nextInt(6) - random.nextInt(precision);
                int first = random.nextInt(2 * bias) + 1 - bias;
                operands[0] = image(signed(first, fraction()));
                operands[1] = image(signed(sum - first, fraction()));
            }
            case 2 -> { // quotient near the ends of the range
                int difference = random.nextBoolean() ? bias + 1 - random.nextInt(4)
                        : -bias + 2 + random.nextInt(4) - random.nextInt(precision);
                int first = random.nextInt(2 * bias) + 1 - bias;
                operands[0] = image(signed(first, fraction()));
                operands[1] = image(signed(first - difference, fraction()));
            }
            case 3 -> { // addend near the product, up to twice the precision apart
                int first = random.nextInt(bias) - bias / 2;
                int second = random.nextInt(bias) - bias / 2;
                operands[0] = image(signed(first, fraction()));
                operands[1] = image(signed(second, fraction()));
                if (last == 2) {
                    int apart = random.nextInt(4 * precision) - 2 * precision;
                    operands[2] = image(signed(first + second + (random.nextBoolean() ? apart : random.nextInt(3)),
                            fraction()));
                }
            }
            case 4 -> { // the rounded product as addend: what is left is the error
                if (last == 2) {
                    operands[2] = precision == 11
                            ? image(Float.floatToFloat16(-Float.float16ToFloat((short) operands[0])
                                    * Float.float16ToFloat((short) operands[1])))
                            : precision == 53
                            ? Double.doubleToRawLongBits(-Double.longBitsToDouble(operands[0])
                                    * Double.longBitsToDouble(operands[1]))
                            : image(Float.floatToRawIntBits(-Float.intBitsToFloat((int) operands[0])
                                    * Float.intBitsToFloat((int) operands[1])));
                }
            }
            default -> { // exponents close to each other
                int exponent = random.nextInt(2 * bias) + 1 - bias;
                operands[0] = image(signed(exponent, fraction()));
                operands[last] = image(signed(exponent + random.nextInt(2 * precision) - precision, fraction()));
            }
        }
    }

    private long any() {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextLong();
            case 1 -> signed(-bias + random.nextInt(precision), fraction());
            case 2 -> signed(bias + 1 - random.nextInt(4), fraction());
            case 3 -> signed(random.nextInt(70) - 3, fraction());
            case 4 -> signed(random.nextInt(4) - 2, fraction());
            case 5 -> signed(-bias, random.nextLong() >>> random.nextInt(precision)); // subnormal, any length
            default -> signed(random.nextInt(2 * bias + 2) - bias, fraction());
        };
    }

    /// A few units in the last place away.
    private long near(long image) {
        return (image ^ (random.nextBoolean() ? 1L << precision + exponentBits - 1 : 0)) + random.nextInt(9) - 4;
    }

    /// Random bits, few bits, or runs of ones or zeros at one of the ends.
    private long fraction() {
        int length = random.nextInt(precision);
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> (1L << length) - 1;
            case 2 -> -1L << length;
            case 3 -> 1L << length | 1L << random.nextInt(precision);
            case 4 -> random.nextLong() << length;
            default -> random.nextLong();
        };
    }

    private long signed(int exponent, long fraction) {
        int field = Math.clamp(exponent + bias, 0, 2 * bias + 1);
        return number(field, fraction & (1L << precision - 1) - 1)
                | (random.nextBoolean() ? 1L << precision + exponentBits - 1 : 0);
    }

    private long power(int exponent) {
        return number(exponent + bias, 0);
    }

    private long number(int field, long fraction) {
        return (long) field << precision - 1 | fraction;
    }

    private long image(long bits) {
        return bits | box;
    }
}
