// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.share;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The answer to a message, written from its front. One that gets too long fails with [BufferOverflowException].
final class Reply {
    /// Bytes of a qid, the protocol's identity of a file.
    static final int QID = 13;
    static final int QID_DIRECTORY = 0x80;
    static final int QID_LINK = 0x02;

    private static final int DEVICE_SHIFT = 48;

    private final ByteBuffer bytes;
    /// File systems seen below the folder, the first one its own: two of them may have the same inode number.
    private final List<Long> devices = new ArrayList<>();

    Reply(int longest) {
        bytes = ByteBuffer.allocate(longest).order(ByteOrder.LITTLE_ENDIAN);
    }

    ByteBuffer bytes() {
        return bytes;
    }

    Reply one(int value) {
        bytes.put((byte) value);
        return this;
    }

    Reply two(int value) {
        bytes.putShort((short) value);
        return this;
    }

    Reply four(int value) {
        bytes.putInt(value);
        return this;
    }

    Reply eight(long value) {
        bytes.putLong(value);
        return this;
    }

    Reply time(FileStatus.Time time) {
        return eight(time.seconds()).eight(time.nanoseconds());
    }

    Reply string(byte[] text) {
        two(text.length);
        bytes.put(text);
        return this;
    }

    Reply qid(FileStatus status) {
        int type = status.isDirectory() ? QID_DIRECTORY : status.type() == FileStatus.LINK ? QID_LINK : 0;
        long time = status.modified().seconds() * 1_000_000_000L + status.modified().nanoseconds();
        return qid(type, Long.hashCode(time) ^ Long.hashCode(status.size()), status.inode(), status.device());
    }

    /// @param version differs when the file has changed
    Reply qid(int type, int version, long inode, long device) {
        if (!devices.contains(device)) {
            devices.add(device);
        }
        return one(type).four(version).eight(inode ^ (long) devices.indexOf(device) << DEVICE_SHIFT);
    }
}
