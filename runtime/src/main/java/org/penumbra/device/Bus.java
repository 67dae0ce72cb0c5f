// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import java.util.Arrays;
import java.util.HexFormat;
import org.penumbra.snapshot.State;

/// The address space outside RAM: devices at physical addresses that do not overlap.
///
/// An access must lie within one device, be naturally aligned and have a size that the device supports; anything else
/// is a [BusFault], as on QEMU's `virt` board. Accesses are never split or widened.
public final class Bus {
    private long[] bases = new long[0];
    /// Exclusive.
    private long[] ends = new long[0];
    private Device[] devices = new Device[0];

    /// @throws IllegalArgumentException if the device overlaps one already there or wraps around the address space
    public void attach(long base, Device device) {
        long end = base + device.size();
        if (base < 0 || device.size() <= 0 || end < base) {
            throw new IllegalArgumentException(name(device) + " does not fit the address space at " + hex(base));
        }
        int at = 0;
        while (at < bases.length && bases[at] < base) {
            at++;
        }
        if (at > 0 && ends[at - 1] > base) {
            throw overlap(device, base, at - 1);
        }
        if (at < bases.length && end > bases[at]) {
            throw overlap(device, base, at);
        }
        bases = insert(bases, at, base);
        ends = insert(ends, at, end);
        Device[] grown = Arrays.copyOf(devices, devices.length + 1);
        System.arraycopy(devices, at, grown, at + 1, devices.length - at);
        grown[at] = device;
        devices = grown;
    }

    /// Adds a device where nothing is, for addresses that must answer somehow; else does nothing.
    public void attachUnlessTaken(long base, Device device) {
        for (int i = 0; i < bases.length; i++) {
            if (base < ends[i] && bases[i] < base + device.size()) {
                return;
            }
        }
        attach(base, device);
    }

    /// The device that covers an address, or null.
    public Device find(long gpa) {
        int at = indexOf(gpa);
        return at < 0 ? null : devices[at];
    }

    /// Where a device was attached.
    ///
    /// @throws IllegalArgumentException if it was not
    public long baseOf(Device device) {
        for (int i = 0; i < devices.length; i++) {
            if (devices[i] == device) {
                return bases[i];
            }
        }
        throw new IllegalArgumentException(name(device) + " is not on the bus");
    }

    /// Reads from the device at `gpa`, zero-extended.
    ///
    /// @param size 1, 2, 4 or 8 bytes
    /// @throws BusFault if nothing answers
    public long read(long gpa, int size) {
        int at = answering(gpa, size);
        return devices[at].read(gpa - bases[at], size);
    }

    /// Writes to the device at `gpa`.
    ///
    /// @param size 1, 2, 4 or 8 bytes
    /// @throws BusFault if nothing answers
    public void write(long gpa, int size, long value) {
        int at = answering(gpa, size);
        devices[at].write(gpa - bases[at], size, value);
    }

    /// Lets every device, in the order of addresses, add its nodes.
    public void describe(DeviceTree.Node parent) {
        for (int i = 0; i < devices.length; i++) {
            devices[i].describe(parent, bases[i]);
        }
    }

    /// Resets every device.
    public void reset() {
        for (Device device : devices) {
            device.reset();
        }
    }

    private int answering(long gpa, int size) {
        int at = indexOf(gpa);
        if (at < 0 || (devices[at].accessSizes() & size) == 0 || (gpa & size - 1) != 0 || ends[at] - gpa < size) {
            throw BusFault.INSTANCE;
        }
        return at;
    }

    private int indexOf(long gpa) {
        int low = 0;
        int high = bases.length - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            if (gpa < bases[middle]) {
                high = middle - 1;
            } else if (gpa >= ends[middle]) {
                low = middle + 1;
            } else {
                return middle;
            }
        }
        return -1;
    }

    private IllegalArgumentException overlap(Device device, long base, int other) {
        return new IllegalArgumentException(name(device) + " at " + hex(base) + " (" + hex(device.size())
                + " bytes) overlaps "
                + name(devices[other]) + " at " + hex(bases[other]) + " (" + hex(devices[other].size()) + " bytes)");
    }

    private static long[] insert(long[] array, int at, long value) {
        long[] grown = Arrays.copyOf(array, array.length + 1);
        System.arraycopy(array, at, grown, at + 1, array.length - at);
        grown[at] = value;
        return grown;
    }

    private static String name(Device device) {
        return device.getClass().getSimpleName();
    }

    private static String hex(long value) {
        return "0x" + HexFormat.of().toHexDigits(value).replaceFirst("^0+(?=.)", "");
    }

    /// Saves or restores the state of every device, in the order of addresses.
    public void transfer(State state) {
        for (int i = 0; i < devices.length; i++) {
            state.part(name(devices[i]) + "@" + Long.toHexString(bases[i]));
            devices[i].transfer(state);
        }
    }
}
