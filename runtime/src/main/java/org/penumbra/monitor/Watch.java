// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import java.util.Arrays;
import org.penumbra.memory.GuestMemory;

/// Guest-virtual addresses at which a hart's accesses or fetches are observed.
///
/// Pages containing one of them never take a fast path: loads and stores because their tags never match, fetches
/// because their pages are decoded again each time. No counts change.
public final class Watch {
    private static final long PAGE_MASK = -GuestMemory.PAGE_SIZE;

    /// Range ends are inclusive.
    private long[] starts = new long[0];
    private long[] ends = new long[0];

    /// Every address.
    public static Watch everything() {
        var all = new Watch();
        all.add(0, 0); // ends before it begins, behind the last address
        return all;
    }

    public void add(long start, long length) {
        starts = Arrays.copyOf(starts, starts.length + 1);
        ends = Arrays.copyOf(ends, ends.length + 1);
        starts[starts.length - 1] = start;
        ends[ends.length - 1] = start + length - 1;
    }

    public boolean isEmpty() {
        return starts.length == 0;
    }

    /// Whether one of the addresses is in `[address, address + length)`.
    public boolean touches(long address, long length) {
        for (int i = 0; i < starts.length; i++) {
            if (Long.compareUnsigned(address, ends[i]) <= 0
                    && Long.compareUnsigned(starts[i], address + length - 1) <= 0) {
                return true;
            }
        }
        return false;
    }

    /// Whether one of the addresses is in the page of an address.
    boolean onPageOf(long address) {
        return touches(address & PAGE_MASK, GuestMemory.PAGE_SIZE);
    }
}
