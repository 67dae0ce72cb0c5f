// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import org.penumbra.snapshot.State;

/// A virtio block device (virtio 1.2, section 5.2) over a [Disk].
public final class VirtioBlock implements VirtioDevice {
    static final long F_SEG_MAX = 1L << 2;
    static final long F_BLK_SIZE = 1L << 6;
    static final long F_FLUSH = 1L << 9;
    static final int T_IN = 0;
    static final int T_OUT = 1;
    static final int T_FLUSH = 4;
    static final int T_GET_ID = 8;
    static final int S_OK = 0;
    static final int S_IOERR = 1;
    static final int S_UNSUPP = 2;

    private static final int HEADER_LENGTH = 16;
    private static final int ID_LENGTH = 20;
    private static final int CONFIGURATION_LENGTH = 24;
    private static final int CHUNK = 1 << 16;

    private final Disk disk;
    private final Consumer<String> complaints;
    private boolean complained;
    private final ByteBuffer configuration = ByteBuffer.allocate(CONFIGURATION_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final byte[] chunk = new byte[CHUNK];

    public VirtioBlock(Disk disk) {
        this(disk, line -> { });
    }

    /// @param complaints gets one line, once, when the host cannot do what the guest rightly asks; the guest sees an
    ///                   error
    public VirtioBlock(Disk disk, Consumer<String> complaints) {
        this.disk = disk;
        this.complaints = complaints;
        configuration.putLong(0, disk.sectors());
        configuration.putInt(12, Virtqueue.LARGEST - 2); // seg_max: a header and a status go with the data
        configuration.putInt(20, Disk.SECTOR); // blk_size
    }

    @Override
    public int id() {
        return 2;
    }

    @Override
    public long features() {
        return F_SEG_MAX | F_BLK_SIZE | F_FLUSH;
    }

    @Override
    public int queues() {
        return 1;
    }

    @Override
    public long configuration(int offset, int size) {
        long value = 0;
        for (int i = Math.min(size, CONFIGURATION_LENGTH - offset) - 1; i >= 0; i--) {
            value = value << 8 | configuration.get(offset + i) & 0xff;
        }
        return value;
    }

    @Override
    public long process(int queue, VirtioRequest request) {
        if (request.writableLength() == 0) {
            return 0; // no place for a status
        }
        long room = request.writableLength() - 1;
        long written = 0;
        int status;
        if (request.readableLength() < HEADER_LENGTH) {
            status = S_IOERR;
        } else {
            request.read(0, header.array(), 0, HEADER_LENGTH);
            long sector = header.getLong(8);
            try {
                status = switch (header.getInt(0)) {
                    case T_IN -> {
                        if (!onDisk(sector, room)) {
                            yield S_IOERR;
                        }
                        fromDisk(request, sector, room);
                        written = room;
                        yield S_OK;
                    }
                    case T_OUT -> toDisk(request, sector, request.readableLength() - HEADER_LENGTH);
                    case T_FLUSH -> {
                        disk.flush();
                        yield S_OK;
                    }
                    case T_GET_ID -> {
                        byte[] id = Arrays.copyOf("penumbra-disk".getBytes(StandardCharsets.US_ASCII), ID_LENGTH);
                        written = Math.min(room, ID_LENGTH);
                        request.write(0, id, 0, (int) written);
                        yield S_OK;
                    }
                    default -> S_UNSUPP;
                };
            } catch (IOException failed) {
                complain(failed);
                status = S_IOERR;
            }
        }
        request.write(room, new byte[] {(byte) status}, 0, 1);
        // The status is the last writable byte; the used length counts from the first, so it covers what lies between.
        return written == room ? room + 1 : written;
    }

    private void fromDisk(VirtioRequest request, long sector, long length) throws IOException {
        for (long done = 0; done < length; done += CHUNK) {
            int part = (int) Math.min(length - done, CHUNK);
            disk.read(sector * Disk.SECTOR + done, chunk, 0, part);
            request.write(done, chunk, 0, part);
        }
    }

    private int toDisk(VirtioRequest request, long sector, long length) throws IOException {
        if (!onDisk(sector, length)) {
            return S_IOERR;
        }
        for (long done = 0; done < length; done += CHUNK) {
            int part = (int) Math.min(length - done, CHUNK);
            request.read(HEADER_LENGTH + done, chunk, 0, part);
            disk.write(sector * Disk.SECTOR + done, chunk, 0, part);
        }
        return S_OK;
    }

    private boolean onDisk(long sector, long length) {
        return length % Disk.SECTOR == 0 && sector >= 0 && sector <= disk.sectors()
                && length / Disk.SECTOR <= disk.sectors() - sector;
    }

    private void complain(IOException failed) {
        if (!complained) {
            complained = true;
            complaints.accept("the guest's disk failed: " + failed.getMessage());
        }
    }

    @Override
    public void transfer(State state) {
        disk.transfer(state);
        complained = state.flag(complained);
    }
}
