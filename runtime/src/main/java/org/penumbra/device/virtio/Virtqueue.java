// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.memory.HostMemory;
import org.penumbra.snapshot.State;

/// The device's side of a split virtqueue (virtio 1.2, section 2.7), with indirect descriptors.
///
/// The rings belong to the guest and may hold anything: whatever breaks the rules ends in [Broken], never outside RAM
/// and never in a loop. They may lie at any address, as on QEMU, though drivers are to align them.
final class Virtqueue {
    /// The largest number of entries.
    static final int LARGEST = 256;

    /// Bytes after which no further request is begun at once, so that the machine comes to other things.
    static final long MOST_AT_ONCE = 16 << 20;

    private static final long LEGACY_ALIGNMENT = 4096;
    private static final int DESCRIPTOR_LENGTH = 16;
    private static final int FLAG_NEXT = 1;
    private static final int FLAG_WRITE = 2;
    private static final int FLAG_INDIRECT = 4;
    private static final int NO_INTERRUPT = 1;

    /// The driver broke the rules of the queue; the device needs a reset.
    static final class Broken extends Exception {
        private static final long serialVersionUID = 1L;

        Broken(String message) {
            super(message, null, false, false);
        }
    }

    /// What the requests are for.
    interface Handler {
        /// Whether it takes another one now.
        boolean ready();

        /// Carries out one request and gives the bytes written.
        long process(VirtioRequest request);
    }

    private final GuestMemoryAccess memory;
    private final ByteBuffer scratch = ByteBuffer.allocate(DESCRIPTOR_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final VirtioRequest request;
    /// As the driver set them; changed only while the queue is not ready.
    int size;
    /// Of the device's ring in the legacy layout, in bytes; 0 for 4096.
    int alignment;
    long descriptors;
    long driverRing;
    long deviceRing;
    private boolean ready;
    private int taken;
    private int used;
    /// What `taken` becomes when all that was seen to be available is done.
    private int end;
    private boolean unfinished;

    Virtqueue(GuestMemoryAccess memory) {
        this.memory = memory;
        this.request = new VirtioRequest(memory, LARGEST);
    }

    void reset() {
        size = 0;
        alignment = 0;
        descriptors = 0;
        driverRing = 0;
        deviceRing = 0;
        stop();
    }

    boolean ready() {
        return ready;
    }

    void stop() {
        ready = false;
        taken = 0;
        used = 0;
        unfinished = false;
    }

    /// Puts the three parts one after the other, as drivers of before virtio 1.0 have them (section 2.7.2).
    void place(long gpa) {
        if (size == 0) {
            size = LARGEST;
        }
        long align = Integer.bitCount(alignment) == 1 ? Integer.toUnsignedLong(alignment) : LEGACY_ALIGNMENT;
        descriptors = gpa;
        driverRing = gpa + (long) DESCRIPTOR_LENGTH * size;
        deviceRing = driverRing + 2L * (3 + size) + align - 1 & -align;
    }

    void start() throws Broken {
        if (size < 1 || size > LARGEST || Integer.bitCount(size) != 1) {
            throw new Broken("queue size " + size);
        }
        boolean inRam = memory.contains(descriptors, (long) DESCRIPTOR_LENGTH * size)
                && memory.contains(driverRing, 4 + 2L * size) && memory.contains(deviceRing, 4 + 8L * size);
        if (!inRam) {
            throw new Broken("ring address");
        }
        ready = true;
    }

    /// Carries out what the driver has made available, as far as the handler is ready for it, or the beginning of it:
    /// see [#isUnfinished].
    ///
    /// @return whether the driver wants an interrupt for it
    boolean run(Handler handler) throws Broken {
        if (!ready) {
            return false;
        }
        // Read once: a request that writes over the ring must not keep this going.
        end = readShort(driverRing + 2);
        HostMemory.loadFence(); // what it announces is read after it
        if ((end - taken & 0xffff) > size) {
            throw new Broken("available index");
        }
        return goOn(handler);
    }

    /// Whether [#goOn] is to be called for the rest.
    boolean isUnfinished() {
        return unfinished;
    }

    /// Carries out more of what was available at the last [#run].
    ///
    /// @return whether the driver wants an interrupt for it
    boolean goOn(Handler handler) throws Broken {
        unfinished = false;
        long bytes = 0;
        int done = 0;
        for (; taken != end && bytes < MOST_AT_ONCE && handler.ready(); done++) {
            int head = readShort(driverRing + 4 + 2L * (taken & size - 1));
            taken = taken + 1 & 0xffff;
            request.clear();
            collect(head);
            bytes += request.length();
            complete(head, handler.process(request));
        }
        unfinished = taken != end && bytes >= MOST_AT_ONCE;
        if (done > 0) {
            HostMemory.fullFence(); // the driver, on another thread, looks again after it asked for interrupts
        }
        return done > 0 && (readShort(driverRing) & NO_INTERRUPT) == 0;
    }

    private void collect(int head) throws Broken {
        long table = descriptors;
        int entries = size;
        int index = head;
        boolean indirect = false;
        while (true) { // ends, since a request takes no more than LARGEST buffers
            if (index >= entries) {
                throw new Broken("descriptor chain");
            }
            memory.read(table + (long) DESCRIPTOR_LENGTH * index, scratch.array(), 0, DESCRIPTOR_LENGTH);
            long gpa = scratch.getLong(0);
            long length = Integer.toUnsignedLong(scratch.getInt(8));
            int flags = scratch.getShort(12);
            if ((flags & FLAG_INDIRECT) != 0) {
                if (indirect || (flags & FLAG_NEXT) != 0 || length == 0 || length % DESCRIPTOR_LENGTH != 0
                        || length > (long) DESCRIPTOR_LENGTH * LARGEST || !memory.contains(gpa, length)) {
                    throw new Broken("indirect descriptor");
                }
                indirect = true;
                table = gpa;
                entries = (int) length / DESCRIPTOR_LENGTH;
                index = 0;
                continue;
            }
            if (!request.add(gpa, length, (flags & FLAG_WRITE) != 0)) {
                throw new Broken("buffer");
            }
            if ((flags & FLAG_NEXT) == 0) {
                return;
            }
            index = Short.toUnsignedInt(scratch.getShort(14));
        }
    }

    private void complete(int head, long written) {
        scratch.putInt(0, head).putInt(4, (int) written);
        memory.write(deviceRing + 4 + 8L * (used & size - 1), scratch.array(), 0, 8);
        HostMemory.storeFence(); // what it announces is written before it
        used = used + 1 & 0xffff;
        scratch.putShort(0, (short) used);
        memory.write(deviceRing + 2, scratch.array(), 0, 2);
    }

    private int readShort(long gpa) {
        memory.read(gpa, scratch.array(), 0, 2);
        return Short.toUnsignedInt(scratch.getShort(0));
    }

    /// Hands over its state, or takes it.
    void transfer(State state) {
        size = state.number(size);
        alignment = state.number(alignment);
        descriptors = state.number(descriptors);
        driverRing = state.number(driverRing);
        deviceRing = state.number(deviceRing);
        taken = state.number(taken);
        used = state.number(used);
        end = state.number(end);
        ready = state.flag(ready);
        unfinished = state.flag(unfinished);
    }
}
