// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Objects;

/// The bytes of a file for the guest: an array, or an open file that is read each time the guest is loaded, so that the
/// Java heap holds no copy.
public abstract class Contents {

    /// @return the number of bytes read, at least one; -1 at the end
    abstract int read(long position, byte[] target, int offset, int length) throws IOException;

    abstract long length() throws IOException;

    /// Bytes that are not changed any more.
    public static Contents of(byte[] bytes) {
        return new Contents() {
            @Override
            int read(long position, byte[] target, int offset, int length) {
                int part = (int) Math.min(length, bytes.length - position);
                if (part <= 0) {
                    return -1;
                }
                System.arraycopy(bytes, (int) position, target, offset, part);
                return part;
            }

            @Override
            long length() {
                return bytes.length;
            }
        };
    }

    /// The contents of an open file. The channel must not be used elsewhere.
    public static Contents of(SeekableByteChannel file) {
        return new Contents() {
            @Override
            int read(long position, byte[] target, int offset, int length) throws IOException {
                return file.position(position).read(ByteBuffer.wrap(target, offset, length));
            }

            @Override
            long length() throws IOException {
                return file.size();
            }
        };
    }

    /// The first bytes, or fewer at the end.
    final byte[] head(int most) throws IOException {
        return stream(0, most).readNBytes(most);
    }

    /// A part of the bytes, or as much of it as there is.
    final InputStream stream(long from, long length) {
        return new InputStream() {
            private long position = from;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int wanted) throws IOException {
                Objects.checkFromIndexSize(offset, wanted, target.length);
                if (wanted == 0) {
                    return 0;
                }
                int part = (int) Math.min(wanted, from + length - position);
                int count = part <= 0 ? -1 : Contents.this.read(position, target, offset, part);
                position += Math.max(0, count);
                return count;
            }
        };
    }
}
