// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.memory.GuestMemory;
import org.penumbra.paging.shadow.Protection;

/// The guest pages that may not be stored to unseen, because tables in the shadow of some hart rely on them.
final class WriteProtection implements Protection {
    private static final int BLOCK_SHIFT = 9;

    private final GuestMemory memory;
    private final Iterable<ShadowHart> harts;
    /// Tables of all harts that rely on a page.
    private final short[] tables;
    /// Protected pages among 512.
    private final short[] blocks;

    WriteProtection(GuestMemory memory, Iterable<ShadowHart> harts) {
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

    /// One more table relies on a page: the first takes the right to store away from shadows and TLBs.
    void add(int page) {
        if (tables[page]++ > 0) {
            return;
        }
        blocks[page >> BLOCK_SHIFT]++;
        for (ShadowHart state : harts) {
            state.tables.protectPage(page);
            state.hart.spaces().dropGuestPage(memory.base() + page * GuestMemory.PAGE_SIZE, true);
        }
    }

    /// One table less; the right comes back when next asked for.
    void remove(int page) {
        if (--tables[page] == 0) {
            blocks[page >> BLOCK_SHIFT]--;
        }
    }
}
