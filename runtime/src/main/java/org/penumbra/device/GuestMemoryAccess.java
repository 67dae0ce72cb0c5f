// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The guest's RAM as a device with direct memory access sees it. Physical addresses, little-endian values.
///
/// Writes must be as visible as a hart's stores: decoded code and translations derived from the bytes are dropped.
public interface GuestMemoryAccess {
    /// Whether the whole range is RAM. False for a negative length or a range that wraps around.
    boolean contains(long gpa, long length);

    /// Copies out of RAM. Only for ranges that [#contains(long, long)] approves.
    void read(long gpa, byte[] target, int offset, int length);

    /// Copies into RAM. Only for ranges that [#contains(long, long)] approves.
    void write(long gpa, byte[] source, int offset, int length);

    default long readLong(long gpa) {
        byte[] bytes = new byte[8];
        read(gpa, bytes, 0, 8);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    default void writeLong(long gpa, long value) {
        write(gpa, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array(), 0, 8);
    }
}
