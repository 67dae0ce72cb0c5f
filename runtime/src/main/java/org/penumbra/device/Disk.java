// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// A raw disk image that is never changed: what the guest writes stays in an overlay in memory and ends with the run.
public final class Disk implements Closeable {
    /// The unit of all virtio block addresses, in bytes.
    public static final int SECTOR = 512;
    private static final int BLOCK = 4096;

    private final FileChannel file;
    private final long fileLength;
    private final long overlayLimit;
    private final Map<Long, byte[]> overlay = new HashMap<>();

    private Disk(FileChannel file, long fileLength, long overlayLimit) {
        this.file = file;
        this.fileLength = fileLength;
        this.overlayLimit = overlayLimit;
    }

    /// Opens an image; the overlay may take half of the Java heap.
    ///
    /// @throws IOException with one line that names the file and the fault
    public static Disk open(Path image) throws IOException {
        return open(image, Runtime.getRuntime().maxMemory() / 2);
    }

    /// @param overlayLimit bytes of changed data that are kept before writes fail
    /// @throws IOException with one line that names the file and the fault
    public static Disk open(Path image, long overlayLimit) throws IOException {
        if (Files.exists(image) && !Files.isRegularFile(image)) {
            throw new IOException(image + ": is no regular file; name a raw disk image");
        }
        try {
            FileChannel file = FileChannel.open(image, StandardOpenOption.READ);
            long length = file.size();
            if (length == 0) {
                file.close();
                throw new IOException(image + ": is empty; name a raw disk image");
            }
            return new Disk(file, length, overlayLimit);
        } catch (NoSuchFileException missing) {
            throw new IOException(image + ": no such file; check the path", missing);
        }
    }

    /// Whole sectors; a last partial one is filled up with zeros.
    public long sectors() {
        return (fileLength + SECTOR - 1) / SECTOR;
    }

    /// Bytes the overlay takes.
    public long overlayLength() {
        return (long) overlay.size() * BLOCK;
    }

    /// Reads bytes of the disk.
    ///
    /// @throws IOException if the image cannot be read
    public void read(long position, byte[] target, int offset, int length) throws IOException {
        for (int done = 0; done < length; ) {
            long at = position + done;
            int inBlock = (int) (at % BLOCK);
            int part = Math.min(length - done, BLOCK - inBlock);
            byte[] changed = overlay.get(at / BLOCK);
            if (changed != null) {
                System.arraycopy(changed, inBlock, target, offset + done, part);
            } else {
                // One read of the file for all blocks up to the next changed one.
                while (part < length - done && !overlay.containsKey((at + part) / BLOCK)) {
                    part += Math.min(length - done - part, BLOCK);
                }
                readFile(at, target, offset + done, part);
            }
            done += part;
        }
    }

    /// Changes bytes of the disk in the overlay.
    ///
    /// @throws IOException if the image cannot be read or the overlay is full
    public void write(long position, byte[] source, int offset, int length) throws IOException {
        for (int done = 0; done < length; ) {
            long at = position + done;
            int inBlock = (int) (at % BLOCK);
            int part = Math.min(length - done, BLOCK - inBlock);
            System.arraycopy(source, offset + done, changed(at / BLOCK), inBlock, part);
            done += part;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private byte[] changed(long block) throws IOException {
        byte[] bytes = overlay.get(block);
        if (bytes == null) {
            if (overlayLength() + BLOCK > overlayLimit) {
                throw new IOException("the disk's overlay is full");
            }
            bytes = new byte[BLOCK];
            readFile(block * BLOCK, bytes, 0, BLOCK);
            overlay.put(block, bytes);
        }
        return bytes;
    }

    private void readFile(long position, byte[] target, int offset, int length) throws IOException {
        var buffer = ByteBuffer.wrap(target, offset, length);
        long at = position;
        while (buffer.hasRemaining()) {
            int count = file.read(buffer, at);
            if (count < 0) {
                break;
            }
            at += count;
        }
        Arrays.fill(target, buffer.position(), offset + length, (byte) 0);
    }
}
