// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What the host tells of a file (statx(2)).
///
/// @param mode   type and permissions, as in `st_mode`
/// @param device number of the file system, major and minor in one
/// @param raw    device number of a device file, in the form of `new_encode_dev`
/// @param blocks of 512 bytes
record FileStatus(int mode, long inode, long device, int uid, int gid, long links, long raw, long size, long blockSize,
        long blocks, Time accessed, Time modified, Time changed) {
    /// Bytes of the host's structure.
    static final long BYTES = 256;

    static final int TYPE = 0170000;
    static final int FIFO = 0010000;
    static final int DIRECTORY = 0040000;
    static final int REGULAR = 0100000;
    static final int LINK = 0120000;
    static final int SOCKET = 0140000;
    /// Permissions without the bits that give a program another user.
    static final int PERMISSIONS = 01777;
    /// The bits that do.
    static final int SET_ID = 06000;

    /// Seconds since 1970 and nanoseconds.
    record Time(long seconds, long nanoseconds) {
    }

    /// Reads a `struct statx`, which looks the same on every processor.
    static FileStatus of(MemorySegment buffer) {
        return new FileStatus(Short.toUnsignedInt(buffer.get(ValueLayout.JAVA_SHORT, 28)),
                buffer.get(ValueLayout.JAVA_LONG, 32),
                (long) number(buffer, 136) << 32 | Integer.toUnsignedLong(number(buffer, 140)), number(buffer, 20),
                        number(buffer, 24),
                number(buffer, 16), encoded(number(buffer, 128), number(buffer, 132)),
                        buffer.get(ValueLayout.JAVA_LONG, 40),
                number(buffer, 4), buffer.get(ValueLayout.JAVA_LONG, 48), time(buffer, 64), time(buffer, 112),
                        time(buffer, 96));
    }

    private static int number(MemorySegment buffer, long offset) {
        return buffer.get(ValueLayout.JAVA_INT, offset);
    }

    private static long encoded(int major, int minor) {
        return minor & 0xff | (long) major << 8 | (long) (minor & ~0xff) << 12;
    }

    private static Time time(MemorySegment buffer, long offset) {
        return new Time(buffer.get(ValueLayout.JAVA_LONG, offset), Integer.toUnsignedLong(number(buffer, offset + 8)));
    }

    int type() {
        return mode & TYPE;
    }

    boolean isDirectory() {
        return type() == DIRECTORY;
    }

    boolean isSame(FileStatus other) {
        return inode == other.inode && device == other.device;
    }
}
