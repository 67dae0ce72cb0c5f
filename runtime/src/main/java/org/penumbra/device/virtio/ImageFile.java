// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.penumbra.options.HostPath;

/// The file of a disk image, locked against other processes: either one disk writes it, or any number of them read it.
///
/// It is open once in this process, however many disks read it, since POSIX gives up all locks of a process on a file
/// as soon as it closes that file anywhere. It is read past its channel, since a channel closes for good when the
/// thread that uses it is interrupted, as contexts are that go on afterwards.
final class ImageFile {
    private static final Map<Object, ImageFile> OPEN = new HashMap<>();

    private final Object key;
    private final Path image;
    private final RandomAccessFile file;
    private final boolean writable;
    /// Guarded by [#OPEN].
    private int users;

    private ImageFile(Object key, Path image, boolean writable) throws IOException {
        this.key = key;
        this.image = image;
        this.writable = writable;
        try {
            file = new RandomAccessFile(image.toFile(), writable ? "rw" : "r");
        } catch (IOException denied) {
            throw new IOException(image + ": cannot be opened" + (writable && Files.isReadable(image)
                    ? " for writing; leave out " + HostPath.WRITE + " to have changes end with the run"
                    : "; check its permissions"), denied);
        }
    }

    /// Opens an image for one disk, which has to [#release] it.
    ///
    /// @throws IOException with one line that names the file and the fault
    static ImageFile open(Path image, boolean writable) throws IOException {
        if (!Files.exists(image)) {
            throw new IOException(image + ": no such file; check the path");
        }
        if (!Files.isRegularFile(image)) {
            throw new IOException(image + ": is no regular file; name a raw disk image");
        }
        if (Files.size(image) == 0) {
            throw new IOException(image + ": is empty; name a raw disk image");
        }
        synchronized (OPEN) {
            Object key = key(image);
            ImageFile known = OPEN.get(key);
            if (known == null) {
                known = new ImageFile(key, image, writable);
                if (known.isTaken()) {
                    known.file.close();
                    throw inUse(image);
                }
                OPEN.put(key, known);
            } else if (writable || known.writable) {
                throw inUse(image); // found without opening it, which would end in closing it
            }
            known.users++;
            return known;
        }
    }

    /// The same for all names of a file.
    private static Object key(Path image) throws IOException {
        Object key = Files.readAttributes(image, BasicFileAttributes.class).fileKey();
        return key != null ? key : image.toRealPath();
    }

    private static IOException inUse(Path image) {
        return new IOException(image + ": is in use by another disk or run; wait for its end, or work on a copy");
    }

    /// Whether another process writes the file, or reads what we want to write. Else it is ours until closed.
    private boolean isTaken() {
        try {
            return file.getChannel().tryLock(0, Long.MAX_VALUE, !writable) == null;
        } catch (OverlappingFileLockException _) {
            return true; // by this class in another class loader
        } catch (IOException without) {
            return false; // a file system without locks
        }
    }

    /// As it was given.
    String name() {
        return image.toString();
    }

    /// When it was last written, in milliseconds since 1970; 0 if that is not known.
    long modified() {
        return image.toFile().lastModified();
    }

    boolean isWritable() {
        return writable;
    }

    long length() throws IOException {
        return file.length();
    }

    /// Reads bytes; those beyond the end are zero.
    synchronized void read(long position, byte[] target, int offset, int length) throws IOException {
        file.seek(position);
        int done = 0;
        for (int count = 0; done < length && count >= 0; done += Math.max(0, count)) {
            count = file.read(target, offset + done, length - done);
        }
        Arrays.fill(target, offset + done, offset + length, (byte) 0);
    }

    synchronized void write(long position, byte[] source, int offset, int length) throws IOException {
        file.seek(position);
        file.write(source, offset, length);
    }

    /// Waits until what was written outlives a crash of the host.
    void flush() throws IOException {
        file.getFD().sync();
    }

    /// A disk no longer uses it.
    void release() throws IOException {
        synchronized (OPEN) {
            if (--users == 0) {
                OPEN.remove(key);
                file.close();
            }
        }
    }
}
