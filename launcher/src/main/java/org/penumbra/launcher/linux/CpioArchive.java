// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// A cpio archive in the form `newc`, which Linux unpacks as its first root file system. Everything in it is root's.
final class CpioArchive {

    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;
    private static final int LINK = 0120000;
    private static final int CHARACTER_DEVICE = 0020000;
    private static final int PERMISSIONS = 07777;
    private static final int ALIGNMENT = 4;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int inode = 1;

    CpioArchive directory(String name) {
        return entry(name, DIRECTORY | 0755, 0, 0, new byte[0]);
    }

    /// @param mode permissions, such as `0755`
    CpioArchive file(String name, int mode, byte[] contents) {
        return entry(name, REGULAR | mode & PERMISSIONS, 0, 0, contents);
    }

    CpioArchive link(String name, String target) {
        return entry(name, LINK | 0777, 0, 0, target.getBytes(StandardCharsets.UTF_8));
    }

    CpioArchive device(String name, int mode, int major, int minor) {
        return entry(name, CHARACTER_DEVICE | mode & PERMISSIONS, major, minor, new byte[0]);
    }

    /// The archive, closed with its trailer.
    byte[] bytes() {
        entry("TRAILER!!!", 0, 0, 0, new byte[0]);
        return out.toByteArray();
    }

    private CpioArchive entry(String name, int mode, int major, int minor, byte[] contents) {
        byte[] encoded = (name + "\0").getBytes(StandardCharsets.UTF_8);
        int[] fields = {inode++, mode, 0, 0, 1, 0, contents.length, 0, 0, major, minor, encoded.length, 0};
        StringBuilder header = new StringBuilder("070701");
        for (int field : fields) {
            header.append(String.format("%08x", field));
        }
        out.writeBytes(header.toString().getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(encoded);
        align();
        out.writeBytes(contents);
        align();
        return this;
    }

    private void align() {
        while (out.size() % ALIGNMENT != 0) {
            out.write(0);
        }
    }
}
