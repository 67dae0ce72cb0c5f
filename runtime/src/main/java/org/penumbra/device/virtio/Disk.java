// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.penumbra.options.HostPath;
import org.penumbra.snapshot.State;
import org.penumbra.snapshot.StateException;

/// A raw disk image. Either it is never changed, and what the guest writes stays in an overlay in memory and ends with
/// the run; or the guest's writes go to the file.
public final class Disk implements Closeable {
    /// The unit of all virtio block addresses, in bytes.
    public static final int SECTOR = 512;
    private static final int BLOCK = 4096;
    /// What a block of an overlay takes of the Java heap: beside its bytes the headers of its array and its number, and
    /// its entry in the map's table, at most, as it is without compressed references and while the table grows.
    static final int BLOCK_ON_HEAP = BLOCK + 128;

    private final ImageFile file;
    private final long fileLength;
    /// Null where the guest's writes go to the file.
    private final OverlayBudget budget;
    /// What the guest has written, by block; null where that goes to the file.
    private final Map<Long, byte[]> overlay;
    private boolean closed;

    private Disk(ImageFile file, OverlayBudget budget) throws IOException {
        this.file = file;
        this.fileLength = file.length();
        this.budget = budget;
        this.overlay = file.isWritable() ? null : new HashMap<>();
    }

    /// Opens an image.
    ///
    /// @param specification see [HostPath]
    /// @param budget what its overlay, if it has one, shares with those of the machine's other disks
    /// @throws IOException with one line that names the file and the fault
    public static Disk of(String specification, OverlayBudget budget) throws IOException {
        HostPath image = HostPath.parse(specification);
        return new Disk(ImageFile.open(Path.of(image.name()), image.writable()), image.writable() ? null : budget);
    }

    /// Whole sectors; a last partial one is filled up with zeros.
    public long sectors() {
        return (fileLength + SECTOR - 1) / SECTOR;
    }

    /// Bytes the overlay takes of the Java heap.
    public long overlayLength() {
        return overlay == null ? 0 : (long) overlay.size() * BLOCK_ON_HEAP;
    }

    /// Reads bytes of the disk.
    ///
    /// @throws IOException if the image cannot be read
    public void read(long position, byte[] target, int offset, int length) throws IOException {
        if (overlay == null) {
            file.read(position, target, offset, length);
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
                file.read(at, target, offset + done, part);
            }
            done += part;
        }
    }

    /// Changes bytes of the disk.
    ///
    /// @throws IOException with one line if the image cannot be read or written, or the overlay is full
    public void write(long position, byte[] source, int offset, int length) throws IOException {
        if (overlay == null) {
            file.write(position, source, offset, length);
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
            file.flush();
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            file.release();
        }
    }

    private byte[] changed(long block) throws IOException {
        byte[] bytes = overlay.get(block);
        if (bytes == null) {
            budget.take(BLOCK_ON_HEAP);
            bytes = new byte[BLOCK];
            file.read(block * BLOCK, bytes, 0, BLOCK);
            overlay.put(block, bytes);
        }
        return bytes;
    }

    /// Saves what the guest has written, or restores it; the image itself is not part of a snapshot.
    ///
    /// @throws StateException if the guest writes to the image, or it has changed since
    public void transfer(State state) {
        if (overlay == null) {
            throw new StateException("disk " + file.name() + " is written to, so it cannot be part of a snapshot; "
                    + "leave out " + HostPath.WRITE);
        }
        long length = state.number(fileLength);
        long modified = state.number(file.modified());
        if (length != fileLength || modified != file.modified()) {
            throw new StateException("disk " + file.name() + " has changed since");
        }
        if (!state.restores()) {
            state.number((long) overlay.size());
            new TreeMap<>(overlay).forEach((block, bytes) -> {
                state.number(block);
                state.block(bytes);
            });
            return;
        }
        budget.giveBack((long) overlay.size() * BLOCK_ON_HEAP);
        overlay.clear();
        for (long left = state.number(0L); left > 0; left--) {
            long block = state.number(0L);
            byte[] bytes = state.block(null);
            if (bytes.length != BLOCK) {
                throw new StateException("a block of " + bytes.length + " bytes");
            }
            try {
                budget.take(BLOCK_ON_HEAP);
            } catch (IOException full) {
                throw new StateException(full.getMessage());
            }
            overlay.put(block, bytes);
        }
    }
}
