// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import java.util.Arrays;
import org.penumbra.mmu.FenceScope;
import org.penumbra.options.TimingParameters.Policy;

/// One level of TLBs: an array for each page size, or one that several sizes share.
///
/// Entries carry the page size, the guest's ASID or that they are global, and whether they permit stores. What an entry
/// leads to is not kept, but for the guest page, by which it can be dropped: the level only tells hits from misses.
final class Tlb {
    static final int NONE = SetAssociative.NONE;

    /// 4 KiB, 2 MiB and 1 GiB; larger pages count as the last.
    static final int SIZES = 3;

    /// In place of an ASID: entries of any address space, and of untranslated accesses (which a second stage translates
    /// all the same).
    static final int GLOBAL = 0x10000;
    static final int BARE = 0x10001;

    /// The W and D bits of an entry.
    static final int WRITABLE = 1;
    static final int DIRTY = 2;

    private static final int SPACE_SHIFT = 45;
    private static final int SPACE_MASK = 0x1ffff;
    private static final int SIZE_SHIFT = 62;
    private static final long VPN_MASK = (1L << SPACE_SHIFT) - 1;
    /// A power of two.
    private static final int HINTS = 256;
    private static final int SLOT_BITS = 28;
    private static final int SLOT_MASK = (1 << SLOT_BITS) - 1;
    private static final int SIZE_MASK = 3;
    private static final int FILLS_SHIFT = 32;

    private final SetAssociative[] arrays;
    private final byte[][] flags = new byte[SIZES][];
    private final long[][] pages = new long[SIZES][];
    /// Whether there may be entries of a size, and global ones among them.
    private final boolean[] used = new boolean[SIZES];
    private final boolean[] global = new boolean[SIZES];
    private int foundSize;
    /// Where pages of 4 KiB were found last, by the low bits of their numbers, so that most searches of arrays with
    /// many ways are one comparison: the tag that the page has or would have as one of 4 KiB, that of what was found,
    /// and from the highest bits on how many larger pages had come in by then, its size and its slot. One is right
    /// while its slot has the tag, and nothing has come in that would be found before it.
    private final long[] hintedPages = new long[HINTS];
    private final long[] hintedTags = new long[HINTS];
    private final long[] hintedPlaces = new long[HINTS];
    private int largeFills;

    /// @param entries for each page size; 0 if its pages are kept among those of the next smaller one
    /// @param ways    likewise
    Tlb(int[] entries, int[] ways, Policy policy, long seed) {
        arrays = new SetAssociative[SIZES];
        for (int size = 0; size < SIZES; size++) {
            boolean shares = entries[size] == 0;
            arrays[size] = shares ? arrays[size - 1] : new SetAssociative(entries[size], ways[size], policy, seed);
            flags[size] = shares ? flags[size - 1] : new byte[entries[size]];
            pages[size] = shares ? pages[size - 1] : new long[entries[size]];
        }
        Arrays.fill(hintedPages, SetAssociative.EMPTY);
    }

    /// @param level of a leaf
    static int size(int level) {
        return Math.min(level, SIZES - 1);
    }

    private static long vpn(long gva, int size) {
        return gva >>> 12 + 9 * size;
    }

    private static long tag(long gva, int space, int size) {
        return vpn(gva, size) & VPN_MASK | (long) space << SPACE_SHIFT | (long) size << SIZE_SHIFT;
    }

    /// Looks an address up and notes the use of what is found.
    ///
    /// @param space an ASID or [#BARE]
    /// @return a slot, which belongs to [#foundSize], or [#NONE]
    int find(long gva, int space) {
        long page = tag(gva, space, 0);
        int hint = hint(gva);
        if (hintedPages[hint] == page && hintedPlaces[hint] >>> FILLS_SHIFT == largeFills) {
            int slot = (int) hintedPlaces[hint] & SLOT_MASK;
            int size = (int) hintedPlaces[hint] >>> SLOT_BITS & SIZE_MASK;
            if (arrays[size].tag(slot) == hintedTags[hint]) {
                arrays[size].touch(slot);
                foundSize = size;
                return slot;
            }
        }
        int slot = search(gva, space);
        if (slot != NONE) {
            hintedPages[hint] = page;
            hintedTags[hint] = arrays[foundSize].tag(slot);
            hintedPlaces[hint] = (long) largeFills << FILLS_SHIFT | foundSize << SLOT_BITS | slot;
        }
        return slot;
    }

    private static int hint(long gva) {
        return (int) (gva >>> 12) & HINTS - 1;
    }

