// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.memory.GuestMemory;
import org.penumbra.paging.shadow.Protection;
import org.penumbra.snapshot.State;

/// The guest pages whose stores must exit because shadow tables of some hart are derived from them.
final class WriteProtection implements Protection {
    private static final int BLOCK_SHIFT = 9;

    private final GuestMemory memory;
    private final Iterable<ShadowHart> harts;
    private final Runnable stopOthers;
    /// Number of shadow tables, over all harts, that are derived from each page.
    private final short[] tables;
    /// Number of protected pages in each group of 512.
    private final short[] blocks;

    /// @param stopOthers called before the TLBs of harts other than the one whose event is served are changed
    WriteProtection(GuestMemory memory, Iterable<ShadowHart> harts, Runnable stopOthers) {
        this.stopOthers = stopOthers;
        this.memory = memory;
        this.harts = harts;
        tables = new short[memory.pageCount()];
        blocks = new short[(memory.pageCount() >> BLOCK_SHIFT) + 1];
    }

    @Override
    public boolean isProtected(int page) {
        return tables[page] > 0;
    }

    @Override
    public boolean isBlockProtected(int page) {
        return blocks[page >> BLOCK_SHIFT] > 0;
    }

    /// Adds a table derived from a page: the first one revokes store permission in shadow tables and TLBs.
    void add(int page) {
        if (tables[page]++ > 0) {
            return;
        }
        blocks[page >> BLOCK_SHIFT]++;
        stopOthers.run();
        for (ShadowHart state : harts) {
            state.tables.protectPage(page);
            state.hart.spaces().dropGuestPage(memory.base() + page * GuestMemory.PAGE_SIZE, true);
        }
    }

    /// Removes a table; store permission returns at the next translation for a store.
    void remove(int page) {
        if (--tables[page] == 0) {
            blocks[page >> BLOCK_SHIFT]--;
        }
    }

    void transfer(State state) {
        int count = 0;
        for (short uses : tables) {
            count += uses != 0 ? 1 : 0;
        }
        int saved = state.number(count);
        if (state.restores()) {
            for (int i = 0; i < saved; i++) {
                int page = state.number(0);
                tables[page] = (short) state.number(0);
                blocks[page >> BLOCK_SHIFT]++;
            }
            return;
        }
        for (int page = 0; page < tables.length; page++) {
            if (tables[page] != 0) {
                state.number(page);
                state.number((int) tables[page]);
            }
        }
    }
}
