// SPDX-License-Identifier: Apache-2.0
package org.penumbra.memory;

import java.util.BitSet;
import java.util.function.IntConsumer;
import org.penumbra.snapshot.State;

/// Guest frames in guest order (gpa = hpa up to a constant), as under the `native` model.
record IdentityFrames(SparseRegion region) implements HostFrames {
    @Override
    public long address(long page) {
        return region.address() + (page << GuestMemory.PAGE_SHIFT);
    }

    @Override
    public boolean isFixed() {
        return true;
    }

    @Override
    public void touched(int pages, IntConsumer consumer) {
        BitSet touched = region.touched();
        for (int page = touched.nextSetBit(0); page >= 0 && page < pages; page = touched.nextSetBit(page + 1)) {
            consumer.accept(page);
        }
    }

    @Override
    public void clear() {
        region.discard(0, region.size());
    }

    @Override
    public void close() {
        region.close();
    }

    @Override
    public long origin() {
        return region.address();
    }

    @Override
    public long span() {
        return region.size();
    }

    /// Nothing: all is always the same.
    @Override
    public void transfer(State state) {
    }
}
