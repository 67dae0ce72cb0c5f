// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.memory.GuestMemory;

/// RAM as devices see it.
///
/// @param written called after each write, for translations and decoded code
record DeviceMemory(GuestMemory memory, Listener written) implements GuestMemoryAccess {
    interface Listener {
        void written(long gpa, long length);
    }

    @Override
    public boolean contains(long gpa, long length) {
        return length >= 0 && memory.contains(gpa, Math.max(1, length));
    }

    @Override
    public void read(long gpa, byte[] target, int offset, int length) {
        memory.read(gpa, target, offset, length);
    }

    @Override
    public void write(long gpa, byte[] source, int offset, int length) {
        memory.write(gpa, source, offset, length);
        written.written(gpa, length);
    }
}
