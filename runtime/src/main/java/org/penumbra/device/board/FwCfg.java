// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.penumbra.device.BusFault;
import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.snapshot.State;

/// QEMU's `fw_cfg` (`docs/specs/fw_cfg.rst`) with a signature, a revision and an empty directory of files: what is
/// configured here is in the device tree.
///
/// Registers are big-endian: the data of the selected item, byte by byte, at 0, the selector at 8, the address of a
/// command in RAM at 16.
public final class FwCfg implements Device {
    private static final int SIZE = 0x18;
    private static final int DATA = 0;
    private static final int DATA_END = 8;
    private static final int SELECTOR = 8;
    private static final int DMA_HIGH = 16;
    private static final int DMA_LOW = 20;
    private static final long DMA_SIGNATURE = 0x5145_4d55_2043_4647L; // "QEMU CFG"
    private static final int FILE_DIRECTORY = 0x19;
    private static final int COMMAND_LENGTH = 16;
    private static final int ERROR = 1;
    private static final int READ = 2;
    private static final int SKIP = 4;
    private static final int SELECT = 8;
    private static final int WRITE = 16;
    /// Bytes of a command, so that a guest cannot hold up the machine.
    private static final long MOST = 1 << 20;
    private static final int CHUNK = 4096;

    private final GuestMemoryAccess memory;
    private byte[] item = {};
    private int position;
    private int commandHigh;

    public FwCfg(GuestMemoryAccess memory) {
        this.memory = memory;
        select(0);
    }

    @Override
    public long size() {
        return SIZE;
    }

    @Override
    public long read(long offset, int size) {
        if (offset < DATA_END) {
            if (offset != DATA) {
                throw BusFault.INSTANCE;
            }
            byte[] bytes = new byte[size];
            take(bytes, size);
            return little(bytes);
        }
        if (offset >= DMA_HIGH) {
            byte[] signature = ByteBuffer.allocate(8).putLong(DMA_SIGNATURE).array();
            byte[] bytes = new byte[size];
            System.arraycopy(signature, (int) offset - DMA_HIGH, bytes, 0, size);
            return little(bytes);
        }
        throw BusFault.INSTANCE;
    }

    @Override
    public void write(long offset, int size, long value) {
        if (offset == SELECTOR && size == 2) {
            select(Short.reverseBytes((short) value) & 0xffff);
        } else if (offset == DMA_HIGH && size == 8) {
            command(Long.reverseBytes(value));
        } else if (offset == DMA_HIGH && size == 4) {
            commandHigh = Integer.reverseBytes((int) value);
        } else if (offset == DMA_LOW && size == 4) {
            command((long) commandHigh << 32 | Integer.reverseBytes((int) value) & 0xffff_ffffL);
        } else if (offset >= DATA_END) {
            throw BusFault.INSTANCE;
        }
    }

    private void select(int key) {
        position = 0;
        item = switch (key) {
            case 0 -> "QEMU".getBytes(StandardCharsets.US_ASCII);
            case 1 -> new byte[] {3, 0, 0, 0}; // the traditional interface and commands
            case FILE_DIRECTORY -> new byte[4];
            default -> new byte[0];
        };
    }

    /// The next bytes of the item, zeros behind its end.
    private void take(byte[] target, int length) {
        for (int i = 0; i < length; i++) {
            target[i] = position < item.length ? item[position++] : 0;
        }
    }

    private void command(long gpa) {
        commandHigh = 0;
        if (!memory.contains(gpa, COMMAND_LENGTH)) {
            return;
        }
        ByteBuffer command = ByteBuffer.allocate(COMMAND_LENGTH);
        memory.read(gpa, command.array(), 0, COMMAND_LENGTH);
        int control = command.getInt(0);
        long length = Integer.toUnsignedLong(command.getInt(4));
        long target = command.getLong(8);
        if ((control & SELECT) != 0) {
            select(control >>> 16);
        }
        int result = 0;
        if ((control & READ) != 0) {
            result = length <= MOST && memory.contains(target, length) ? 0 : ERROR;
            byte[] chunk = new byte[CHUNK];
            for (long done = 0; result == 0 && done < length; done += CHUNK) {
                int part = (int) Math.min(CHUNK, length - done);
                take(chunk, part);
                memory.write(target + done, chunk, 0, part);
            }
        } else if ((control & WRITE) != 0) {
            result = ERROR; // nothing can be written
        } else if ((control & SKIP) != 0) {
            position = (int) Math.min(item.length, position + length);
        }
        memory.write(gpa, command.putInt(0, result).array(), 0, 4);
    }

    private static long little(byte[] bytes) {
        long value = 0;
        for (int i = bytes.length - 1; i >= 0; i--) {
            value = value << 8 | bytes[i] & 0xff;
        }
        return value;
    }

    @Override
    public void reset() {
        select(0);
        commandHigh = 0;
    }

    /// Nothing: it holds nothing that a kernel could want.
    @Override
    public void describe(DeviceTree.Node parent, long base) {
    }

    @Override
    public void transfer(State state) {
        item = state.block(item);
        position = state.number(position);
        commandHigh = state.number(commandHigh);
    }
}
