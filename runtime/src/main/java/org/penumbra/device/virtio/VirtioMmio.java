// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.device.InterruptLine;
import org.penumbra.snapshot.State;

/// The memory-mapped transport of a virtio device (virtio 1.2, section 4.2). Register names are the standard's.
///
/// It has the registers of version 2 and those of version 1, the legacy interface (section 4.2.4), and says it is the
/// one or the other: a driver that does not ask is served either way. QEMU's `virt` says version 1, unless it is told
/// `-global virtio-mmio.force-legacy=false`.
///
/// A driver that does not accept VIRTIO_F_VERSION_1, since it knows only the lower word of features, gets the layouts
/// of before, and of its features those that are offered, as on QEMU.
///
/// Control registers answer 4-byte accesses, and 8-byte ones as two of these; others read 0 and write nothing, as on
/// QEMU. A driver that breaks the rules of a queue finds DEVICE_NEEDS_RESET in the status and gets no more service
/// until it resets the device.
public final class VirtioMmio implements Device {
    static final int MAGIC_VALUE = 0x000;
    static final int VERSION = 0x004;
    static final int DEVICE_ID = 0x008;
    static final int VENDOR_ID = 0x00c;
    static final int DEVICE_FEATURES = 0x010;
    static final int DEVICE_FEATURES_SEL = 0x014;
    static final int DRIVER_FEATURES = 0x020;
    static final int DRIVER_FEATURES_SEL = 0x024;
    static final int GUEST_PAGE_SIZE = 0x028;
    static final int QUEUE_SEL = 0x030;
    static final int QUEUE_NUM_MAX = 0x034;
    static final int QUEUE_NUM = 0x038;
    static final int QUEUE_ALIGN = 0x03c;
    static final int QUEUE_PFN = 0x040;
    static final int QUEUE_READY = 0x044;
    static final int QUEUE_NOTIFY = 0x050;
    static final int INTERRUPT_STATUS = 0x060;
    static final int INTERRUPT_ACK = 0x064;
    static final int STATUS = 0x070;
    static final int QUEUE_DESC_LOW = 0x080;
    static final int QUEUE_DESC_HIGH = 0x084;
    static final int QUEUE_DRIVER_LOW = 0x090;
    static final int QUEUE_DRIVER_HIGH = 0x094;
    static final int QUEUE_DEVICE_LOW = 0x0a0;
    static final int QUEUE_DEVICE_HIGH = 0x0a4;
    static final int SHM_LEN_LOW = 0x0b0;
    static final int SHM_LEN_HIGH = 0x0b4;
    static final int SHM_BASE_LOW = 0x0b8;
    static final int SHM_BASE_HIGH = 0x0bc;
    static final int CONFIG_GENERATION = 0x0fc;
    static final int CONFIG = 0x100;

    static final int DRIVER_OK = 4;
    static final int FEATURES_OK = 8;
    static final int DEVICE_NEEDS_RESET = 64;
    static final long F_INDIRECT_DESC = 1L << 28;
    static final long F_VERSION_1 = 1L << 32;
    static final int USED_BUFFER = 1;
    static final int CONFIGURATION_CHANGE = 2;

    static final int SIZE = 0x200;
    /// What the device tree says: the distance of one from the next on the board.
    private static final int WINDOW = 0x1000;
    static final int MAGIC = 0x7472_6976; // "virt"
    /// "QEMU": some drivers look at it.
    static final int VENDOR = 0x554d_4551;
    private static final long LOW = 0xffff_ffffL;

    private final VirtioDevice device;
    private final boolean legacy;
    private final InterruptLine line;
    private final int source;
    private final Runnable unfinished;
    private final Virtqueue[] queues;
    private final Virtqueue.Handler[] handlers;
    private int deviceFeaturesSel;
    private int driverFeaturesSel;
    private long driverFeatures;
    private int guestPageShift;
    private int queueSel;
    private int interruptStatus;
    private int status;
    private int generation;

    /// The transport of version 2.
    public VirtioMmio(VirtioDevice device, InterruptLine line, int source, GuestMemoryAccess memory,
            Runnable unfinished) {
        this(device, false, line, source, memory, unfinished);
    }

    /// @param legacy whether it says it is version 1
    /// @param source the number of the interrupt line at the PLIC, for the device tree
    /// @param unfinished told when a notification leaves work for [#goOn()], before which the guest is not to go on
    public VirtioMmio(VirtioDevice device, boolean legacy, InterruptLine line, int source, GuestMemoryAccess memory,
            Runnable unfinished) {
        this.device = device;
        this.legacy = legacy;
        this.line = line;
        this.source = source;
        this.unfinished = unfinished;
        queues = new Virtqueue[device.queues()];
        handlers = new Virtqueue.Handler[queues.length];
        for (int i = 0; i < queues.length; i++) {
            queues[i] = new Virtqueue(memory);
            handlers[i] = handler(i);
        }
    }

