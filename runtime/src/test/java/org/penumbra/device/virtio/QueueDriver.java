// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.penumbra.device.Ram;
import org.penumbra.device.Wire;

/// The guest's side of a virtio-mmio device: one of its queues, with eight entries at the start of RAM, buffers of 4 KiB
/// behind it.
final class QueueDriver {
    static final int SIZE = 8;
    static final long DESCRIPTORS = Ram.BASE + 0x1000;
    static final long DRIVER_RING = Ram.BASE + 0x2000;
    static final long DEVICE_RING = Ram.BASE + 0x3000;
    static final int NEXT = 1;
    static final int WRITE = 2;
    static final int INDIRECT = 4;

    final Ram ram = new Ram(0x40000);
    final ByteBuffer view = ByteBuffer.wrap(ram.bytes).order(ByteOrder.LITTLE_ENDIAN);
    final Wire wire = new Wire();
    final VirtioMmio mmio;
    /// How often the guest was to wait for more of the device's work.
    int stalls;
    private int queue;
    private int available;

    QueueDriver(VirtioDevice device) {
        mmio = new VirtioMmio(device, wire, 1, ram, () -> stalls++);
    }

    static long buffer(int number) {
        return Ram.BASE + 0x10000 + 0x1000L * number;
    }

    static int at(long gpa) {
        return (int) (gpa - Ram.BASE);
    }

    long get(int register) {
        return mmio.read(register, 4);
    }

    void set(int register, long value) {
        mmio.write(register, 4, value);
    }

    /// Section 3.1.1, with all features the device offers below bit 24.
    QueueDriver start() {
        return start(0);
    }

    QueueDriver start(int which) {
        queue = which;
        set(VirtioMmio.STATUS, 0);
        set(VirtioMmio.STATUS, 3);
        set(VirtioMmio.DRIVER_FEATURES_SEL, 1);
        set(VirtioMmio.DRIVER_FEATURES, 1);
        set(VirtioMmio.DEVICE_FEATURES_SEL, 0);
        set(VirtioMmio.DRIVER_FEATURES_SEL, 0);
        set(VirtioMmio.DRIVER_FEATURES, get(VirtioMmio.DEVICE_FEATURES));
        set(VirtioMmio.STATUS, 11);
        assertEquals(11, get(VirtioMmio.STATUS));
        set(VirtioMmio.QUEUE_SEL, which);
        place();
        set(VirtioMmio.STATUS, 15);
        return this;
    }

    /// Gives the device the selected queue, empty.
    void place() {
        available = 0;
        Arrays.fill(ram.bytes, 0x1000, 0x4000, (byte) 0);
        set(VirtioMmio.QUEUE_NUM, SIZE);
        set(VirtioMmio.QUEUE_DESC_LOW, DESCRIPTORS);
        set(VirtioMmio.QUEUE_DRIVER_LOW, DRIVER_RING);
        set(VirtioMmio.QUEUE_DEVICE_LOW, DEVICE_RING);
        set(VirtioMmio.QUEUE_READY, 1);
    }

    void descriptor(int index, long gpa, int length, int flags, int next) {
        descriptor(DESCRIPTORS, index, gpa, length, flags, next);
    }

    void descriptor(long table, int index, long gpa, int length, int flags, int next) {
        view.position(at(table) + 16 * index);
        view.putLong(gpa).putInt(length).putShort((short) flags).putShort((short) next);
    }

    /// Makes a chain available without notifying.
    void offer(int head) {
        view.putShort(at(DRIVER_RING) + 4 + 2 * (available % SIZE), (short) head);
        available++;
        view.putShort(at(DRIVER_RING) + 2, (short) available);
    }

    void submit(int head) {
        offer(head);
        set(VirtioMmio.QUEUE_NOTIFY, queue);
    }

    int used() {
        return Short.toUnsignedInt(view.getShort(at(DEVICE_RING) + 2));
    }

    int usedHead(int index) {
        return view.getInt(at(DEVICE_RING) + 4 + 8 * (index % SIZE));
    }

    int usedLength(int index) {
        return view.getInt(at(DEVICE_RING) + 8 + 8 * (index % SIZE));
    }

    boolean needsReset() {
        return (get(VirtioMmio.STATUS) & VirtioMmio.DEVICE_NEEDS_RESET) != 0;
    }
}
