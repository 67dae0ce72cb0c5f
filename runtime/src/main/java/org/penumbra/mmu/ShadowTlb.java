// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import org.penumbra.memory.HostMemory;

/// The data side of the modelled TLB of one address space and privilege: direct-mapped, in host memory.
///
/// An entry is 32 bytes: load tag, store tag, addend. A tag is the page's gva; it matches exactly the naturally
/// aligned accesses within that page (`gva & (-4096 | size - 1)`), so misalignment, MMIO, code pages, protected pages
/// and missing translations are all one thing: a tag that does not match. `gva + addend` is the host address.
public final class ShadowTlb {
    public static final int ENTRY_SHIFT = 5;
    public static final int LOAD_TAG = 0;
    public static final int STORE_TAG = 8;
    public static final int ADDEND = 16;
    /// Bit 11 is in no access's compare mask, so this never matches.
    public static final long INVALID = 0x800;

    private static final long PAGE_MASK = -4096;
    /// Beyond this many filled entries a flush sweeps the whole table instead of the list.
    private static final int LISTED = 96;

    private final long address;
    private final int entries;
    private final int[] filled = new int[LISTED];
    private int filledCount;

    /// @param entries a power of two
    public ShadowTlb(int entries) {
        this.entries = entries;
        this.address = HostMemory.allocate((long) entries << ENTRY_SHIFT);
        sweep();
    }

    public long address() {
        return address;
    }

    /// Address of the entry that may hold `gva` in the table of `entries` entries at `tlb`.
    public static long entry(long tlb, long gva, int entries) {
        return tlb + ((gva >>> (12 - ENTRY_SHIFT)) & ((entries - 1L) << ENTRY_SHIFT));
    }

    /// What a tag must equal for an access of `size` bytes at `gva` to hit.
    public static long wanted(long gva, int size) {
        return gva & (PAGE_MASK | (size - 1));
    }

    /// Installs the page of `gva`; a store tag is given only when stores may go on without the monitor.
    public void fill(long gva, long hostPage, boolean load, boolean store) {
        long entry = entry(address, gva, entries);
        long page = gva & PAGE_MASK;
        if (HostMemory.getLong(entry + LOAD_TAG) == INVALID && HostMemory.getLong(entry + STORE_TAG) == INVALID) {
            if (filledCount < LISTED) {
                filled[filledCount] = (int) ((entry - address) >>> ENTRY_SHIFT);
            }
            filledCount++;
        }
        HostMemory.putLong(entry + LOAD_TAG, load ? page : INVALID);
        HostMemory.putLong(entry + STORE_TAG, store ? page : INVALID);
        HostMemory.putLong(entry + ADDEND, hostPage - page);
    }

    /// Whether a load (or store) of one byte at `gva` would hit.
    public boolean hits(long gva, boolean store) {
        return HostMemory.getLong(entry(address, gva, entries) + (store ? STORE_TAG : LOAD_TAG)) == (gva & PAGE_MASK);
    }

    public void flushPage(long gva) {
        long entry = entry(address, gva, entries);
        long page = gva & PAGE_MASK;
        if (HostMemory.getLong(entry + LOAD_TAG) == page || HostMemory.getLong(entry + STORE_TAG) == page) {
            invalidate(entry);
        }
    }

    /// Drops what lies in `[gva, gva + bytes)`, a whole number of pages.
    public void flushRange(long gva, long bytes) {
        if (bytes >>> 12 <= entries) {
            for (long page = gva; page != gva + bytes; page += 4096) {
                flushPage(page);
            }
            return;
        }
        for (int i = 0; i < entries; i++) {
            long entry = address + ((long) i << ENTRY_SHIFT);
            if (within(HostMemory.getLong(entry + LOAD_TAG), gva, bytes)
                    || within(HostMemory.getLong(entry + STORE_TAG), gva, bytes)) {
                invalidate(entry);
            }
        }
    }

    private static boolean within(long tag, long gva, long bytes) {
        return tag != INVALID && tag - gva >= 0 && tag - gva < bytes;
    }

    public void flush() {
        if (filledCount > LISTED) {
            sweep();
        } else {
            for (int i = 0; i < filledCount; i++) {
                invalidate(address + ((long) filled[i] << ENTRY_SHIFT));
            }
        }
        filledCount = 0;
    }

    /// Drops every entry that reaches the host page, or only its store tags.
    public void dropHostPage(long hostPage, boolean storesOnly) {
        if (filledCount == 0) {
            return;
        }
        if (filledCount <= LISTED) {
            for (int i = 0; i < filledCount; i++) {
                dropHostPage(address + ((long) filled[i] << ENTRY_SHIFT), hostPage, storesOnly);
            }
        } else {
            for (int i = 0; i < entries; i++) {
                dropHostPage(address + ((long) i << ENTRY_SHIFT), hostPage, storesOnly);
            }
        }
    }

    private static void dropHostPage(long entry, long hostPage, boolean storesOnly) {
        long page = hostPage - HostMemory.getLong(entry + ADDEND);
        if (HostMemory.getLong(entry + STORE_TAG) == page) {
            HostMemory.putLong(entry + STORE_TAG, INVALID);
        }
        if (!storesOnly && HostMemory.getLong(entry + LOAD_TAG) == page) {
            HostMemory.putLong(entry + LOAD_TAG, INVALID);
        }
    }

    private static void invalidate(long entry) {
        HostMemory.putLong(entry + LOAD_TAG, INVALID);
        HostMemory.putLong(entry + STORE_TAG, INVALID);
    }

    private void sweep() {
        for (int i = 0; i < entries; i++) {
            invalidate(address + ((long) i << ENTRY_SHIFT));
        }
    }

    void release() {
        HostMemory.free(address);
    }
}
