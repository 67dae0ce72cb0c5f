// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjIntConsumer;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.shadow.ShadowRoots;
import org.penumbra.paging.shadow.ShadowTables;
import org.penumbra.snapshot.State;

/// Traditional shadow paging: every shadowed guest table, at any level, is write-protected. A store to one exits, and
/// the hypervisor emulates it and updates the shadow.
///
/// The shadow is never out of date, so a fence need only reach the TLB. It still counts as an exit
/// ([ExitCause#FENCE_ESCALATED]), since satp cannot be trapped without fences; [ExitStatistics#exitsWithoutFences] is
/// the count without them.
///
/// Harts that run in parallel could change an entry after this model has read it and before the table is protected, and
/// no fence would mend it. So other harts stand still from before the walk until the shadow has the tables. Where it
/// has them all, each store to them comes to the monitor, which serves one event at a time.
class TraditionalShadowPaging extends ShadowPaging {
    /// Consecutive stores to a table that no current root leads to, after which the page is no longer treated as a
    /// table.
    private static final int FLOOD = 3;

    final WriteProtection protection;
    /// Of all harts, those of second stages, too.
    private final List<ShadowHart> shadows = new ArrayList<>();
    private final byte[] floods;

    TraditionalShadowPaging(PagingContext context, ModelOptions options) {
        super(context, options);
        protection = new WriteProtection(memory, shadows, context.stopOthers());
        floods = new byte[memory.pageCount()];
    }

    @Override
    ShadowHart createState(Hart hart) {
        return watched(new ShadowHart(hart, context, options, PageTableWalker.direct(memory),
                Synchronisation.PRESENT, protection, _ -> beforeLink(hart)));
    }

    private ShadowHart watched(ShadowHart state) {
        shadows.add(state);
        state.tables.watch(new ShadowTables.Watcher() {
            @Override
            public void created(int table) {
                tableCreated(state, table);
            }

            @Override
            public void freed(int table) {
                tableFreed(state, table);
            }
        });
        return state;
    }

    /// A guest hypervisor's tables are protected like those of the first stage, so that its fences, which exit, concern
    /// TLBs only.
    @Override
    NestedPaging.Keeper keeper() {
        return new StageKeeper(this) {
            @Override
            public ShadowHart createStage(Hart hart, ExitStatistics statistics) {
                return watched(ShadowHart.ofSecondStage(hart, context, options, Synchronisation.PRESENT, protection,
                        _ -> { }, statistics));
            }

            @Override
            public void select(ShadowHart shadow, long root) {
                shadow.roots.select(root, shadow.filler.time(), shadow.filler.lastGlobalFence());
            }

            @Override
            public boolean isProtected(long gpa) {
                return protection.isProtected(memory.pageIndex(gpa));
            }

            @Override
            public void tableWritten(Hart hart, long gpa) {
                countStore(statistics(hart), memory.pageIndex(gpa));
            }

            @Override
            public void obey(ShadowHart shadow, FenceScope scope) {
                // The shadow is never behind.
            }
        };
    }

    @Override
    void beforeTablesAreMade() {
        context.stopOthers().run();
    }

    /// An existing table of the hart gets another parent.
    void beforeLink(Hart hart) {
        // The table is always up to date.
    }

    void tableCreated(ShadowHart state, int table) {
        int page = state.tables.page(table);
        floods[page] = 0;
        protection.add(page);
    }

    void tableFreed(ShadowHart state, int table) {
        protection.remove(state.tables.page(table));
    }

    @Override
    boolean bareStorable(ShadowHart state, long gpa, AccessType access) {
        return !protection.isProtected(memory.pageIndex(gpa));
    }

    @Override
    public void rootWritten(Hart hart, long oldSatp, long newSatp) {
        ShadowHart state = harts.of(hart);
        state.statistics.exit(ExitCause.SATP_MISS);
        if (TranslationMode.isBare(newSatp)) {
            state.roots.selectNone();
        } else {
            state.roots.select(newSatp, state.filler.time(), state.filler.lastGlobalFence());
            hart.spaces().select(newSatp);
        }
    }

