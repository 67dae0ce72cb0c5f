// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.Translation;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.mmu.WalkReferences;
import org.penumbra.paging.shadow.ShadowRoots;
import org.penumbra.paging.shadow.ShadowTables;
import org.penumbra.snapshot.State;

/// Agile paging (Gandhi, Hill, Swift, ISCA 2016): a walk begins in the shadow tables and goes on in two stages where it
/// comes to a guest table that is often written.
///
/// Shadowed tables are write-protected as in traditional shadow paging. The second store to one within an interval
/// makes it *nested*: its shadow is emptied and stands for a switching entry, which has the host address of the guest's
/// table. After an interval all are shadowed again. The hardware knows some roots, so that writes of satp that name one
/// do not exit, and fences do not, since shadows are never behind.
class AgilePaging extends TraditionalShadowPaging {
    /// Stores to a table in an interval that make it nested.
    private static final int WRITES = 2;
    /// TLB misses of all harts that make an interval.
    static final int INTERVAL = 4096;

    /// Guest pages whose tables are nested. Their shadows are those of [ShadowHart#outOfSync].
    private final BitSet nested = new BitSet();
    private final byte[] writes;
    private final PerHart<NestedWalk> walks;
    private final WalkReferences uncounted = new WalkReferences();
    private int misses;

    AgilePaging(PagingContext context, ModelOptions options) {
        super(context, options);
        writes = new byte[memory.pageCount()];
        walks = new PerHart<>(hart -> new NestedWalk());
    }

    /// The walk of a hart from a switching entry on.
    private final class NestedWalk {
        private final WalkReferences references = new WalkReferences();
        /// Reads of guest tables still to come whose host address the hardware knows.
        private int known;
        private final PageTableWalker walker = new PageTableWalker(memory, (gpa, count) -> {
            if (known > 0) {
                known--;
                return memory.hostAddress(gpa);
            }
            return secondStage.hostAddress(gpa, count);
        }, references);

        /// @param shadowed levels that the shadow tables have, which equal the guest's
        int walk(ShadowHart state, int shadowed, long gva, AccessType access, int privilege) {
            WalkReferences counted = state.statistics.walk;
            while (true) {
                known = shadowed + 1;
                references.guest = 0;
                references.host = 0;
                int outcome = walker.walk(state.hart, state.hart.satp(), gva, access, privilege);
                counted.guest += Math.max(0, references.guest - shadowed);
                counted.host += references.host + shadowed;
                if (outcome != PageTableWalker.SECOND_STAGE_MISS) {
                    return outcome;
                }
                secondStageFault(state, walker.missingGpa());
            }
        }
    }

    // ---- walks

