// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import java.util.function.LongConsumer;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.Settings;
import org.penumbra.snapshot.State;

/// The shadow roots that the hypervisor keeps for one hart: one per satp value, evicted in LRU order.
public final class ShadowRoots {
    /// More than any buffer holds, so that a root evicted from the buffer is not lost yet.
    private static final int MAXIMUM = 4 * Settings.LARGEST_ROOT_BUFFER;

    /// A shadow root under one satp.
    public static final class Root {
        public final long satp;
        /// Its table, or [ShadowTables#NONE] if the guest's root is not in RAM.
        public final int table;
        /// Level of the root table.
        public final int top;
        /// Times of the last wider-than-one-address fence that covers this root, and of the last one performed on it.
        public long required;
        /// The same for fences that also cover global entries.
        public long requiredGlobal;
        public long synchronised = -1;
        /// Position in [ForeignFills] when the root was last in use; -1 if never.
        public long seen = -1;
        private long lastUsed;

        private Root(long satp, int table) {
            this.satp = satp;
            this.table = table;
            this.top = TranslationMode.levels(satp) - 1;
        }

        /// Whether a fence covers its address space.
        public boolean isCovered(FenceScope scope) {
            return scope.covers(TranslationMode.asid(satp));
        }

        /// Whether a fence is pending that must be performed before the root is used.
        public boolean isBehind() {
            return synchronised < required;
        }
    }

    private final GuestMemory memory;
    private final ShadowTables tables;
    private final ExitStatistics statistics;
    private final LongConsumer onEviction;
    private final Root[] roots = new Root[MAXIMUM];
    private int count;
    private Root current;
    private long clock;

    /// @param onEviction called with the satp of each evicted root
    public ShadowRoots(GuestMemory memory, ShadowTables tables, ExitStatistics statistics, LongConsumer onEviction) {
        this.memory = memory;
        this.tables = tables;
        this.statistics = statistics;
        this.onEviction = onEviction;
    }

    /// The root in use, or null while translation is off.
    public Root current() {
        return current;
    }

    public int count() {
        return count;
    }

    public Root get(int i) {
        return roots[i];
    }

    public void selectNone() {
        current = null;
    }

    /// Makes the root of a paged satp current, creating it if necessary.
    ///
    /// @param time        the current time, up to which a new root has to be synchronised
    /// @param globalFence the time of the last fence of any form that covered global entries
    public void select(long satp, long time, long globalFence) {
        clock++;
        for (int i = 0; i < count; i++) {
            if (roots[i].satp == satp) {
                current = roots[i];
                current.lastUsed = clock;
                return;
            }
        }
        if (count == MAXIMUM) {
            evict(oldest(null));
        }
        makeRoom(1);
        Root root = new Root(satp, table(satp, time));
        root.required = time;
        root.requiredGlobal = globalFence;
        root.lastUsed = clock;
        roots[count++] = root;
        current = root;
    }

    private int table(long satp, long time) {
        long gpa = TranslationMode.root(satp);
        if (!memory.contains(gpa, GuestMemory.PAGE_SIZE)) {
            return ShadowTables.NONE;
        }
        int page = memory.pageIndex(gpa);
        int level = TranslationMode.levels(satp) - 1;
        int table = tables.find(page, level);
        if (table == ShadowTables.NONE) {
            table = tables.create(page, level, time);
        }
        tables.retain(table);
        return table;
    }

    private Root oldest(Root except) {
        Root oldest = null;
        for (int i = 0; i < count; i++) {
            if (roots[i] != except && (oldest == null || roots[i].lastUsed < oldest.lastUsed)) {
                oldest = roots[i];
            }
        }
        return oldest;
    }

    /// Evicts every root of a table.
    public void evictOf(int table) {
        for (int i = count - 1; i >= 0; i--) {
            if (roots[i].table == table) {
                evict(roots[i]);
            }
        }
    }

    /// Evicts a root and frees the tables that only it led to.
    void evict(Root root) {
        for (int i = 0; i < count; i++) {
            if (roots[i] == root) {
                roots[i] = roots[--count];
                roots[count] = null;
                break;
            }
        }
        if (root == current) {
            current = null;
        }
        onEviction.accept(root.satp);
        if (root.table != ShadowTables.NONE) {
            tables.release(root.table);
        }
    }

    /// Frees tables until `wanted` new ones are available: first those of roots not in use, then all below the current
    /// one.
    public void makeRoom(int wanted) {
        if (tables.available() >= wanted) {
            return;
        }
        int before = tables.available();
        for (Root root = oldest(current); root != null && tables.available() < wanted; root = oldest(current)) {
            evict(root);
        }
        if (tables.available() < wanted && current != null && current.table != ShadowTables.NONE) {
            tables.clearAll(current.table);
        }
        statistics.tableEvictions += tables.available() - before;
    }

    /// To be called after that of the tables, which hold how often each is a root.
    public void transfer(State state) {
        clock = state.number(clock);
        count = state.number(count);
        int used = -1;
        for (int i = 0; i < count; i++) {
            Root root = roots[i];
            long satp = state.number(root == null ? 0 : root.satp);
            int table = state.number(root == null ? 0 : root.table);
            root = root == null ? new Root(satp, table) : root;
            root.required = state.number(root.required);
            root.requiredGlobal = state.number(root.requiredGlobal);
            root.synchronised = state.number(root.synchronised);
            root.seen = state.number(root.seen);
            root.lastUsed = state.number(root.lastUsed);
            roots[i] = root;
            used = root == current ? i : used;
        }
        used = state.number(used);
        current = used < 0 ? null : roots[used];
    }
}
