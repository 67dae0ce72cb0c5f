// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import io.airlift.compress.MalformedInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.penumbra.machine.image.ImageException.Reason;

/// A file with a kernel that is plain, compressed, or one of these wrapped in the self-extracting EFI form
/// (`vmlinuz.efi`).
///
/// The unpacked kernel is never held in memory as a whole.
///
/// @param name   of the file, for messages
/// @param from   where in the file the kernel begins
/// @param packed bytes of the file that hold it
/// @param way    how it is compressed, null for not at all
record PackedKernel(String name, Contents file, long from, long packed, Compression way) {
    static final int HEADER = 64;
    private static final int ZBOOT_MAGIC = 0x676d_697a; // "zimg"
    private static final int CHUNK = 1 << 16;
    private static final long LARGEST = 1 << 29;

    /// @throws ImageException if the file cannot be read, or is wrapped in a way that is not known
    static PackedKernel of(String name, Contents file) throws ImageException {
        try {
            byte[] head = file.head(HEADER);
            long from = 0;
            long packed = file.length();
            if (head.length == HEADER && isZboot(head)) {
                ByteBuffer fields = little(head);
                from = fields.getInt(8);
                packed = fields.getInt(12);
                if (from < 0 || packed < 0 || from > file.length() - packed) {
                    throw new ImageException(Reason.BAD_IMAGE, name + ": is cut short; get the file again");
                }
                head = file.stream(from, packed).readNBytes(HEADER);
                if (Compression.of(head) == null) {
                    throw new ImageException(Reason.BAD_IMAGE, name + ": is compressed with " + method(fields.array())
                            + ", which is not read; unpack the kernel, or name an uncompressed one");
                }
            }
            return new PackedKernel(name, file, from, packed, Compression.of(head));
        } catch (IOException failed) {
            throw unreadable(name, failed);
        }
    }

    /// Whether a file begins like the self-extracting form.
    ///
    /// @param head [#HEADER] bytes
    static boolean isZboot(byte[] head) {
        return head[0] == 'M' && head[1] == 'Z' && little(head).getInt(4) == ZBOOT_MAGIC;
    }

    /// The fields of a header, by offset.
    static ByteBuffer little(byte[] head) {
        return ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String method(byte[] head) {
        return new String(head, 24, 8, StandardCharsets.US_ASCII).replaceAll("\0.*", "");
    }

    static ImageException unreadable(String name, IOException failed) {
        return new ImageException(Reason.NO_SUCH_FILE, name + ": cannot be read (" + failed.getMessage() + ")");
    }

    /// The kernel's first bytes: [#HEADER] of them, if there are as many.
    ///
    /// @throws ImageException if they are damaged or cannot be read
    byte[] head() throws ImageException {
        try (InputStream in = open()) {
            return in.readNBytes(HEADER);
        } catch (IOException | MalformedInputException failed) {
            throw failure(failed);
        }
    }

    /// Size of the kernel in bytes; has to unpack all of it.
    ///
    /// @throws ImageException if it is damaged, far too large, or cannot be read
    long length() throws ImageException {
        return way == null ? packed : copy(null, 0, 0);
    }

    /// Loads the kernel into memory.
    ///
    /// @param room most bytes to load; the rest of the file is only checked
    /// @throws ImageException if it is damaged, far too large, or cannot be read
    void load(GuestMemoryWriter memory, long gpa, long room) throws ImageException {
        copy(memory, gpa, room);
    }

    private long copy(GuestMemoryWriter memory, long gpa, long room) throws ImageException {
        byte[] chunk = new byte[CHUNK];
        long done = 0;
        try (InputStream in = open()) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                int part = (int) Math.min(count, room - done);
                if (part > 0) {
                    memory.write(gpa + done, chunk, 0, part);
                }
                done += count;
                if (way != null && done > LARGEST) {
                    throw new ImageException(Reason.BAD_IMAGE, name + ": unpacks to more than " + (LARGEST >> 20)
                            + " MiB; name a kernel");
                }
            }
            return done;
        } catch (IOException | MalformedInputException failed) {
            throw failure(failed);
        }
    }

    private InputStream open() throws IOException {
        InputStream in = file.stream(from, packed);
        return way == null ? in : way.open(in);
    }

    private ImageException failure(Exception failed) {
        return way == null && failed instanceof IOException unread ? unreadable(name, unread)
                : new ImageException(Reason.BAD_IMAGE, name + ": is damaged (" + failed.getMessage()
                        + "); get the file again");
    }
}