    private int search(long gva, int space) {
        for (int size = 0; size < SIZES; size++) {
            if (!used[size]) {
                continue;
            }
            int slot = arrays[size].find(tag(gva, space, size), vpn(gva, size));
            if (slot == NONE && global[size] && space != BARE) {
                slot = arrays[size].find(tag(gva, GLOBAL, size), vpn(gva, size));
            }
            if (slot != NONE) {
                arrays[size].touch(slot);
                foundSize = size;
                return slot;
            }
        }
        return NONE;
    }

    /// Of the page that [#find] found last.
    int foundSize() {
        return foundSize;
    }

    /// [#WRITABLE] and [#DIRTY] of a slot.
    int flags(int size, int slot) {
        return flags[size][slot];
    }

    boolean isGlobal(int size, int slot) {
        return space(arrays[size].tag(slot)) == GLOBAL;
    }

    long page(int size, int slot) {
        return pages[size][slot];
    }

    /// Adds an entry, in place of one for the same page if there is one.
    ///
    /// @param space an ASID, [#GLOBAL] or [#BARE]
    /// @param gpa   of a byte of the page, or -1 if it is not known
    void fill(long gva, int space, int size, int permissions, long gpa) {
        long tag = tag(gva, space, size);
        int slot = arrays[size].find(tag, vpn(gva, size));
        if (slot == NONE) {
            slot = arrays[size].place(tag, vpn(gva, size));
        }
        if (size == 0) {
            hintedPages[hint(gva)] = SetAssociative.EMPTY;
        } else {
            largeFills = largeFills + 1 & Integer.MAX_VALUE;
        }
        used[size] = true;
        global[size] |= space == GLOBAL;
        flags[size][slot] = (byte) permissions;
        pages[size][slot] = gpa;
    }

    private static int space(long tag) {
        return (int) (tag >>> SPACE_SHIFT) & SPACE_MASK;
    }

    private static int sizeOf(long tag) {
        return (int) (tag >>> SIZE_SHIFT);
    }

    @FunctionalInterface
    private interface Condition {
        boolean holds(int size, int slot, long tag);
    }

    private void dropIf(Condition condition) {
        for (int size = 0; size < SIZES; size++) {
            SetAssociative array = arrays[size];
            if (!used[size] || size > 0 && array == arrays[size - 1] && used[size - 1]) {
                continue;
            }
            for (int slot = 0; slot < array.slots(); slot++) {
                long tag = array.tag(slot);
                if (tag != SetAssociative.EMPTY && condition.holds(sizeOf(tag), slot, tag)) {
                    array.drop(slot);
                }
            }
        }
    }

    /// Drops the entries that a fence covers. Of an address space, those that are global are not.
    ///
    /// @param scope whole pages, or all addresses
    void drop(FenceScope scope) {
        if (!scope.hasGva()) {
            dropIf((_, _, tag) -> covers(scope, tag));
        } else if (scope.bytes() <= 4096) {
            dropPage(scope);
        } else {
            dropIf((size, _, tag) -> {
                long page = tag << 64 - SPACE_SHIFT >> 64 - SPACE_SHIFT << 12 + 9 * size;
                long span = 1L << 12 + 9 * size;
                return covers(scope, tag) && page - scope.gva() < scope.bytes() && scope.gva() - page < span;
            });
        }
    }

    /// The same for one page of 4 KiB.
    private void dropPage(FenceScope scope) {
        for (int size = 0; size < SIZES; size++) {
            SetAssociative array = arrays[size];
            long vpn = vpn(scope.gva(), size);
            int first = array.first(vpn);
            for (int slot = first; used[size] && slot < first + array.ways(); slot++) {
                long tag = array.tag(slot);
                if (tag != SetAssociative.EMPTY && sizeOf(tag) == size && ((tag ^ vpn) & VPN_MASK) == 0
                        && covers(scope, tag)) {
                    array.drop(slot);
                }
            }
        }
    }

    /// [#GLOBAL] and [#BARE] are no ASIDs, so that a fence of an address space covers neither.
    private static boolean covers(FenceScope scope, long tag) {
        int space = space(tag);
        return space != BARE && scope.covers(space);
    }

    /// Drops the entries that lead to a guest page.
    void dropGuestPage(long gpa) {
        dropIf((size, slot, _) -> pages[size][slot] == -1 || (pages[size][slot] ^ gpa) >>> 12 + 9 * size == 0);
    }

    void clear() {
        for (int size = 0; size < SIZES; size++) {
            if (used[size]) {
                arrays[size].clear();
                used[size] = false;
                global[size] = false;
            }
        }
    }
}
