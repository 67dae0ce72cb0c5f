// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// A raw disk image. Either it is never changed, and what the guest writes stays in an overlay in memory and ends with
/// the run; or the guest's writes go to the file.
public final class Disk implements Closeable {
    /// The unit of all virtio block addresses, in bytes.
    public static final int SECTOR = 512;
    /// Ends the specification of an image that is to be written.
    public static final String WRITE = ",write";
    private static final int BLOCK = 4096;

    private final FileChannel file;
    private final long fileLength;
    private final long overlayLimit;
    /// What the guest has written, by block; null where that goes to the file.
    private final Map<Long, byte[]> overlay;

    private Disk(FileChannel file, long fileLength, boolean writable, long overlayLimit) {
        this.file = file;
        this.fileLength = fileLength;
        this.overlayLimit = overlayLimit;
        this.overlay = writable ? null : new HashMap<>();
    }

    /// Opens what a specification names: a file, or a file with [#WRITE] behind it.
    ///
    /// @throws IOException with one line that names the file and the fault
    public static Disk of(String specification) throws IOException {
        return specification.endsWith(WRITE)
                ? openForWriting(Path.of(specification.substring(0, specification.length() - WRITE.length())))
                : open(Path.of(specification));
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
        return open(image, false, overlayLimit);
    }

    /// Opens an image that the guest may change.
    ///
    /// @throws IOException with one line that names the file and the fault
    public static Disk openForWriting(Path image) throws IOException {
        return open(image, true, 0);
    }

    private static Disk open(Path image, boolean writable, long overlayLimit) throws IOException {
        if (Files.exists(image) && !Files.isRegularFile(image)) {
            throw new IOException(image + ": is no regular file; name a raw disk image");
        }
        FileChannel file;
        try {
            file = writable ? FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE)
                    : FileChannel.open(image, StandardOpenOption.READ);
        } catch (NoSuchFileException missing) {
            throw new IOException(image + ": no such file; check the path", missing);
        } catch (IOException denied) {
            throw new IOException(image + ": cannot be opened " + (writable && Files.isReadable(image)
                    ? "for writing; leave out " + WRITE + " to have changes end with the run" : "(" + denied.getMessage() + ")"), denied);
        }
        try {
            if (file.size() == 0) {
                throw new IOException(image + ": is empty; name a raw disk image");
            }
            if (isTaken(file, writable)) {
                throw new IOException(image + ": is in use by another run; wait for its end, or work on a copy");
            }
            return new Disk(file, file.size(), writable, overlayLimit);
        } catch (IOException unusable) {
            file.close();
            throw unusable;
        }
    }

    /// Whether another process, or this one, writes the file, or reads what we want to write. Else it is ours until closed.
    private static boolean isTaken(FileChannel file, boolean writable) {
        try {
            return file.tryLock(0, Long.MAX_VALUE, !writable) == null;
        } catch (OverlappingFileLockException ours) {
            return writable;
        } catch (IOException without) {
            return false; // a file system without locks
        }
    }

    /// Whole sectors; a last partial one is filled up with zeros.
    public long sectors() {
        return (fileLength + SECTOR - 1) / SECTOR;
    }

    /// Bytes the overlay takes.
    public long overlayLength() {
        return overlay == null ? 0 : (long) overlay.size() * BLOCK;
    }

    /// Reads bytes of the disk.
    ///
    /// @throws IOException if the image cannot be read
    public void read(long position, byte[] target, int offset, int length) throws IOException {
        if (overlay == null) {
            readFile(position, target, offset, length);
            return;
        }
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

    /// Changes bytes of the disk.
    ///
    /// @throws IOException with one line if the image cannot be read or written, or the overlay is full
    public void write(long position, byte[] source, int offset, int length) throws IOException {
        if (overlay == null) {
            var buffer = ByteBuffer.wrap(source, offset, length);
            while (buffer.hasRemaining()) {
                file.write(buffer, position + buffer.position() - offset);
            }
            return;
        }
        for (int done = 0; done < length; ) {
            long at = position + done;
            int inBlock = (int) (at % BLOCK);
            int part = Math.min(length - done, BLOCK - inBlock);
            System.arraycopy(source, offset + done, changed(at / BLOCK), inBlock, part);
            done += part;
        }
    }

    /// Waits until what was written outlives a crash of the host, where it goes to a file.
    ///
    /// @throws IOException if that failed
    public void flush() throws IOException {
        if (overlay == null) {
            file.force(false);
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
                throw new IOException("no more than " + (overlayLimit >> 20)
                        + " MiB of changes to a disk are kept in memory; PENUMBRA_JAVA_OPTS=-Xmx4g gives more");
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
