// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Amounts of memory as users write them: a number of bytes with an optional suffix K, M or G (powers of 1024).
public final class ByteSize {

    private static final Pattern SYNTAX = Pattern.compile("(\\d{1,18})([KMG]?)(?:i?B)?", Pattern.CASE_INSENSITIVE);
    private static final String UNITS = "KMG";

    private ByteSize() {
    }

    /// @return bytes, at least 0
    /// @throws IllegalArgumentException if the text is not an amount or does not fit in 63 bits; its message is for the
    ///                                  user
    public static long parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not an amount of memory such as 64M or 2G");
        }
        String unit = matcher.group(2).toUpperCase(Locale.ROOT);
        int shift = unit.isEmpty() ? 0 : 10 * (1 + UNITS.indexOf(unit));
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
        } catch (ArithmeticException _) {
            throw new IllegalArgumentException("'" + text + "' is far too much memory");
        }
    }

    /// With the largest suffix that needs no fraction, as `64M`.
    public static String text(long bytes) {
        int unit = bytes == 0 ? 0 : Math.min(UNITS.length(), Long.numberOfTrailingZeros(bytes) / 10);
        return (bytes >> 10 * unit) + (unit == 0 ? "" : UNITS.substring(unit - 1, unit));
    }
}
