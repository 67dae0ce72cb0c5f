// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes under construction, numbers with the most significant byte first, as in class files.
final class Bytes {
    private byte[] array = new byte[1 << 10];
    private int size;

    int size() {
        return size;
    }

    private void reserve(int more) {
        if (array.length - size < more) {
            array = Arrays.copyOf(array, Math.max(2 * array.length, size + more));
        }
    }

    Bytes u1(int value) {
        reserve(1);
        array[size++] = (byte) value;
        return this;
    }

    Bytes u2(int value) {
        reserve(2);
        set(size, value);
        size += 2;
        return this;
    }

    Bytes u4(int value) {
        return u2(value >>> 16).u2(value);
    }

    Bytes u8(long value) {
        return u4((int) (value >>> 32)).u4((int) value);
    }

    /// A length in two bytes and ASCII text.
    Bytes text(String ascii) {
        byte[] bytes = ascii.getBytes(StandardCharsets.US_ASCII);
        return u2(bytes.length).all(bytes, bytes.length);
    }

    Bytes all(Bytes other) {
        return all(other.array, other.size);
    }

    private Bytes all(byte[] bytes, int count) {
        reserve(count);
        System.arraycopy(bytes, 0, array, size, count);
        size += count;
        return this;
    }

    /// Replaces two bytes.
    void set(int at, int value) {
        array[at] = (byte) (value >>> 8);
        array[at + 1] = (byte) value;
    }

    byte[] toArray() {
        return Arrays.copyOf(array, size);
    }
}
