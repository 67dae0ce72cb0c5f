// SPDX-License-Identifier: Apache-2.0
package org.penumbra.mmu;

import java.util.function.LongUnaryOperator;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;
import org.penumbra.snapshot.State;

/// The data side of the modelled TLB of one address space and privilege: direct-mapped, in host memory.
///
/// An entry takes 32 bytes: load tag, store tag, addend. A tag is the gva of a page. An access hits if the tag in the
/// entry of its first byte equals the page of its last byte. Page-crossing accesses, MMIO, code pages, protected pages
/// and missing translations therefore all look the same: the tag does not match. On a hit the host address is `gva +
/// addend`.
public final class ShadowTlb implements AutoCloseable {
    public static final int ENTRY_SHIFT = 5;
    public static final int LOAD_TAG = 0;
    public static final int STORE_TAG = 8;
    public static final int ADDEND = 16;
    /// Not the gva of any page, so it never matches.
    public static final long INVALID = 0x800;

    /// Permissions, in the low bits of a guest page's address.
    public static final long LOADABLE = 1;
    public static final long STORABLE = 2;

    private static final long PAGE_MASK = -4096;
    /// With more filled entries than this, a flush clears the whole table instead of following the list.
    private static final int LISTED = 96;

    private final SparseRegion region;
    private final long address;
    /// Number of places in the table, see [#places(int)].
    private final int places;
    /// Whether only one of the two places may be filled at a time.
    private final boolean single;
    private final int[] filled = new int[LISTED];
    private int filledCount;
    /// The translations of the entries, whether or not accesses may hit them: the tag, and the guest page with its
    /// permissions.
    private final long[] guestTags;
    private final long[] guestPages;
    /// Host address of each page, or 0 if it is not RAM.
    private final long[] hostPages;
    /// For guests of a hypervisor, the page that the first stage gave; else null.
    private final long[] betweenStages;

    /// @param entries a power of two
    public ShadowTlb(int entries) {
        this(entries, false);
    }

    /// @param guests whether for guests of a hypervisor
    ShadowTlb(int entries, boolean guests) {
        this.single = entries == 1;
        this.places = places(entries);
        this.region = new SparseRegion(((long) places << ENTRY_SHIFT) + 4095 & PAGE_MASK);
        this.address = region.address();
        this.guestTags = new long[places];
        this.guestPages = new long[places];
        this.hostPages = new long[places];
        this.betweenStages = guests ? new long[places] : null;
        sweep();
    }

    public long address() {
        return address;
    }

    /// A table of one entry gets two places, so that adjacent pages never share a place: otherwise an access across
    /// both would hit.
    private static int places(int entries) {
        return Math.max(entries, 2);
    }

    /// Address of the entry that may hold `gva` in the table of `entries` entries at `tlb`.
    public static long entry(long tlb, long gva, int entries) {
        return tlb + (gva >>> 12 - ENTRY_SHIFT & indexMask(entries));
    }

    /// Mask of the bits that entry offsets use in a table of `entries` entries.
    public static long indexMask(int entries) {
        return places(entries) - 1L << ENTRY_SHIFT;
    }

    /// The tag value with which an access of `size` bytes at `gva` hits.
    public static long wanted(long gva, int size) {
        return gva + (size - 1) & PAGE_MASK;
    }

    /// Like [#wanted], but a misaligned access never hits.
    public static long wantedAligned(long gva, int size) {
        return gva & (PAGE_MASK | size - 1);
    }

    /// Host address of a load that hits the table at `tlb`, or 0.
    /// @param mask bits that entry offsets use in the table
    public static long loadable(long tlb, long mask, long gva, int size) {
        return hit(tlb + (gva >>> 12 - ENTRY_SHIFT & mask), LOAD_TAG, gva, size);
    }

    /// Host address of a store that hits the table at `tlb`, or 0.
    public static long storable(long tlb, long mask, long gva, int size) {
        return hit(tlb + (gva >>> 12 - ENTRY_SHIFT & mask), STORE_TAG, gva, size);
    }

