// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.snapshot.State;

/// A virtio-mmio window with no device in it: it says what it is, and that there is none (virtio 1.2, section 4.2.2).
/// Kernels for QEMU's `virt` look at all of its eight windows, the device tree in hand or not.
public final class VirtioSlot implements Device {
    private final int version;

    /// @param legacy whether it has the interface of before virtio 1.0
    public VirtioSlot(boolean legacy) {
        this.version = VirtioMmio.version(legacy);
    }

    @Override
    public long size() {
        return VirtioMmio.SIZE;
    }

    /// As on QEMU, a register is read whole by the address of its first byte, whatever the size.
    @Override
    public long read(long offset, int size) {
        long low = register((int) offset);
        return switch (size) {
            case 8 -> low | register((int) offset + 4) << 32;
            case 4 -> low;
            default -> low & (1L << 8 * size) - 1;
        };
    }

    private long register(int offset) {
        return switch (offset) {
            case VirtioMmio.MAGIC_VALUE -> VirtioMmio.MAGIC;
            case VirtioMmio.VERSION -> version;
            case VirtioMmio.VENDOR_ID -> VirtioMmio.VENDOR;
            default -> 0;
        };
    }

    @Override
    public void write(long offset, int size, long value) {
    }

    /// Nothing: a tree names what is there.
    @Override
    public void describe(DeviceTree.Node parent, long base) {
    }

    /// Nothing: it has no registers.
    @Override
    public void transfer(State state) {
    }
}
