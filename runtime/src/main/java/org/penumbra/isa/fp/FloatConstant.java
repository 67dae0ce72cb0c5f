// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa.fp;

import static org.penumbra.isa.fp.FloatImage.HALF;
import static org.penumbra.isa.fp.FloatImage.box;
import static org.penumbra.isa.fp.FloatImage.boxHalf;
import static org.penumbra.isa.fp.FloatImage.canonicalNaN;

import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/// The 32 constants of `fli` (Zfa), by their numbers.
public final class FloatConstant {
    private static final int SMALLEST_NORMAL = 1;
    private static final int NAN = 31;
    private static final double[] VALUES = {-1, Double.NaN, 0x1p-16, 0x1p-15, 0x1p-8, 0x1p-7, 0.0625, 0.125, 0.25,
        0.3125, 0.375, 0.4375, 0.5, 0.625, 0.75, 0.875, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 8, 16, 128, 256, 0x1p15,
        0x1p16, Double.POSITIVE_INFINITY, Double.NaN};

    private FloatConstant() {
    }

    /// All constants of one format.
    public static long[] table(IntToLongFunction format) {
        return IntStream.range(0, VALUES.length).mapToLong(format).toArray();
    }

    /// Register image of a double.
    public static long ofDouble(int number) {
        return Double.doubleToLongBits(number == SMALLEST_NORMAL ? Double.MIN_NORMAL : VALUES[number]);
    }

    /// NaN-boxed single.
    public static long ofSingle(int number) {
        return box(Float.floatToIntBits(number == SMALLEST_NORMAL ? Float.MIN_NORMAL : (float) VALUES[number]));
    }

    /// NaN-boxed half. The constant 2^16 is infinity here, and 2^-16 and 2^-15 are subnormal.
    public static long ofHalf(int number) {
        if (number == NAN) {
            return canonicalNaN(HALF);
        }
        return boxHalf(Float.floatToFloat16(number == SMALLEST_NORMAL ? 0x1p-14f : (float) VALUES[number]));
    }
}