    @Override
    public void fenced(Hart hart, FenceScope scope) {
        ShadowHart state = harts.of(hart);
        state.statistics.exit(ExitCause.FENCE_ESCALATED);
        obey(state, scope);
    }

    @Override
    public void remoteFenced(Hart target, FenceScope scope) {
        ShadowHart state = harts.of(target);
        RemoteFence.split(scope, part -> obey(state, part));
    }

    void obey(ShadowHart state, FenceScope scope) {
        state.dropTranslations(scope);
    }

    @Override
    public void protectedStore(Hart hart, long gpa, int size, long value) {
        int page = memory.pageIndex(gpa);
        if (!protection.isProtected(page)) {
            return;
        }
        countStore(harts.of(hart).statistics, page);
        if (!isInUse(page) && ++floods[page] >= FLOOD) {
            abandon(page);
            return;
        }
        long first = gpa & -8;
        for (long word = first; word < gpa + size; word += 8) {
            long pte = merge(memory.load(word, 8), gpa, size, value, word);
            int index = (int) (word & GuestMemory.PAGE_OFFSET) >> 3;
            eachShadow(page, (state, table) -> tableStored(state, table, index, pte));
        }
    }

    private void countStore(ExitStatistics statistics, int page) {
        statistics.exit(isLeafTable(page) ? ExitCause.PT_WRITE_LEAF : ExitCause.PT_WRITE_NONLEAF);
    }

    /// Brings the shadow of an entry up to date with the value that the hypervisor stores for the guest.
    void tableStored(ShadowHart state, int table, int index, long pte) {
        state.filler.store(table, index, pte);
    }

    /// The value of the 8-byte word at `word` after a store to `[gpa, gpa + size)`.
    private static long merge(long old, long gpa, int size, long value, long word) {
        long result = old;
        for (int i = 0; i < size; i++) {
            long shift = (gpa + i - word) * 8;
            if (shift >= 0 && shift < 64) {
                result = result & ~(0xffL << shift) | (value >>> 8 * i & 0xff) << shift;
            }
        }
        return result;
    }

    /// Whether the page is shadowed only at the lowest level.
    final boolean isLeafTable(int page) {
        return !isShadowed(page, 1);
    }

    /// Whether the page is shadowed at a level or a higher one.
    final boolean isShadowed(int page, int lowest) {
        for (ShadowHart state : shadows) {
            for (int level = lowest; level < TranslationMode.MAXIMUM_LEVELS; level++) {
                if (state.tables.find(page, level) != ShadowTables.NONE) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Gives each shadow of a page as a table, with the hart whose it is.
    final void eachShadow(int page, ObjIntConsumer<ShadowHart> action) {
        for (ShadowHart state : shadows) {
            for (int level = 0; level < TranslationMode.MAXIMUM_LEVELS; level++) {
                int table = state.tables.find(page, level);
                if (table != ShadowTables.NONE) {
                    action.accept(state, table);
                }
            }
        }
    }

    /// Whether the current root of some hart leads to the page as a table.
    private boolean isInUse(int page) {
        for (ShadowHart state : shadows) {
            ShadowRoots.Root root = state.roots.current();
            for (int level = 0; root != null && root.table != ShadowTables.NONE && level <= root.top; level++) {
                int table = state.tables.find(page, level);
                if (table != ShadowTables.NONE && state.tables.isReachable(root.table, table)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Stops treating a page as a table: a process has ended and its tables have been reused.
    private void abandon(int page) {
        eachShadow(page, (state, table) -> {
            int level = state.tables.level(table);
            state.roots.evictOf(table);
            if (state.tables.find(page, level) == table) {
                state.tables.unlink(table);
            }
        });
    }

    @Override
    public void memoryWritten(long gpa, long bytes) {
        int last = memory.pageIndex(gpa + bytes - 1);
        for (int page = memory.pageIndex(gpa); page <= last; page++) {
            eachShadow(page, (state, table) -> state.filler.rereadPresent(table));
        }
    }

    @Override
    public void transfer(State state, List<Hart> all) {
        super.transfer(state, all);
        protection.transfer(state);
        state.bytes(floods);
    }
}
