// SPDX-License-Identifier: Apache-2.0
package org.penumbra.memory;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntConsumer;
import org.penumbra.snapshot.State;

/// Host frames allocated on first touch and scattered pseudo-randomly, as a hypervisor's memory is after a while.
///
/// The placement depends only on the seed and the order of touches. A page can be moved to another frame while the
/// guest runs (reclaim by a balloon, migration); with 2 MiB backing that splits its large page.
public final class ScatteredFrames implements HostFrames {
    private static final long PAGE = GuestMemory.PAGE_SIZE;
    private static final long LARGE_PAGE = GuestMemory.LARGE_PAGE_SIZE;
    private static final int LARGE_SHIFT = 9;
    private static final int PAGES_IN_LARGE = 1 << LARGE_SHIFT;
    /// Small frames are scattered within one group at a time. Scattered over all of the region, they would touch nearly
    /// every huge page of the host, which would then need several times the memory that the guest uses.
    private static final int GROUP = 1 << 12;

    private final long pages;
    private final boolean large;
    private final SparseRegion region;
    private final long origin;
    /// Host address of each guest page, zero before its first touch.
    private final SparseRegion table;
    private final long unitMask;
    /// A bijection on `[0, 2^n)` scatters the units of a group in the order of allocation; large pages form one group.
    private final long groupMask;
    private final long multiplier;
    private final long seed;
    private long unitsTaken;
    private final long[] largeFrames;
    private final BitSet split = new BitSet();
    private int[] touched = new int[64];
    private int touchedCount;
    private long[] freeFrames = new long[16];
    private int freeCount;
    private long smallNext;
    private long smallLimit;

    /// @param size     bytes of guest RAM, a multiple of 4 KiB
    /// @param hostPage 4 KiB or 2 MiB
    public ScatteredFrames(long size, long hostPage, long seed) {
        if (hostPage != PAGE && hostPage != LARGE_PAGE) {
            throw new IllegalArgumentException("host pages have 4096 or 2097152 bytes, not " + hostPage);
        }
        pages = size / PAGE;
        large = hostPage == LARGE_PAGE;
        long units = (size + hostPage - 1) / hostPage;
        // Twice the size of RAM, so that a moving page can go to a frame it has never been in.
        long capacity = Long.highestOneBit(Math.max(units, 2) - 1) << 2;
        region = new SparseRegion(capacity * hostPage + LARGE_PAGE);
        origin = (region.address() + LARGE_PAGE - 1) & -LARGE_PAGE;
        table = new SparseRegion(pages * 8 + PAGE - 1 & -PAGE);
        unitMask = capacity - 1;
        groupMask = large ? unitMask : Math.min(capacity, GROUP) - 1;
        multiplier = mix(seed) << 3 | 5;
        this.seed = seed;
        largeFrames = new long[large ? (int) units : 0];
    }

