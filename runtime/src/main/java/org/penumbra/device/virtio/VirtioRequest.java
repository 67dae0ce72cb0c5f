// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import org.penumbra.device.GuestMemoryAccess;

/// A chain of descriptors taken from a virtqueue: bytes for the device to read, then bytes for it to write.
///
/// Every buffer has been checked to lie in RAM, so a request can be read and written without further checks.
public final class VirtioRequest {
    /// Bytes of a request, as it is carried out in one go and its buffers may be the same memory over and over. Linux
    /// asks a disk for 4 MiB at most, boot loaders for a whole file; a driver must stay below 4 GiB (section 2.7.5).
    static final long LARGEST = 256L << 20;

    private final GuestMemoryAccess memory;
    private final long[] addresses;
    private final long[] lengths;
    private int readable;
    private int count;
    private long readableLength;
    private long writableLength;

    VirtioRequest(GuestMemoryAccess memory, int capacity) {
        this.memory = memory;
        addresses = new long[capacity];
        lengths = new long[capacity];
    }

    void clear() {
        readable = 0;
        count = 0;
        readableLength = 0;
        writableLength = 0;
    }

    /// Appends a buffer. False if the chain or the request is too long, the buffer is not in RAM or a readable one
    /// follows a writable one.
    boolean add(long gpa, long length, boolean writable) {
        if (count == addresses.length || length > LARGEST - length() || !memory.contains(gpa, length)
                || !writable && count > readable) {
            return false;
        }
        addresses[count] = gpa;
        lengths[count] = length;
        count++;
        if (writable) {
            writableLength += length;
        } else {
            readable = count;
            readableLength += length;
        }
        return true;
    }

    long length() {
        return readableLength + writableLength;
    }

    /// Bytes the device may read.
    public long readableLength() {
        return readableLength;
    }

    /// Bytes the device may write.
    public long writableLength() {
        return writableLength;
    }

    /// Copies from the readable part, starting `position` bytes into it.
    ///
    /// @throws IndexOutOfBoundsException if that leaves the part
    public void read(long position, byte[] target, int offset, int length) {
        transfer(position, target, offset, length, false);
    }

    /// Copies into the writable part, starting `position` bytes into it.
    ///
    /// @throws IndexOutOfBoundsException if that leaves the part
    public void write(long position, byte[] source, int offset, int length) {
        transfer(position, source, offset, length, true);
    }

    private void transfer(long position, byte[] bytes, int offset, int length, boolean write) {
        if (position < 0 || length < 0 || position + length > (write ? writableLength : readableLength)) {
            throw new IndexOutOfBoundsException("position " + position + ", length " + length);
        }
        long skip = position;
        int done = 0;
        for (int i = write ? readable : 0; done < length; i++) {
            if (skip >= lengths[i]) {
                skip -= lengths[i];
                continue;
            }
            int part = (int) Math.min(lengths[i] - skip, length - done);
            if (write) {
                memory.write(addresses[i] + skip, bytes, offset + done, part);
            } else {
                memory.read(addresses[i] + skip, bytes, offset + done, part);
            }
            done += part;
            skip = 0;
        }
    }
}
