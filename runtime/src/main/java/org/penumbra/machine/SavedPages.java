// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;

/// The pages of RAM in a snapshot that are not all zero, in the order in which they were touched: numbered from 0, each
/// with its index in RAM and its content.
///
/// Snapshots of a machine share the contents of pages that have not changed between them, so each is an array of its
/// own. Those of a file are read in one piece, and lie outside the Java heap.
final class SavedPages implements AutoCloseable {
    private static final int SIZE = (int) GuestMemory.PAGE_SIZE;

    private final int[] indices;
    /// Or null if they are in the region.
    private final byte[][] arrays;
    private final SparseRegion region;
    private Map<Integer, Integer> numbers;

    SavedPages(int[] indices, byte[][] contents) {
        this.indices = indices;
        this.arrays = contents;
        this.region = null;
    }

    /// @param contents one behind the other
    SavedPages(int[] indices, SparseRegion contents) {
        this.indices = indices;
        this.arrays = null;
        this.region = contents;
    }

    int count() {
        return indices.length;
    }

    /// Index in RAM of the page with a number.
    int index(int number) {
        return indices[number];
    }

    /// The number of the page with an index, or -1: then it is zero.
    int find(int index) {
        if (numbers == null) {
            numbers = HashMap.newHashMap(indices.length);
            for (int i = 0; i < indices.length; i++) {
                numbers.put(indices[i], i);
            }
        }
        return numbers.getOrDefault(index, -1);
    }

    /// The array that holds the content of the page with an index, or null if there is none.
    byte[] array(int index) {
        int number = arrays == null ? -1 : find(index);
        return number < 0 ? null : arrays[number];
    }

    /// All numbers, ordered by index.
    int[] byAddress() {
        Integer[] order = new Integer[indices.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingInt(i -> indices[i]));
        return Arrays.stream(order).mapToInt(i -> i).toArray();
    }

    /// Copies a page's content to a host address.
    void copy(int number, long host) {
        if (arrays != null) {
            HostMemory.write(host, arrays[number], 0, SIZE);
        } else {
            HostMemory.copy(address(number), host, SIZE);
        }
    }

    void read(int number, byte[] target, int offset) {
        if (arrays != null) {
            System.arraycopy(arrays[number], 0, target, offset, SIZE);
        } else {
            HostMemory.read(address(number), target, offset, SIZE);
        }
    }

    /// Whether a page's content is at a host address, too.
    boolean isAt(int number, long host) {
        return arrays != null ? HostMemory.equals(host, arrays[number])
                : HostMemory.equals(host, address(number), SIZE);
    }

    @Override
    public void close() {
        if (region != null) {
            region.close();
        }
    }

    private long address(int number) {
        return region.address() + (long) number * SIZE;
    }
}
