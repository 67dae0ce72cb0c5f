// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

/// Physical addresses and interrupt sources of QEMU's `virt` board (`hw/riscv/virt.c`), which this machine keeps.
public final class VirtMap {
    public static final long BOOT_ROM = 0x1000L;
    public static final long TEST_FINISHER = 0x10_0000L;
    public static final long RTC = 0x10_1000L;
    public static final long ACLINT = 0x200_0000L;
    public static final long PLIC = 0xc00_0000L;
    public static final long UART = 0x1000_0000L;
    /// The first of [#VIRTIO_SLOTS] virtio-mmio windows, [#VIRTIO_STRIDE] bytes apart: see [#virtio].
    public static final long VIRTIO = 0x1000_1000L;
    public static final long VIRTIO_STRIDE = 0x1000L;
    public static final int VIRTIO_SLOTS = 8;
    public static final long FW_CFG = 0x1010_0000L;
    public static final long FLASH = 0x2000_0000L;
    public static final long FLASH_SIZE = 0x400_0000L;
    public static final long PCIE_PORTS = 0x300_0000L;
    public static final long PCIE_PORTS_SIZE = 0x1_0000L;
    public static final long PCIE_CONFIGURATION = 0x3000_0000L;
    public static final long PCIE_MEMORY = 0x4000_0000L;
    public static final long PCIE_MEMORY_SIZE = 0x4000_0000L;
    /// Bytes of the window above RAM, at a multiple of this.
    public static final long PCIE_HIGH_SIZE = 0x4_0000_0000L;
    public static final long RAM = 0x8000_0000L;

    /// Source of the first virtio slot; the others follow.
    public static final int VIRTIO_IRQ = 1;
    public static final int UART_IRQ = 10;
    public static final int RTC_IRQ = 11;

    private static final long DEVICE_TREE_LIMIT = 0xc000_0000L;
    private static final long DEVICE_TREE_ALIGNMENT = 0x20_0000L;

    private VirtMap() {
    }

    /// Where the window of a virtio slot lies.
    ///
    /// @param slot from 0
    /// @throws IllegalArgumentException with a one-line message, if the board has no such slot
    public static long virtio(int slot) {
        if (slot < 0 || slot >= VIRTIO_SLOTS) {
            throw new IllegalArgumentException("virtio device " + (slot + 1) + ": the board has " + VIRTIO_SLOTS
                    + " slots");
        }
        return VIRTIO + slot * VIRTIO_STRIDE;
    }

    /// Where the PCI Express window above RAM lies.
    public static long pcieHigh(long ramSize) {
        return RAM + ramSize + PCIE_HIGH_SIZE - 1 & -PCIE_HIGH_SIZE;
    }

    /// The address of a flattened device tree of `length` bytes at the top of RAM, aligned to 2 MiB and below 3 GiB so
    /// that a kernel's early mapping reaches it.
    public static long deviceTreeAddress(long ramBase, long ramSize, long length) {
        long end = ramBase + ramSize;
        long top = ramBase < DEVICE_TREE_LIMIT ? Math.min(end, DEVICE_TREE_LIMIT) : end;
        long address = top - length & -DEVICE_TREE_ALIGNMENT;
        if (address <= ramBase) { // small RAM: not over the program at its start
            address = top - length & -8;
        }
        if (length > ramSize || address < ramBase) {
            throw new IllegalArgumentException("a device tree of " + length + " bytes does not fit RAM of " + ramSize
                    + " bytes");
        }
        return address;
    }
}
