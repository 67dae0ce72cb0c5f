// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// An amount of memory as users write it: a number of bytes with an optional suffix K, M or G (powers of 1024).
///
/// @param bytes the amount, at least 0
/// @param text  the amount as given
public record ByteSize(long bytes, String text) {

    private static final Pattern SYNTAX = Pattern.compile("(\\d{1,18})([KMG]?)(?:i?B)?", Pattern.CASE_INSENSITIVE);

    /// @throws IllegalArgumentException if the text is not an amount or does not fit in 63 bits; its message is for the
    ///                                  user
    public static ByteSize parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not an amount of memory such as 64M or 2G");
        }
        long unit = switch (matcher.group(2).toUpperCase(Locale.ROOT)) {
            case "K" -> 1L << 10;
            case "M" -> 1L << 20;
            case "G" -> 1L << 30;
            default -> 1;
        };
        try {
            return new ByteSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), unit), text);
        } catch (ArithmeticException _) {
            throw new IllegalArgumentException("'" + text + "' is far too much memory");
        }
    }

    /// For picocli.
    public static final class Converter implements ITypeConverter<ByteSize> {
        @Override
        public ByteSize convert(String value) {
            try {
                return parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
