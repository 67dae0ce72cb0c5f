// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.snapshot.State;

/// The configuration window of a PCI Express bus that has nothing but its host bridge, QEMU's 1b36:0008. Writes are
/// dropped; absent functions read as all ones.
public final class PcieConfiguration implements Device {
    private static final long SIZE = 0x1000_0000L;
    /// Of the bridge, bus 0, device 0, function 0: extended configuration space, which it lacks, follows.
    private static final int BRIDGE = 0x100;
    private static final int IDENTITY = 0x00;
    private static final long VENDOR_AND_DEVICE = 0x0008_1b36L;
    private static final int CLASS = 0x08;
    private static final long HOST_BRIDGE = 0x0600_0000L;
    private static final int SUBSYSTEM = 0x2c;
    private static final long QEMU = 0x1100_1af4L;

    @Override
    public long size() {
        return SIZE;
    }

    @Override
    public long read(long offset, int size) {
        if (offset >= BRIDGE) {
            return size == 8 ? -1 : (1L << 8 * size) - 1;
        }
        int word = (int) offset & -4;
        if (size == 8) {
            return register(word) | register(word + 4) << 32;
        }
        return register(word) >>> 8 * (offset & 3) & (1L << 8 * size) - 1;
    }

    private static long register(int offset) {
        return switch (offset) {
            case IDENTITY -> VENDOR_AND_DEVICE;
            case CLASS -> HOST_BRIDGE;
            case SUBSYSTEM -> QEMU;
            default -> 0;
        };
    }

    @Override
    public void write(long offset, int size, long value) {
    }

    /// Nothing: no device can be on the bus.
    @Override
    public void describe(DeviceTree.Node parent, long base) {
    }

    /// Nothing: it has no registers.
    @Override
    public void transfer(State state) {
    }
}