    @Override
    public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
        if (++misses >= interval()) {
            misses = 0;
            shadowAgain();
        }
        ShadowHart state = harts.of(hart);
        int level = switchingLevel(state, gva);
        if (level < 0) {
            super.translate(hart, gva, access, privilege, result);
        } else {
            translateNested(state, level, gva, access, privilege, result);
        }
    }

    /// TLB misses of all harts that make an interval.
    int interval() {
        return INTERVAL;
    }

    /// The level at which the walk of the shadow tables comes to a nested table, or -1.
    private static int switchingLevel(ShadowHart state, long gva) {
        ShadowRoots.Root root = state.roots.current();
        if (root == null || root.table == ShadowTables.NONE || !TranslationMode.isCanonical(gva, root.top + 1)) {
            return -1;
        }
        int table = root.table;
        for (int level = root.top; ; level--) {
            if (state.outOfSync.get(table)) {
                return level;
            }
            long entry = state.tables.entry(table, TranslationMode.index(gva, level));
            if (level == 0 || !ShadowTables.isPointer(entry)) {
                return -1;
            }
            table = state.tables.child(entry);
        }
    }

    /// The hypervisor has a frame for each page that it reads or shadows, so that the second stage has it, too.
    @Override
    int walk(ShadowHart state, long gva, AccessType access, int privilege) {
        int outcome = super.walk(state, gva, access, privilege);
        ShadowRoots.Root root = state.roots.current();
        if (root != null && TranslationMode.isCanonical(gva, root.top + 1)) {
            for (int level = root.top; level >= state.walker.leafLevel(); level--) {
                inSecondStage(state.walker.table(level));
            }
        }
        if (outcome == PageTableWalker.OK) {
            inSecondStage(state.walker.gpa());
        }
        return outcome;
    }

    private void inSecondStage(long gpa) {
        if (memory.contains(gpa, 1) && secondStage.hostAddress(gpa, uncounted) == 0) {
            secondStage.map(gpa);
        }
    }

    /// The shadow has no entry yet, but the guest's tables lead to one that is nested.
    @Override
    boolean takenOver(ShadowHart state, long gva, AccessType access, int privilege, Translation result) {
        ShadowRoots.Root root = state.roots.current();
        if (root == null || root.table == ShadowTables.NONE || !TranslationMode.isCanonical(gva, root.top + 1)) {
            return false;
        }
        for (int level = root.top - 1; level >= state.walker.leafLevel(); level--) {
            long table = state.walker.table(level);
            if (memory.contains(table, GuestMemory.PAGE_SIZE) && nested.get(memory.pageIndex(table))) {
                state.statistics.exit(ExitCause.SHADOW_MISS_FILL);
                state.makeRoom();
                state.filler.installTables(root.table, root.top, gva, state.walker, level);
                translateNested(state, level, gva, access, privilege, result);
                return true;
            }
        }
        return false;
    }

    private void translateNested(ShadowHart state, int level, long gva, AccessType access, int privilege,
            Translation result) {
        NestedWalk nestedWalk = walks.of(state.hart);
        int outcome = nestedWalk.walk(state, state.roots.current().top - level, gva, access, privilege);
        if (outcome != PageTableWalker.OK) {
            throw HartTranslation.fault(outcome, gva, access);
        }
        PageTableWalker walker = nestedWalk.walker;
        long gpa = walker.gpa();
        boolean ram = memory.contains(gpa, 1);
        long host = ram ? throughSecondStage(state, gpa, null) : 0;
        if (ram && access == AccessType.STORE) {
            countStore(state, gpa);
        }
        state.report(result, gva, gpa, walker.leaf(), walker.leafLevel(), privilege);
        result.storable &= !ram || isWritable(gpa);
        result.hostAddress = host;
    }

    /// Whether the second stage lets stores to a RAM page pass.
    private boolean isWritable(long gpa) {
        return !protection.isProtected(memory.pageIndex(gpa));
    }

    @Override
    void trace(ShadowHart state, long gva) {
        int switching = switchingLevel(state, gva);
        if (switching < 0) {
            super.trace(state, gva);
            return;
        }
        HardwareWalk walk = state.hardware.begin();
        int table = state.roots.current().table;
        for (int level = state.roots.current().top; level > switching; level--) {
            int index = TranslationMode.index(gva, level);
            walk.shadow(state.tables.offset(table, index), level);
            table = state.tables.child(state.tables.entry(table, index));
        }
        traceNested(state.hart, walk, memory.base() + state.tables.page(table) * GuestMemory.PAGE_SIZE, switching, gva);
    }

    private void traceNested(Hart hart, HardwareWalk walk, long from, int switching, long gva) {
        long table = from;
        for (int level = switching; ; level--) {
            long at = table + TranslationMode.index(gva, level) * 8L;
            if (!memory.contains(at, 8) || !hart.allowsTable(at, false)
                    || level < switching && traceSecondStage(at, walk) == 0) {
                return;
            }
            walk.guest(at, level);
            long pte = HostMemory.getLongAcquire(memory.hostAddress(at));
            int kind = PageTableEntry.kind(pte, level, hart.entryBits());
            if (kind == PageTableEntry.LEAF) {
                long gpa = PageTableEntry.target(pte, level, gva);
                if (!memory.contains(gpa, 1)) {
                    walk.found(pte, level, gpa);
                } else if (traceSecondStage(gpa, walk) != 0) {
                    walk.found(isWritable(gpa) ? pte : pte & ~PageTableEntry.WRITE,
                            Math.min(level, walk.level(walk.count() - 1)), gpa);
                }
            }
            if (kind != PageTableEntry.POINTER) {
                return;
            }
            table = PageTableEntry.frame(pte);
        }
    }

    // ---- which tables are nested

    @Override
    boolean admitStore(ShadowHart state, long gpa) {
        return !isOnPath(state, memory.pageIndex(gpa)) && countStore(state, gpa);
    }

    /// A store to a page: the second one to a shadowed table makes it nested.
    /// @return whether it has, and its exit is counted
    private boolean countStore(ShadowHart state, long gpa) {
        int page = memory.pageIndex(gpa);
        if (!protection.isProtected(page) || ++writes[page] < WRITES) {
            return false;
        }
        state.statistics.exit(isLeafTable(page) ? ExitCause.PT_WRITE_LEAF : ExitCause.PT_WRITE_NONLEAF);
        nested.set(page);
        eachShadow(page, (one, table) -> {
            if (!one.outOfSync.get(table)) {
                one.tables.clearAll(table);
                one.outOfSync.set(table);
                protection.remove(page);
            }
        });
        return true;
    }

    /// Whether the walk just made read the page: what it found is still to be put into the page's shadow.
    private boolean isOnPath(ShadowHart state, int page) {
        ShadowRoots.Root root = state.roots.current();
        for (int level = root == null ? -1 : root.top; level >= 0 && level >= state.walker.leafLevel(); level--) {
            long table = state.walker.table(level);
            if (memory.contains(table, 1) && memory.pageIndex(table) == page) {
                return true;
            }
        }
        return false;
    }

    @Override
    boolean bareStorable(ShadowHart state, long gpa, AccessType access) {
        if (access == AccessType.STORE) {
            countStore(state, gpa);
        }
        return super.bareStorable(state, gpa, access);
    }

    /// The end of an interval: every nested table is protected and shadowed again.
    private void shadowAgain() {
        Arrays.fill(writes, (byte) 0);
        nested.stream().forEach(page -> eachShadow(page, (state, table) -> {
            if (state.outOfSync.get(table)) {
                state.outOfSync.clear(table);
                protect(page);
            }
        }));
        nested.clear();
    }

    void protect(int page) {
        protection.add(page);
    }

    @Override
    void tableCreated(ShadowHart state, int table) {
        if (nested.get(state.tables.page(table))) {
            state.outOfSync.set(table);
        } else {
            super.tableCreated(state, table);
        }
    }

    @Override
    void tableFreed(ShadowHart state, int table) {
        int page = state.tables.page(table);
        writes[page] = 0;
        if (!state.outOfSync.get(table)) {
            super.tableFreed(state, table);
            return;
        }
        state.outOfSync.clear(table);
        if (!isShadowed(page, 0)) {
            nested.clear(page);
        }
    }

    // ---- fences and roots

    @Override
    public void fenced(Hart hart, FenceScope scope) {
        obey(harts.of(hart), scope);
    }

    @Override
    public void rootWritten(Hart hart, long oldSatp, long newSatp) {
        ShadowHart state = harts.of(hart);
        ExitStatistics statistics = state.statistics;
        if (TranslationMode.isBare(newSatp)) {
            state.roots.selectNone();
            return;
        }
        if (!state.buffer.hits(newSatp)) {
            statistics.exit(ExitCause.SATP_MISS);
            if (state.buffer.add(newSatp)) {
                statistics.rootEvictions++;
            }
        }
        state.roots.select(newSatp, state.filler.time(), state.filler.lastGlobalFence());
        hart.spaces().select(newSatp);
    }

    @Override
    public void transfer(State state, List<Hart> all) {
        super.transfer(state, all);
        long[] bits = state.array(nested.toLongArray());
        nested.clear();
        nested.or(BitSet.valueOf(bits));
        state.bytes(writes);
        misses = state.number(misses);
    }
}
