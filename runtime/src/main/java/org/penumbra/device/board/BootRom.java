// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.penumbra.device.BusFault;
import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.snapshot.State;

/// The read-only memory at the reset vector. Its code puts the hart's number in a0 and the address of the device tree
/// in a1 and jumps to the entry; a2 points to OpenSBI's `fw_dynamic_info`. Same code and layout as QEMU's `virt`.
///
/// A write is a [BusFault].
public final class BootRom implements Device {
    private static final int SIZE = 0xf000;
    private static final int[] CODE = {
        0x0000_0297, // auipc t0, 0
        0x0282_8613, // addi  a2, t0, 40
        0xf140_2573, // csrr  a0, mhartid
        0x0202_b583, // ld    a1, 32(t0)
        0x0182_b283, // ld    t0, 24(t0)
        0x0002_8067, // jr    t0
    };
    private static final long FW_DYNAMIC_MAGIC = 0x4942_534fL;
    private static final long FW_DYNAMIC_VERSION = 2;
    private static final long SUPERVISOR = 1;

    private final byte[] bytes = new byte[SIZE];
    private final ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

    /// @param entry where the hart goes
    /// @param dtbAddress of the flattened device tree, 0 for none
    public BootRom(long entry, long dtbAddress) {
        this(entry, dtbAddress, 0);
    }

    /// @param nextEntry where a firmware of the kind `fw_dynamic` goes next, in supervisor mode; 0 for none
    public BootRom(long entry, long dtbAddress, long nextEntry) {
        int at = 0;
        for (int word : CODE) {
            view.putInt(at, word);
            at += 4;
        }
        long[] data = {entry, dtbAddress, FW_DYNAMIC_MAGIC, FW_DYNAMIC_VERSION, nextEntry, SUPERVISOR, 0, 0};
        for (long value : data) {
            view.putLong(at, value);
            at += 8;
        }
    }

    /// A copy of the contents, for a machine that keeps ROM with its memory.
    public byte[] contents() {
        return bytes.clone();
    }

    @Override
    public long size() {
        return SIZE;
    }

    @Override
    public long read(long offset, int size) {
        int at = (int) offset;
        return switch (size) {
            case 1 -> bytes[at] & 0xffL;
            case 2 -> view.getShort(at) & 0xffffL;
            case 4 -> view.getInt(at) & 0xffff_ffffL;
            default -> view.getLong(at);
        };
    }

    @Override
    public void write(long offset, int size, long value) {
        throw BusFault.INSTANCE;
    }

    /// The ROM needs no node: nothing of it is of use once the hart has left it.
    @Override
    public void describe(DeviceTree.Node parent, long base) {
    }

    /// Nothing: it has no registers.
    @Override
    public void transfer(State state) {
    }
}
