// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.penumbra.snapshot.State;

final class BusTest {
    /// Answers with the offset and the size of the access and keeps the last write.
    private static final class Probe implements Device {
        private final long size;
        private final int sizes;
        long written = -1;

        Probe(long size, int sizes) {
            this.size = size;
            this.sizes = sizes;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public int accessSizes() {
            return sizes;
        }

        @Override
        public long read(long offset, int accessSize) {
            return offset * 100 + accessSize;
        }

        @Override
        public void write(long offset, int accessSize, long value) {
            written = value;
        }

        @Override
        public void transfer(State state) {
            written = state.number(written);
        }

        @Override
        public void describe(DeviceTree.Node parent, long base) {
            parent.child("probe", base);
        }
    }

    private final Bus bus = new Bus();

    @Test
    void devicesSeeOffsetsWhateverOrderTheyWereAttachedIn() {
        var devices = new Probe[7];
        for (int i : new int[] {3, 0, 6, 1, 5, 2, 4}) {
            devices[i] = new Probe(0x1000, 15);
            bus.attach(0x1000L * (2 * i + 1), devices[i]);
        }
        for (int i = 0; i < devices.length; i++) {
            long base = 0x1000L * (2 * i + 1);
            assertSame(devices[i], bus.find(base));
            assertSame(devices[i], bus.find(base + 0xfff));
            assertNull(bus.find(base - 1));
            assertNull(bus.find(base + 0x1000));
            assertEquals(0xff8 * 100 + 8, bus.read(base + 0xff8, 8));
            assertEquals(base, bus.baseOf(devices[i]));
            bus.write(base + 4, 4, 70 + i);
            assertEquals(70 + i, devices[i].written);
        }
    }

    @Test
    void overlapIsRejectedWithBothNamesAndAddresses() {
        bus.attach(0x1000, new Probe(0x1000, 15));
        bus.attach(0x3000, new Probe(0x1000, 15));
        bus.attach(0x2000, new Probe(0x1000, 15)); // fits exactly
        var inside = assertThrows(IllegalArgumentException.class, () -> bus.attach(0x1800, new Probe(8, 15)));
        assertEquals("Probe at 0x1800 (0x8 bytes) overlaps Probe at 0x1000 (0x1000 bytes)", inside.getMessage());
        assertThrows(IllegalArgumentException.class, () -> bus.attach(0xfff, new Probe(2, 15)));
        assertThrows(IllegalArgumentException.class, () -> bus.attach(0, new Probe(0x10000, 15)));
        assertThrows(IllegalArgumentException.class, () -> bus.attach(0x3fff, new Probe(1, 15)));
        assertThrows(IllegalArgumentException.class, () -> bus.attach(Long.MAX_VALUE - 3, new Probe(8, 15)));
        bus.attach(0x4000, new Probe(1, 15));
    }

    @Test
    void accessesNobodyAnswersAreFaults() {
        bus.attach(0x1000, new Probe(0x100, 4));
        bus.attach(0x1100, new Probe(0x6, 15));
        for (long[] access : new long[][] {
            {0x0fff, 1}, {0x1106, 1}, {-1, 1}, {Long.MIN_VALUE, 8}, // no device
            {0x1000, 1}, {0x1000, 2}, {0x1000, 8}, // sizes the device has no answer to
            {0x1002, 4}, {0x1101, 2}, // misaligned
            {0x1104, 4}, // leaves the device
        }) {
            assertThrows(BusFault.class, () -> bus.read(access[0], (int) access[1]));
            assertThrows(BusFault.class, () -> bus.write(access[0], (int) access[1], 0));
        }
        assertEquals(402, bus.read(0x1104, 2));
    }
}