    /// Host address of an access that hits the table at `tlb` and is naturally aligned, or 0.
    /// @param load whether it only loads
    public static long aligned(long tlb, long mask, long gva, int size, boolean load) {
        long entry = tlb + (gva >>> 12 - ENTRY_SHIFT & mask);
        return HostMemory.getLong(entry + (load ? LOAD_TAG : STORE_TAG)) == wantedAligned(gva, size)
                ? gva + HostMemory.getLong(entry + ADDEND) : 0;
    }

    private static long hit(long entry, int tag, long gva, int size) {
        return HostMemory.getLong(entry + tag) == wanted(gva, size) ? gva + HostMemory.getLong(entry + ADDEND) : 0;
    }

    /// Installs the translation of the page of `gva`, without letting accesses hit yet.
    ///
    /// @param guestPage gpa of the page with the permissions [#LOADABLE] and [#STORABLE] in its low bits
    /// @param hostPage  host address of the page, or 0 if it is not RAM
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

    /// Notes the address that the first stage gave for the page of `gva`, which was filled just before.
    public void noteBetweenStages(long gva, long gpa) {
        betweenStages[index(gva)] = gpa & PAGE_MASK;
    }

    /// Lets loads, and stores if `store`, hit the page of `gva`, which was filled just before and lies at `hostPage`.
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

    /// The host page held for `gva`, for which [#guestPage] has found an entry.
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

    /// Drops the entries for `[gva, gva + bytes)`, a whole number of pages.
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

    /// Drops the entries whose address between the stages is in `[gpa, gpa + bytes)`, whole pages.
    void flushBetweenStages(long gpa, long bytes) {
        int listed = filledCount <= LISTED ? filledCount : places;
        for (int i = 0; i < listed; i++) {
            int index = filledCount <= LISTED ? filled[i] : i;
            long distance = betweenStages[index] - gpa;
            if (guestTags[index] != INVALID && distance >= 0 && distance < bytes) {
                drop(index);
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

    /// Drops every entry that maps to the host page, or only its store tag.
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

    /// Whether stores to the host page may hit.
    boolean letsStoresHit(long hostPage) {
        int listed = filledCount <= LISTED ? filledCount : places;
        for (int i = 0; i < listed; i++) {
            long entry = address + ((long) (filledCount <= LISTED ? filled[i] : i) << ENTRY_SHIFT);
            if (HostMemory.getLong(entry + STORE_TAG) == hostPage - HostMemory.getLong(entry + ADDEND)) {
                return true;
            }
        }
        return false;
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

    /// Drops every entry that translates to a guest page, or only its store permission, which the paging model must
    /// then grant again.
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

    /// Makes the next access to each page go to the monitor, which still finds the translation here.
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

    /// Returns its memory to the host; no lookup is allowed afterwards.
    @Override
    public void close() {
        region.close();
    }

    /// Saves the translations, or replaces all by those saved. No access may hit them until the monitor has been asked.
    void transfer(State state, LongUnaryOperator hostOf) {
        if (!state.restores()) {
            int present = 0;
            for (int i = 0; i < places; i++) {
                present += guestTags[i] != INVALID ? 1 : 0;
            }
            state.number(present);
            for (int i = 0; i < places; i++) {
                if (guestTags[i] != INVALID) {
                    state.number(guestTags[i]);
                    state.number(guestPages[i]);
                    if (betweenStages != null) {
                        state.number(betweenStages[i]);
                    }
                }
            }
            return;
        }
        flush();
        for (int left = state.number(0); left > 0; left--) {
            long gva = state.number(0L);
            long page = state.number(0L);
            fill(gva, page, hostOf.applyAsLong(page & PAGE_MASK));
            if (betweenStages != null) {
                noteBetweenStages(gva, state.number(0L));
            }
        }
    }
}