    /// What the register of that name reads.
    static int version(boolean legacy) {
        return legacy ? 1 : 2;
    }

    @Override
    public long size() {
        return SIZE;
    }

    @Override
    public long read(long offset, int size) {
        if (offset >= CONFIG) {
            return device.configuration((int) offset - CONFIG, size);
        }
        if (size == 8) {
            return read(offset, 4) & LOW | read(offset + 4, 4) << 32;
        }
        if (size != 4) {
            return 0;
        }
        Virtqueue queue = queueSel < queues.length ? queues[queueSel] : null;
        return switch ((int) offset) {
            case MAGIC_VALUE -> MAGIC;
            case VERSION -> version(legacy);
            case DEVICE_ID -> device.id();
            case VENDOR_ID -> VENDOR;
            case DEVICE_FEATURES -> half(offered(), deviceFeaturesSel);
            case QUEUE_NUM_MAX -> queue == null ? 0 : Virtqueue.LARGEST;
            case QUEUE_PFN -> queue == null || !queue.ready() ? 0 : queue.descriptors >>> guestPageShift & LOW;
            case QUEUE_READY -> queue != null && queue.ready() ? 1 : 0;
            case INTERRUPT_STATUS -> interruptStatus;
            case STATUS -> status;
            case SHM_LEN_LOW, SHM_LEN_HIGH, SHM_BASE_LOW, SHM_BASE_HIGH -> LOW; // no shared memory
            case CONFIG_GENERATION -> generation;
            default -> 0;
        };
    }

    @Override
    public void write(long offset, int size, long longValue) {
        if (offset >= CONFIG) {
            return;
        }
        if (size == 8) {
            write(offset, 4, longValue);
            write(offset + 4, 4, longValue >>> 32);
        }
        if (size != 4) {
            return;
        }
        int value = (int) longValue;
        switch ((int) offset) {
            case DEVICE_FEATURES_SEL -> deviceFeaturesSel = value;
            case DRIVER_FEATURES_SEL -> driverFeaturesSel = value;
            case DRIVER_FEATURES -> {
                if ((status & FEATURES_OK) == 0) {
                    driverFeatures = replaceHalf(driverFeatures, driverFeaturesSel, value);
                }
            }
            case GUEST_PAGE_SIZE -> guestPageShift = Integer.numberOfTrailingZeros(value) & 31;
            case QUEUE_SEL -> queueSel = Integer.compareUnsigned(value, queues.length) < 0 ? value : queues.length;
            case QUEUE_NOTIFY -> notify(value);
            case INTERRUPT_ACK -> {
                interruptStatus &= ~value;
                line.set(interruptStatus != 0);
            }
            case STATUS -> writeStatus(value & 0xff);
            default -> {
                if (queueSel < queues.length) {
                    writeQueue(queues[queueSel], (int) offset, value);
                }
            }
        }
    }

    @Override
    public void reset() {
        deviceFeaturesSel = 0;
        driverFeaturesSel = 0;
        driverFeatures = 0;
        guestPageShift = 0;
        queueSel = 0;
        status = 0;
        interruptStatus = 0;
        for (Virtqueue queue : queues) {
            queue.reset();
        }
        device.reset();
        line.set(false);
    }

    @Override
    public void describe(DeviceTree.Node parent, long base) {
        parent.child("virtio_mmio", base)
                .strings("compatible", "virtio,mmio")
                .reg(base, WINDOW)
                .interrupt(DeviceTree.INTERRUPT_CONTROLLER, source);
    }

    private long offered() {
        return device.features() | F_INDIRECT_DESC | (legacy ? 0 : F_VERSION_1);
    }

    private void writeStatus(int value) {
        if (value == 0) {
            // The page size outlives it, as on QEMU: Linux and U-Boot write it once, before they reset the device.
            int pageShift = guestPageShift;
            reset();
            guestPageShift = pageShift;
            return;
        }
        boolean modern = (driverFeatures & F_VERSION_1) != 0;
        boolean acceptable = !modern || (driverFeatures & ~offered()) == 0;
        // A driver reads FEATURES_OK back to learn whether its choice was accepted (section 3.1.1).
        int accepted = (status & FEATURES_OK) != 0 || acceptable ? value : value & ~FEATURES_OK;
        status = status & DEVICE_NEEDS_RESET | accepted & ~DEVICE_NEEDS_RESET;
        device.negotiated(modern);
    }

