// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

/// A small RAM at the usual base.
public final class Ram implements GuestMemoryAccess {
    public static final long BASE = 0x8000_0000L;
    public final byte[] bytes;

    public Ram(int length) {
        bytes = new byte[length];
    }

    @Override
    public boolean contains(long gpa, long length) {
        return length >= 0 && gpa >= BASE && gpa - BASE <= bytes.length && length <= bytes.length - (gpa - BASE);
    }

    @Override
    public void read(long gpa, byte[] target, int offset, int length) {
        check(gpa, length);
        System.arraycopy(bytes, (int) (gpa - BASE), target, offset, length);
    }

    @Override
    public void write(long gpa, byte[] source, int offset, int length) {
        check(gpa, length);
        System.arraycopy(source, offset, bytes, (int) (gpa - BASE), length);
    }

    private void check(long gpa, long length) {
        if (!contains(gpa, length)) {
            throw new AssertionError("access outside RAM at 0x" + Long.toHexString(gpa));
        }
    }
}
