// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;

/// The data side of the modelled TLB of one address space and privilege: direct-mapped, in host memory.
///
/// An entry is 32 bytes: load tag, store tag, addend. A tag is a page's gva. An access hits where the tag, in the entry for
/// its first byte, is the page of its last byte; so accesses across pages, MMIO, code pages, protected pages and missing
/// translations are all one thing: a tag that does not match. `gva + addend` is the host address.
public final class ShadowTlb implements AutoCloseable {
    public static final int ENTRY_SHIFT = 5;
    public static final int LOAD_TAG = 0;
    public static final int STORE_TAG = 8;
    public static final int ADDEND = 16;
    /// No page's gva, so this never matches.
    public static final long INVALID = 0x800;

    /// Permissions in the low bits of a guest page.
    public static final long LOADABLE = 1;
    public static final long STORABLE = 2;

    private static final long PAGE_MASK = -4096;
    /// Beyond this many filled entries a flush sweeps the whole table instead of the list.
    private static final int LISTED = 96;

    private final SparseRegion region;
    private final long address;
    /// How many entries there is room for, see [#places(int)].
    private final int places;
    /// Whether only one of two places may be filled at a time.
    private final boolean single;
    private final int[] filled = new int[LISTED];
    private int filledCount;
    /// What the entries translate, whether or not accesses may hit: the tag and the guest page with its permissions.
    private final long[] guestTags;
    private final long[] guestPages;
    /// Host address of each page, or 0 where it is not RAM.
    private final long[] hostPages;

    /// @param entries a power of two
    public ShadowTlb(int entries) {
        this.single = entries == 1;
        this.places = places(entries);
        this.region = new SparseRegion(((long) places << ENTRY_SHIFT) + 4095 & PAGE_MASK);
        this.address = region.address();
        this.guestTags = new long[places];
        this.guestPages = new long[places];
        this.hostPages = new long[places];
        sweep();
    }

    public long address() {
        return address;
    }

    /// A table of one entry has two places, so that a page never shares its place with the next page: an access across both
    /// would hit there.
    private static int places(int entries) {
        return Math.max(entries, 2);
    }

    /// Address of the entry that may hold `gva` in the table of `entries` entries at `tlb`.
    public static long entry(long tlb, long gva, int entries) {
        return tlb + (gva >>> 12 - ENTRY_SHIFT & indexMask(entries));
    }

    /// Bits that an entry's offset in a table of `entries` entries can have.
    public static long indexMask(int entries) {
        return places(entries) - 1L << ENTRY_SHIFT;
    }

    /// What a tag must equal for an access of `size` bytes at `gva` to hit.
    public static long wanted(long gva, int size) {
        return gva + (size - 1) & PAGE_MASK;
    }

    /// As [#wanted], and a misaligned access never hits.
    public static long wantedAligned(long gva, int size) {
        return gva & (PAGE_MASK | size - 1);
    }

    /// Host address of a load that hits the table at `tlb`, or 0.
    /// @param mask of the bits of an entry's offset in the table
    public static long loadable(long tlb, long mask, long gva, int size) {
        return hit(tlb + (gva >>> 12 - ENTRY_SHIFT & mask), LOAD_TAG, gva, size);
    }

    /// Host address of a store that hits the table at `tlb`, or 0.
    public static long storable(long tlb, long mask, long gva, int size) {
        return hit(tlb + (gva >>> 12 - ENTRY_SHIFT & mask), STORE_TAG, gva, size);
    }

    private static long hit(long entry, int tag, long gva, int size) {
        return HostMemory.getLong(entry + tag) == wanted(gva, size) ? gva + HostMemory.getLong(entry + ADDEND) : 0;
    }

