// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.BitSet;
import java.util.List;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TableTrace;
import org.penumbra.mmu.Translation;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.shadow.Protection;
import org.penumbra.paging.shadow.ShadowRoots;
import org.penumbra.snapshot.State;

/// Shadow paging by machine mode alone, ours: as swift shadow paging under the policy [Synchronisation#REACHED], but
/// the fast path has all that it needs to serve misses, faults and roots, and reads less at fences.
///
/// The hypervisor gives each hart's fast path a pool of empty tables and a pool of frames, and one array of the frames
/// that guest pages have ([FlatTable]). An exit is left where a pool is empty, and where only the hypervisor can know:
/// after it has moved a page, or when shadow memory is full. A fence with an address reads one entry, the leaf, since
/// it covers no more. An entry that is read to serve a miss comes with its neighbours in the same cache line.
class MachineShadowPaging extends UnprotectedPaging {
    /// What an exit puts into a pool.
    private static final int TABLES = 32;
    private static final int FRAMES = 64;
    /// References to find a root that the buffer does not have: a bucket, and the root.
    private static final int ROOT_SEARCH = 2;
    /// Where the lists of roots lie, for who follows the references: beyond all tables.
    private static final long ROOT_SEARCH_OFFSET = 1L << 36;

    private final FlatTable untraced;
    /// Guest pages that once had a frame.
    private final BitSet touched = new BitSet();

    MachineShadowPaging(PagingContext context, ModelOptions options) {
        super(context, options, Synchronisation.REACHED);
        untraced = new FlatTable(memory, secondStage, null);
    }

    @Override
    ShadowHart createState(Hart hart) {
        TableTrace software = context.software().apply(hart.id());
        var state = new ShadowHart(hart, context, options, new FlatTable(memory, secondStage, software),
                Synchronisation.REACHED, Protection.NONE, null);
        state.filler.readAhead(untraced::has);
        return state;
    }

    // ---- misses

    @Override
    public void translateBare(Hart hart, long gpa, AccessType access, Translation result) {
        if (memory.contains(gpa, 1) && !untraced.has(gpa)) {
            harts.of(hart).statistics.fastPath(FastPathEntry.SHADOW_FILL);
        }
        super.translateBare(hart, gpa, access, result);
    }

    @Override
    int walk(ShadowHart state, long gva, AccessType access, int privilege) {
        int outcome = state.walk(gva, access, privilege);
        while (outcome == PageTableWalker.SECOND_STAGE_MISS) {
            secondStageFault(state, state.walker.missingGpa());
            outcome = state.walk(gva, access, privilege);
        }
        if (outcome == PageTableWalker.OK && memory.contains(state.walker.gpa(), 1)) {
            while (state.secondStage.hostAddress(state.walker.gpa(), state.statistics.walk) == 0) {
                secondStageFault(state, state.walker.gpa());
            }
            if (!state.hasRoom()) {
                state.statistics.exit(ExitCause.SHADOW_MISS_FILL);
                state.makeRoom();
            }
        }
        return outcome;
    }

    /// Takes a frame from the pool, or asks the hypervisor.
    @Override
    void secondStageFault(ShadowHart state, long gpa) {
        int page = memory.pageIndex(gpa);
        if (touched.get(page)) {
            state.statistics.exit(ExitCause.G_FAULT);
        } else {
            touched.set(page);
            if (state.frames == 0) {
                state.statistics.exit(ExitCause.G_FAULT);
                state.frames = FRAMES;
            }
            state.frames--;
        }
        secondStage.map(gpa);
    }

    @Override
    void reflected(ShadowHart state, boolean lastLevel) {
        state.statistics.fastPath(FastPathEntry.FAULT_REFLECT);
    }

    @Override
    void served(ShadowHart state, boolean dirtied, boolean lastLevel) {
        state.statistics.fastPath(FastPathEntry.SHADOW_FILL);
        tablesTaken(state);
        if (!dirtied) {
            state.filler.fillBeside(state.shadow.guestTable(), state.shadow.guestIndex());
        }
    }

    /// Tables may have come into use: those beyond the pool are another exit's.
    private static void tablesTaken(ShadowHart state) {
        while (state.statistics.pagesLive > state.ownTables) {
            state.statistics.exit(ExitCause.SHADOW_MISS_FILL);
            state.ownTables += TABLES;
        }
    }

    // ---- fences and roots

    @Override
    void synchronise(ShadowHart state, ShadowRoots.Root root, long gva) {
        if (!state.addressFence.synchroniseLeaf(root.table, root.top, gva)) {
            super.synchronise(state, root, gva);
            tablesTaken(state);
        }
    }

    @Override
    public void rootWritten(Hart hart, long oldSatp, long newSatp) {
        ShadowHart state = harts.of(hart);
        ExitStatistics statistics = state.statistics;
        boolean search = false;
        if (TranslationMode.isBare(newSatp) || state.buffer.hits(newSatp)) {
            statistics.fastPath(FastPathEntry.SATP_HIT);
        } else {
            statistics.fastPath(FastPathEntry.SATP_MISS);
            search = true;
            if (state.buffer.add(newSatp)) {
                statistics.rootEvictions++;
            }
        }
        long evicted = statistics.tableEvictions;
        select(state, newSatp);
        if (statistics.tableEvictions != evicted) {
            statistics.exit(ExitCause.SATP_MISS);
        }
        if (search) {
            searched(state);
        }
        tablesTaken(state);
    }

    private static void searched(ShadowHart state) {
        for (int i = 0; i < ROOT_SEARCH; i++) {
            state.statistics.walk.host++;
            if (state.software != null) {
                state.software.shadow(ROOT_SEARCH_OFFSET + (long) i * GuestMemory.PAGE_SIZE, 0);
            }
        }
    }

    @Override
    public void transfer(State state, List<Hart> all) {
        super.transfer(state, all);
        for (ShadowHart one : harts) {
            one.ownTables = state.number(one.ownTables);
            one.frames = state.number(one.frames);
        }
        long[] bits = state.array(touched.toLongArray());
        touched.clear();
        touched.or(BitSet.valueOf(bits));
    }
}
