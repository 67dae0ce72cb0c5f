// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

/// The guest's RAM as a loader sees it. Addresses are physical.
public interface GuestMemoryWriter {
    /// Whether the whole range is RAM. False for a negative length or a range that wraps around.
    boolean contains(long gpa, long length);

    /// Copies into RAM. Only for ranges that [#contains(long, long)] approves.
    void write(long gpa, byte[] source, int offset, int length);

    /// Clears a range of RAM. A memory that is known to be clear may leave its pages untouched.
    default void clear(long gpa, long length) {
        byte[] zeros = new byte[(int) Math.min(length, 1 << 16)];
        for (long done = 0; done < length; done += zeros.length) {
            write(gpa + done, zeros, 0, (int) Math.min(length - done, zeros.length));
        }
    }
}
