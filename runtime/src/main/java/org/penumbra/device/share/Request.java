// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A message of the guest, read from its front: numbers are little-endian, a string is its length in two bytes and its
/// bytes.
///
/// What does not fit into the message fails with [Errno#EPROTO].
final class Request {
    private final ByteBuffer bytes;

    /// @param length bytes of the message
    Request(byte[] message, int length) {
        bytes = ByteBuffer.wrap(message, 0, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer with(int count) throws ShareException {
        if (count < 0 || count > bytes.remaining()) {
            throw new ShareException(Errno.EPROTO);
        }
        return bytes;
    }

    int one() throws ShareException {
        return Byte.toUnsignedInt(with(1).get());
    }

    int two() throws ShareException {
        return Short.toUnsignedInt(with(2).getShort());
    }

    int four() throws ShareException {
        return with(4).getInt();
    }

    /// A number of bytes, at most `Integer.MAX_VALUE`.
    int count() throws ShareException {
        return (int) Math.min(Integer.toUnsignedLong(four()), Integer.MAX_VALUE);
    }

    long eight() throws ShareException {
        return with(8).getLong();
    }

    byte[] string() throws ShareException {
        int length = two();
        byte[] text = new byte[length <= bytes.remaining() ? length : 0];
        with(length).get(text);
        return text;
    }

    /// What follows, which the caller takes from the buffer.
    ByteBuffer data(int count) throws ShareException {
        return with(count);
    }
}
