// SPDX-License-Identifier: Apache-2.0
package org.penumbra.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bounds of guest RAM, and values in it.
final class GuestMemoryTest {
    private static final long BASE = 0x8000_0000L;
    private static final long SIZE = 16 << 12;

    private final GuestMemory memory = new GuestMemory(BASE, SIZE, frames(SIZE));

    private static HostFrames frames(long bytes) {
        return new IdentityFrames(new SparseRegion(bytes));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, true", "0, 65536, true", "65535, 1, true", "65535, 2, false", "65536, 1, false", "-1, 1, false",
        "-1, 2, false", "0, 65537, false", "0x7fffffffffffffff, 1, false", "8, 0x7fffffffffffffff, false"})
    void rangeIsRamOnlyIfAllOfItIs(String offset, String length, boolean inside) {
        assertEquals(inside, memory.contains(BASE + Long.decode(offset), Long.decode(length)));
    }

    /// Sums of addresses and lengths must not wrap around into RAM.
    @Test
    void rangeThatEndsBehindTheLastAddressIsNoRam() {
        assertFalse(memory.contains(-8, 16));
        assertFalse(memory.contains(-8, Long.MAX_VALUE));
        assertFalse(memory.contains(0, Long.MAX_VALUE));
    }

    @ParameterizedTest
    @CsvSource({"1, 4096", "0, 4095", "0, 0", "0, -4096", "0, 17179873280"})
    void ramIsWholePages(long base, long size) {
        assertThrows(IllegalArgumentException.class, () -> new GuestMemory(base, size, frames(4096)));
    }

    @Test
    void pagesAreNumberedFromTheBase() {
        assertEquals(16, memory.pageCount());
        assertEquals(0, memory.pageIndex(BASE + 4095));
        assertEquals(15, memory.pageIndex(BASE + SIZE - 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void valuesAreLittleEndianAndZeroExtended(int size) {
        long host = memory.hostAddress(BASE + 4096);
        HostMemory.store(host, 8, -1);
        HostMemory.store(host, size, 0xf7f6_f5f4_f3f2_f1f0L);
        assertEquals(0xf0, HostMemory.getByte(host) & 0xff);
        long mask = size == 8 ? -1 : (1L << 8 * size) - 1;
        assertEquals(0xf7f6_f5f4_f3f2_f1f0L & mask, HostMemory.load(host, size));
        assertEquals(size == 8 ? 0xf7 : 0xff, HostMemory.getByte(host + 7) & 0xff);
    }

    @Test
    void bytesAreCopiedWithTheirOffsets() {
        long host = memory.hostAddress(BASE);
        HostMemory.fill(host, 16, (byte) 9);
        HostMemory.write(host + 2, new byte[] {0, 1, 2, 3, 4}, 1, 3);
        byte[] read = new byte[8];
        HostMemory.read(host, read, 1, 7);
        assertArrayEquals(new byte[] {0, 9, 9, 1, 2, 3, 9, 9}, read);
        HostMemory.copy(host + 2, host + 8, 3);
        assertEquals(0x0903_0201, HostMemory.getInt(host + 8));
    }

    @Test
    void compareAndSetStoresOnlyOverWhatIsExpected() {
        long host = memory.hostAddress(BASE + 8);
        HostMemory.putLong(host, 5);
        assertFalse(HostMemory.compareAndSetLong(host, 4, 6));
        assertEquals(5, HostMemory.getLongAcquire(host));
        assertTrue(HostMemory.compareAndSetLong(host, 5, 6));
        assertEquals(6, HostMemory.getLong(host));
    }

    @Test
    void elementsOfArraysAreNamedByAByteInMemory() {
        long host = memory.hostAddress(BASE + 16);
        HostMemory.putByte(host, (byte) 200);
        long[] array = new long[256];
        array[200] = 42;
        assertEquals(42, HostMemory.indexed(array, host));
        HostMemory.setElement(array, 255, 7);
        assertEquals(7, array[255]);
    }
}