    /// Installs what the page of `gva` translates to, without letting accesses hit yet.
    ///
    /// @param guestPage gpa of the page with the permissions [#LOADABLE] and [#STORABLE] in its low bits
    /// @param hostPage  host address of the page, or 0 where it is not RAM
    public void fill(long gva, long guestPage, long hostPage) {
        int index = index(gva);
        if (single) {
            drop(index ^ 1);
        }
        if (guestTags[index] == INVALID) {
            if (filledCount < LISTED) {
                filled[filledCount] = index;
            }
            filledCount++;
        }
        guestTags[index] = gva & PAGE_MASK;
        guestPages[index] = guestPage;
        hostPages[index] = hostPage;
        invalidate(address + ((long) index << ENTRY_SHIFT));
    }

    /// Lets loads, and stores where `store`, hit the page of `gva`, which was filled just before and lies at `hostPage`.
    public void allow(long gva, long hostPage, boolean load, boolean store) {
        long entry = entry(address, gva, places);
        long page = gva & PAGE_MASK;
        HostMemory.putLong(entry + LOAD_TAG, load ? page : INVALID);
        HostMemory.putLong(entry + STORE_TAG, store ? page : INVALID);
        HostMemory.putLong(entry + ADDEND, hostPage - page);
    }

    /// The guest page and permissions held for `gva`, or -1 on a miss.
    public long guestPage(long gva) {
        int index = index(gva);
        return guestTags[index] == (gva & PAGE_MASK) ? guestPages[index] : -1;
    }

    /// The host page held for `gva`, which [#guestPage] finds.
    public long hostPage(long gva) {
        return hostPages[index(gva)];
    }

    private int index(long gva) {
        return (int) (gva >>> 12) & (places - 1);
    }

    public void flushPage(long gva) {
        int index = index(gva);
        if (guestTags[index] == (gva & PAGE_MASK)) {
            drop(index);
        }
    }

    /// Drops what lies in `[gva, gva + bytes)`, a whole number of pages.
    public void flushRange(long gva, long bytes) {
        if (bytes >>> 12 <= places) {
            for (long page = gva; page != gva + bytes; page += 4096) {
                flushPage(page);
            }
            return;
        }
        for (int i = 0; i < places; i++) {
            if (guestTags[i] != INVALID && guestTags[i] - gva >= 0 && guestTags[i] - gva < bytes) {
                drop(i);
            }
        }
    }

    public void flush() {
        if (filledCount > LISTED) {
            sweep();
        } else {
            for (int i = 0; i < filledCount; i++) {
                drop(filled[i]);
            }
        }
        filledCount = 0;
    }

    private void drop(int index) {
        guestTags[index] = INVALID;
        invalidate(address + ((long) index << ENTRY_SHIFT));
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
            for (int i = 0; i < places; i++) {
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

    /// Drops every entry that translates to a guest page, or only the right to store to it, which the paging model has
    /// to be asked for again.
    public void dropGuestPage(long guestPage, boolean storesOnly) {
        int listed = filledCount <= LISTED ? filledCount : places;
        for (int i = 0; i < listed; i++) {
            int index = filledCount <= LISTED ? filled[i] : i;
            if (guestTags[index] != INVALID && (guestPages[index] & PAGE_MASK) == guestPage) {
                if (storesOnly) {
                    guestPages[index] &= ~STORABLE;
                    HostMemory.putLong(address + ((long) index << ENTRY_SHIFT) + STORE_TAG, INVALID);
                } else {
                    drop(index);
                }
            }
        }
    }

    /// Sends the next access to each page to the monitor, which still finds what the page translates to.
    public void denyAll() {
        for (int i = 0; i < places; i++) {
            invalidate(address + ((long) i << ENTRY_SHIFT));
        }
    }

    private static void invalidate(long entry) {
        HostMemory.putLong(entry + LOAD_TAG, INVALID);
        HostMemory.putLong(entry + STORE_TAG, INVALID);
    }

    private void sweep() {
        for (int i = 0; i < places; i++) {
            drop(i);
        }
    }

    /// Gives its memory back to the host; nothing may look anything up in it any more.
    @Override
    public void close() {
        region.close();
    }
}
