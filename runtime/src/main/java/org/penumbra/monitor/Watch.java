// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import java.util.Arrays;
import org.penumbra.memory.GuestMemory;

/// Addresses that a hart's accesses or fetches are looked at for: guest-virtual, as the guest uses them.
///
/// Pages with one of them are kept out of the fast ways: loads and stores by tags that never match, fetches by pages that are
/// decoded anew each time. Nothing that is counted changes.
public final class Watch {
    private static final long PAGE_MASK = -GuestMemory.PAGE_SIZE;

    /// Ends are inclusive.
    private long[] starts = new long[0];
    private long[] ends = new long[0];

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
            if (Long.compareUnsigned(address, ends[i]) <= 0 && Long.compareUnsigned(starts[i], address + length - 1) <= 0) {
                return true;
            }
        }
        return false;
    }

    /// Whether one is in the page of an address.
    boolean onPageOf(long address) {
        return touches(address & PAGE_MASK, GuestMemory.PAGE_SIZE);
    }
}
