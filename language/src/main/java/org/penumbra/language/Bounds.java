// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.InvalidArrayIndexException;
import com.oracle.truffle.api.interop.InvalidBufferOffsetException;

/// Checks of indices and offsets that come from other languages.
final class Bounds {
    private Bounds() {
    }

    static boolean contains(long index, long size) {
        return index >= 0 && index < size;
    }

    /// @return the index
    static int index(long index, int size) throws InvalidArrayIndexException {
        if (!contains(index, size)) {
            throw InvalidArrayIndexException.create(index);
        }
        return (int) index;
    }

    /// Checks a range of `length` bytes in a buffer of `size` bytes.
    static void range(long offset, int length, long size) throws InvalidBufferOffsetException {
        if (length < 0 || offset < 0 || offset > size - length) {
            throw InvalidBufferOffsetException.create(offset, length);
        }
    }
}
