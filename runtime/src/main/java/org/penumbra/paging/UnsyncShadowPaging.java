// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitCause;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.PagingContext;
import org.penumbra.paging.shadow.ShadowRoots;
import org.penumbra.paging.shadow.ShadowTables;
import org.penumbra.paging.shadow.ShadowWalk;

/// Traditional shadow paging whose leaf tables may be out of sync, as in KVM: the first store to a lowest-level guest
/// table lifts its protection, and fences bring its shadow up to date. A fence without an address also protects it
/// again.
///
/// Only tables that are shadowed at no other level qualify. This model needs its fence exits, so there is no count
/// without them.
class UnsyncShadowPaging extends TraditionalShadowPaging {
    UnsyncShadowPaging(PagingContext context, ModelOptions options) {
        super(context, options);
    }

    @Override
    boolean admitStore(ShadowHart state, long gpa) {
        int page = memory.pageIndex(gpa);
        if (!protection.isProtected(page) || !isLeafTable(page)) {
            return false;
        }
        state.statistics.exit(ExitCause.PT_WRITE_LEAF);
        for (ShadowHart other : harts) {
            int table = other.tables.find(page, 0);
            if (table != ShadowTables.NONE && !other.outOfSync.get(table)) {
                other.outOfSync.set(table);
                protection.remove(page);
            }
        }
        return true;
    }

    @Override
    boolean bareStorable(ShadowHart state, long gpa, AccessType access) {
        if (access == AccessType.STORE) {
            admitStore(state, gpa);
        }
        return super.bareStorable(state, gpa, access);
    }

    @Override
    void tableCreated(ShadowHart state, int table) {
        if (state.tables.level(table) > 0) {
            // The page is now a table of a higher level, which must not be out of sync.
            int page = state.tables.page(table);
            context.stopOthers().run();
            for (ShadowHart other : harts) {
                int leaf = other.tables.find(page, 0);
                if (leaf != ShadowTables.NONE && other.outOfSync.get(leaf)) {
                    other.filler.rereadPresent(leaf);
                    other.outOfSync.clear(leaf);
                    protection.add(page);
                }
            }
        }
        super.tableCreated(state, table);
    }

    @Override
    void tableFreed(ShadowHart state, int table) {
        if (state.outOfSync.get(table)) {
            state.outOfSync.clear(table);
        } else {
            super.tableFreed(state, table);
        }
    }

    /// Out-of-sync entries below the table may be older than the last fence of the roots it is now linked under.
    @Override
    void beforeLink(Hart hart) {
        rereadOutOfSync(harts.of(hart));
    }

    private static void rereadOutOfSync(ShadowHart state) {
        for (int table = state.outOfSync.nextSetBit(0); table >= 0; table = state.outOfSync.nextSetBit(table + 1)) {
            state.filler.rereadPresent(table);
        }
    }

    @Override
    public void rootWritten(Hart hart, long oldSatp, long newSatp) {
        ShadowHart state = harts.of(hart);
        // As KVM does: an out-of-sync entry is one that another ASID has seen and this one must not use.
        rereadOutOfSync(state);
        super.rootWritten(hart, oldSatp, newSatp);
    }

    @Override
    void obey(ShadowHart state, FenceScope scope) {
        if (scope.hasGva()) {
            for (int i = 0; i < state.roots.count(); i++) {
                ShadowRoots.Root root = state.roots.get(i);
                if (root.table != ShadowTables.NONE && root.isCovered(scope)) {
                    rereadAddress(state, root, scope.gva());
                }
            }
        } else if (!state.outOfSync.isEmpty()) {
            context.stopOthers().run(); // a store between reading a table again and protecting it would be lost
            for (int table = state.outOfSync.nextSetBit(0); table >= 0; table = state.outOfSync.nextSetBit(table + 1)) {
                state.filler.rereadPresent(table);
                state.outOfSync.clear(table);
                protection.add(state.tables.page(table));
            }
        }
        super.obey(state, scope);
    }

    private static void rereadAddress(ShadowHart state, ShadowRoots.Root root, long gva) {
        ShadowWalk shadow = state.shadow;
        if (state.addressFence.find(root.table, root.top, gva) && shadow.stopLevel() == 0
                && state.outOfSync.get(shadow.stopTable())) {
            state.filler.reread(shadow.stopTable(), shadow.stopIndex());
        }
    }
}