    private void writeQueue(Virtqueue queue, int register, int value) {
        if (register == QUEUE_PFN) {
            queue.stop();
            if (value != 0) {
                queue.place(Integer.toUnsignedLong(value) << guestPageShift);
                start(queue);
            }
            return;
        }
        if (register == QUEUE_READY) {
            if ((value & 1) == 0) {
                queue.stop();
            } else if (!queue.ready()) {
                start(queue);
            }
            return;
        }
        if (queue.ready()) {
            return; // the rings are fixed while the queue is in use
        }
        switch (register) {
            case QUEUE_NUM -> queue.size = value;
            case QUEUE_ALIGN -> queue.alignment = value;
            case QUEUE_DESC_LOW -> queue.descriptors = replaceHalf(queue.descriptors, 0, value);
            case QUEUE_DESC_HIGH -> queue.descriptors = replaceHalf(queue.descriptors, 1, value);
            case QUEUE_DRIVER_LOW -> queue.driverRing = replaceHalf(queue.driverRing, 0, value);
            case QUEUE_DRIVER_HIGH -> queue.driverRing = replaceHalf(queue.driverRing, 1, value);
            case QUEUE_DEVICE_LOW -> queue.deviceRing = replaceHalf(queue.deviceRing, 0, value);
            case QUEUE_DEVICE_HIGH -> queue.deviceRing = replaceHalf(queue.deviceRing, 1, value);
            default -> { }
        }
    }

    private void start(Virtqueue queue) {
        try {
            queue.start();
        } catch (Virtqueue.Broken broken) {
            needsReset();
        }
    }

    private void notify(int index) {
        if (!isServing() || Integer.compareUnsigned(index, queues.length) >= 0) {
            return;
        }
        try {
            if (queues[index].run(handlers[index])) {
                raise(USED_BUFFER);
            }
        } catch (Virtqueue.Broken broken) {
            needsReset();
        }
        if (queues[index].isUnfinished()) {
            unfinished.run();
        }
    }

    /// Carries out more of what the driver has notified of, where that is too much for one go.
    ///
    /// @return whether there is still more
    public boolean goOn() {
        boolean more = false;
        for (int i = 0; i < queues.length; i++) {
            try {
                if (queues[i].isUnfinished() && queues[i].goOn(handlers[i])) {
                    raise(USED_BUFFER);
                }
            } catch (Virtqueue.Broken broken) {
                needsReset();
            }
            more |= queues[i].isUnfinished();
        }
        return more;
    }

    /// Whether a driver works with the device.
    public boolean isServing() {
        return (status & (DRIVER_OK | DEVICE_NEEDS_RESET)) == DRIVER_OK;
    }

    /// Carries out requests that have waited for the device to be ready. To be called by the machine now and then.
    public void poll() {
        if (device.takeConfigurationChange()) {
            generation++;
            if ((status & DRIVER_OK) != 0) {
                raise(CONFIGURATION_CHANGE);
            }
        }
        for (int i = 0; i < queues.length; i++) {
            if (queues[i].ready() && !queues[i].isUnfinished() && device.ready(i)) {
                notify(i);
            }
        }
    }

    private Virtqueue.Handler handler(int index) {
        return new Virtqueue.Handler() {
            @Override
            public boolean ready() {
                return device.ready(index);
            }

            @Override
            public long process(VirtioRequest request) {
                return device.process(index, request);
            }
        };
    }

    private void needsReset() {
        status |= DEVICE_NEEDS_RESET;
        if ((status & DRIVER_OK) != 0) {
            raise(CONFIGURATION_CHANGE); // section 2.1.2
        }
    }

    private void raise(int cause) {
        interruptStatus |= cause;
        line.set(true);
    }

    private static long half(long value, int select) {
        return select == 0 ? value & LOW : select == 1 ? value >>> 32 : 0;
    }

    private static long replaceHalf(long old, int select, int value) {
        return switch (select) {
            case 0 -> old & ~LOW | value & LOW;
            case 1 -> old & LOW | (long) value << 32;
            default -> old;
        };
    }

    @Override
    public void transfer(State state) {
        deviceFeaturesSel = state.number(deviceFeaturesSel);
        driverFeaturesSel = state.number(driverFeaturesSel);
        driverFeatures = state.number(driverFeatures);
        queueSel = state.number(queueSel);
        interruptStatus = state.number(interruptStatus);
        status = state.number(status);
        generation = state.number(generation);
        guestPageShift = state.number(guestPageShift);
        for (Virtqueue queue : queues) {
            queue.transfer(state);
        }
        if ((status & FEATURES_OK) != 0) {
            device.negotiated((driverFeatures & F_VERSION_1) != 0);
        }
        device.transfer(state);
    }
}
