// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.gdb;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Numbers and bytes in packets.
final class Hex {
    private static final HexFormat FORMAT = HexFormat.of();

    private Hex() {
    }

    static String of(byte[] bytes) {
        return FORMAT.formatHex(bytes);
    }

    static String ofText(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /// @throws IllegalArgumentException if it is not hexadecimal
    static byte[] bytes(String text) {
        return FORMAT.parseHex(text);
    }

    static String text(String hex) {
        return new String(bytes(hex), StandardCharsets.UTF_8);
    }

    /// A number of at most 64 bits, its most significant digit first.
    ///
    /// @throws IllegalArgumentException if it is not hexadecimal
    static long number(String text) {
        return Long.parseUnsignedLong(text, 16);
    }

    /// A register's bytes, in the order of memory.
    static String register(long value, int bytes) {
        byte[] all = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            all[i] = (byte) (value >>> 8 * i);
        }
        return of(all);
    }

    static long register(String hex) {
        byte[] all = bytes(hex);
        long value = 0;
        for (int i = Math.min(all.length, Long.BYTES) - 1; i >= 0; i--) {
            value = value << 8 | all[i] & 0xff;
        }
        return value;
    }
}
