// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import org.penumbra.machine.image.GuestMemoryWriter;
import org.penumbra.memory.GuestMemory;

/// The RAM of a machine being powered on, all zero, as a loader sees it.
record ClearMemory(GuestMemory memory) implements GuestMemoryWriter {
    @Override
    public boolean contains(long gpa, long length) {
        return length >= 0 && memory.contains(gpa, Math.max(1, length));
    }

    @Override
    public void write(long gpa, byte[] source, int offset, int length) {
        memory.write(gpa, source, offset, length);
    }

    @Override
    public void clear(long gpa, long length) {
        // It already is.
    }
}
