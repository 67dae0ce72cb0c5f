// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.util.Arrays;

/// RAM full of 0xaa, so that a byte not written or not cleared shows.
final class LoaderRam implements GuestMemoryWriter {
    static final long BASE = 0x8000_0000L;
    final byte[] bytes;

    LoaderRam(int length) {
        bytes = new byte[length];
        Arrays.fill(bytes, (byte) 0xaa);
    }

    @Override
    public boolean contains(long gpa, long length) {
        return length >= 0 && gpa >= BASE && gpa - BASE <= bytes.length && length <= bytes.length - (gpa - BASE);
    }

    @Override
    public void write(long gpa, byte[] source, int offset, int length) {
        if (!contains(gpa, length)) {
            throw new AssertionError("write outside RAM at 0x" + Long.toHexString(gpa));
        }
        System.arraycopy(source, offset, bytes, (int) (gpa - BASE), length);
    }

    int at(long gpa) {
        return bytes[(int) (gpa - BASE)] & 0xff;
    }
}
