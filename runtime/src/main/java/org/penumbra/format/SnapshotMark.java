// SPDX-License-Identifier: Apache-2.0
package org.penumbra.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The line that every file with a snapshot begins with.
public final class SnapshotMark {
    private static final byte[] LINE = "penumbra snapshot\n".getBytes(StandardCharsets.US_ASCII);
    /// In bytes.
    public static final int LENGTH = LINE.length;

    private SnapshotMark() {
    }

    public static byte[] bytes() {
        return LINE.clone();
    }

    /// Whether a file that begins with `head` is a snapshot.
    ///
    /// @param head [#LENGTH] bytes, or the whole file if it is shorter
    public static boolean starts(byte[] head) {
        return Arrays.equals(head, LINE);
    }
}