    private static long mix(long x) {
        long y = (x + 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L;
        y = (y ^ y >>> 27) * 0x94d049bb133111ebL;
        return y ^ y >>> 31;
    }

    @Override
    public long address(long page) {
        long address = HostMemory.getLong(table.address() + (page << 3));
        return address != 0 ? address : touch(page);
    }

    @Override
    public long peek(long page) {
        long address = HostMemory.getLong(table.address() + (page << 3));
        long block = large ? largeFrames[(int) (page >>> LARGE_SHIFT)] : 0;
        return address != 0 || block == 0 ? address : block + (page & PAGES_IN_LARGE - 1) * PAGE;
    }

    @Override
    public boolean isLarge(long page) {
        return large && (page | PAGES_IN_LARGE - 1) < pages && !split.get((int) (page >>> LARGE_SHIFT));
    }

    @Override
    public synchronized void clear() {
        region.discard(0, region.size());
        table.discard(0, table.size());
        unitsTaken = 0;
        touchedCount = 0;
        Arrays.fill(largeFrames, 0);
        split.clear();
        freeCount = 0;
        smallNext = 0;
        smallLimit = 0;
    }

    @Override
    public synchronized void close() {
        region.close();
        table.close();
    }

    private synchronized long touch(long page) {
        long address = HostMemory.getLong(table.address() + (page << 3));
        if (address != 0) {
            return address; // another thread has touched it meanwhile
        }
        if (large) {
            int block = (int) (page >>> LARGE_SHIFT);
            if (largeFrames[block] == 0) {
                largeFrames[block] = nextUnit(LARGE_PAGE);
            }
            address = largeFrames[block] + (page & PAGES_IN_LARGE - 1) * PAGE;
        } else {
            address = smallFrame();
        }
        HostMemory.putLong(table.address() + (page << 3), address);
        if (touchedCount == touched.length) {
            touched = Arrays.copyOf(touched, touchedCount * 2);
        }
        touched[touchedCount++] = (int) page;
        return address;
    }

    private long nextUnit(long bytes) {
        if (unitsTaken > unitMask) {
            throw new IllegalStateException("host frames exhausted");
        }
        long unit = unitsTaken++;
        long group = unit / (groupMask + 1);
        return origin + (unit & ~groupMask | mix(seed + 1 + group) + unit * multiplier & groupMask) * bytes;
    }

    /// Moves a page's content to another frame and frees the old one.
    ///
    /// Every holder of the old address must be notified before the guest continues: see `PagingModel.hostPageMoved`.
    /// @return the old host address
    public synchronized long move(long page) {
        long from = address(page);
        long to = smallFrame();
        HostMemory.copy(from, to, PAGE);
        HostMemory.putLong(table.address() + (page << 3), to);
        region.discard(from - region.address(), PAGE);
        recycle(from);
        split.set((int) (page >>> LARGE_SHIFT));
        return from;
    }

    @Override
    public void touched(int count, IntConsumer consumer) {
        for (int i = 0; i < touchedCount; i++) {
            consumer.accept(touched[i]);
        }
        // Stores through a large page reach all of it, whatever has been touched.
        for (int block = 0; block < largeFrames.length; block++) {
            int first = block << LARGE_SHIFT;
            for (int page = first; largeFrames[block] != 0 && page < Math.min(first + PAGES_IN_LARGE, count); page++) {
                if (HostMemory.getLong(table.address() + ((long) page << 3)) == 0) {
                    consumer.accept(page);
                }
            }
        }
    }

    /// Number of pages touched.
    public int touched() {
        return touchedCount;
    }

    /// The page that was the n-th to be touched, from 0.
    public long touched(int n) {
        return touched[n];
    }

    private long smallFrame() {
        if (!large && unitsTaken <= unitMask) {
            return nextUnit(PAGE);
        }
        if (large && freeCount == 0) {
            if (smallNext == smallLimit) {
                smallNext = nextUnit(LARGE_PAGE);
                smallLimit = smallNext + LARGE_PAGE;
            }
            smallNext += PAGE;
            return smallNext - PAGE;
        }
        // The frame freed longest ago.
        long frame = freeFrames[0];
        freeCount--;
        System.arraycopy(freeFrames, 1, freeFrames, 0, freeCount);
        return frame;
    }

    private void recycle(long frame) {
        if (freeCount == freeFrames.length) {
            freeFrames = Arrays.copyOf(freeFrames, freeCount * 2);
        }
        freeFrames[freeCount++] = frame;
    }

    @Override
    public long origin() {
        return origin;
    }

    @Override
    public long span() {
        return region.address() + region.size() - origin;
    }

    @Override
    public synchronized void transfer(State state) {
        if (state.restores()) {
            clear();
        }
        unitsTaken = state.number(unitsTaken);
        touchedCount = state.number(touchedCount);
        touched = Arrays.copyOf(touched, Math.max(touched.length, touchedCount));
        for (int i = 0; i < touchedCount; i++) {
            touched[i] = state.number(touched[i]);
            long place = table.address() + ((long) touched[i] << 3);
            HostMemory.putLong(place, relative(state, HostMemory.getLong(place)));
        }
        for (int i = 0; i < largeFrames.length; i++) {
            largeFrames[i] = relative(state, largeFrames[i]);
        }
        long[] parts = state.array(split.toLongArray());
        split.clear();
        split.or(BitSet.valueOf(parts));
        freeCount = state.number(freeCount);
        freeFrames = Arrays.copyOf(freeFrames, Math.max(freeFrames.length, freeCount));
        for (int i = 0; i < freeCount; i++) {
            freeFrames[i] = relative(state, freeFrames[i]);
        }
        smallNext = relative(state, smallNext);
        smallLimit = relative(state, smallLimit);
    }

    /// An address, or 0 for none.
    private long relative(State state, long address) {
        long saved = state.number(address == 0 ? -1 : address - origin);
        return saved == -1 ? 0 : saved + origin;
    }
}
