// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.snapshot.State;

/// Reverse mappings: lists of the shadow entries that map a guest page, and of those that point to a table.
///
/// An entry is identified by its slot, table x 512 + index, and is in at most one list; slot 0 does not exist. A list
/// is identified by the address of its head.
final class ReverseMap implements AutoCloseable {
    static final int NONE = 0;

    private static final long PAGE = 4096;
    /// Guest page, next slot, slot before.
    private static final long SLOT_BYTES = 12;
    private static final int NEXT = 4;
    private static final int BEFORE = 8;

    private final SparseRegion slots;
    private final SparseRegion heads;
    private final long blocks;
    private final long parents;

    /// @param tables   largest table number
    /// @param ramPages pages of guest RAM
    ReverseMap(int tables, int ramPages) {
        slots = new SparseRegion(wholePages((tables + 1L) * TranslationMode.ENTRIES * SLOT_BYTES));
        long blockCount = ramPages / TranslationMode.ENTRIES + 1;
        heads = new SparseRegion(wholePages(4 * (ramPages + blockCount + tables + 1)));
        blocks = heads.address() + 4L * ramPages;
        parents = blocks + 4 * blockCount;
    }

    @Override
    public void close() {
        slots.close();
        heads.close();
    }

    private static long wholePages(long bytes) {
        return bytes + PAGE - 1 & -PAGE;
    }

    /// The 4 KiB leaves that map a guest page.
    long pageList(int page) {
        return heads.address() + 4L * page;
    }

    /// The 2 MiB leaves that map the aligned group of 512 guest pages around one.
    long blockList(int page) {
        return blocks + 4L * (page / TranslationMode.ENTRIES);
    }

    /// The pointers to a table.
    long parentList(int table) {
        return parents + 4L * table;
    }

    int first(long list) {
        return HostMemory.getInt(list);
    }

    int next(int slot) {
        return HostMemory.getInt(record(slot) + NEXT);
    }

    /// The guest page that the leaf in a slot maps; for a large leaf, its first page.
    int page(int slot) {
        return HostMemory.getInt(record(slot));
    }

    void setPage(int slot, int page) {
        HostMemory.putInt(record(slot), page);
    }

    void insert(long list, int slot) {
        int next = HostMemory.getInt(list);
        HostMemory.putInt(record(slot) + NEXT, next);
        HostMemory.putInt(record(slot) + BEFORE, NONE);
        if (next != NONE) {
            HostMemory.putInt(record(next) + BEFORE, slot);
        }
        HostMemory.putInt(list, slot);
    }

    void remove(long list, int slot) {
        int next = HostMemory.getInt(record(slot) + NEXT);
        int before = HostMemory.getInt(record(slot) + BEFORE);
        HostMemory.putInt(before == NONE ? list : record(before) + NEXT, next);
        if (next != NONE) {
            HostMemory.putInt(record(next) + BEFORE, before);
        }
    }

    private long record(int slot) {
        return slots.address() + slot * SLOT_BYTES;
    }

    /// Saves all lists, or restores them into an empty map.
    ///
    /// @param tables largest table number
    void transfer(State state, int tables) {
        int lists = (int) ((parents - heads.address()) / 4) + tables + 1;
        int used = 0;
        for (int i = 0; i < lists; i++) {
            used += HostMemory.getInt(heads.address() + 4L * i) != NONE ? 1 : 0;
        }
        int saved = state.number(used);
        if (state.restores()) {
            for (int i = 0; i < saved; i++) {
                restoreList(state);
            }
            return;
        }
        for (int i = 0; i < lists; i++) {
            long list = heads.address() + 4L * i;
            if (first(list) != NONE) {
                state.number(i);
                int length = 0;
                for (int slot = first(list); slot != NONE; slot = next(slot)) {
                    length++;
                }
                state.number(length);
                for (int slot = first(list); slot != NONE; slot = next(slot)) {
                    state.number(slot);
                    state.number(page(slot));
                }
            }
        }
    }

    /// In the same order.
    private void restoreList(State state) {
        long list = heads.address() + 4L * state.number(0);
        int[] all = new int[state.number(0)];
        for (int i = 0; i < all.length; i++) {
            all[i] = state.number(0);
            setPage(all[i], state.number(0));
        }
        for (int i = all.length - 1; i >= 0; i--) {
            insert(list, all[i]);
        }
    }
}
