// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.penumbra.machine.image.ImageException.Reason;

/// A file whose bytes go to RAM as they are: an initial RAM disk, or what `--load` names.
///
/// @param name   of the file, for messages
/// @param length in bytes; the file must keep it
public record Blob(String name, Contents contents, long length) {
    private static final int CHUNK = 1 << 16;
    /// First bytes of uncompressed archives for Linux's initial RAM disk.
    private static final String ARCHIVE = "07070";

    /// @throws ImageException if it cannot be read
    public static Blob of(String name, Contents contents) throws ImageException {
        try {
            return new Blob(name, contents, contents.length());
        } catch (IOException failed) {
            throw PackedKernel.unreadable(name, failed);
        }
    }

    /// Copies it to RAM; the range must exist.
    ///
    /// @throws ImageException if it has become shorter, or cannot be read
    void load(GuestMemoryWriter memory, long gpa) throws ImageException {
        byte[] chunk = new byte[(int) Math.min(length, CHUNK)];
        try {
            for (long done = 0; done < length; ) {
                int count = contents.read(done, chunk, 0, (int) Math.min(chunk.length, length - done));
                if (count < 0) {
                    throw changed(name);
                }
                memory.write(gpa + done, chunk, 0, count);
                done += count;
            }
        } catch (IOException failed) {
            throw PackedKernel.unreadable(name, failed);
        }
    }

    /// Additional bytes that Linux needs to unpack it: for one that is not compressed, its size again.
    long unpacked() throws ImageException {
        try {
            byte[] head = contents.head(ARCHIVE.length());
            return new String(head, StandardCharsets.US_ASCII).equals(ARCHIVE) ? length : 0;
        } catch (IOException failed) {
            throw PackedKernel.unreadable(name, failed);
        }
    }

    static ImageException changed(String file) {
        return new ImageException(Reason.BAD_IMAGE, file + ": has been changed meanwhile; start again");
    }
}
