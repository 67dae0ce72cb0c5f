// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging.shadow;

import java.util.function.LongPredicate;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.memory.SparseRegion;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TableTrace;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.mmu.WalkReferences;
import org.penumbra.options.Synchronisation;
import org.penumbra.snapshot.State;

/// Creates shadow entries from guest entries, and synchronises them.
///
/// Time counts the fences and refreshes of this hart. Each table has a time since which it is valid: every shadow entry
/// in it results from a read of the guest's entry at or after that time.
public final class ShadowFiller implements AutoCloseable {
    private static final long PAGE = GuestMemory.PAGE_SIZE;
    /// Entries that are read at once when reading ahead: those of a cache line of 64 bytes.
    private static final int LINE_ENTRIES = 8;
    private static final long LARGE_PAGE = GuestMemory.LARGE_PAGE_SIZE;
    private static final long LEAF_FLAGS = PageTableEntry.READ | PageTableEntry.WRITE | PageTableEntry.EXECUTE
            | PageTableEntry.USER | PageTableEntry.GLOBAL;
    /// Bits in which two superpages must agree for the splinters of one to serve the other.
    private static final long SPLINTER_BITS = (1L << 54) - (1L << 10) | LEAF_FLAGS | PageTableEntry.DIRTY
            | PageTableEntry.VALID;

    /// Brings an existing table, and the tables below it, up to date before another pointer to it is added.
    public interface Refresh {
        void beforeLink(int table);
    }

    /// The bit of a guest's entry by which all address spaces share it, or 0.
    private final long global;
    private final Hart hart;
    private final GuestMemory memory;
    private final ShadowTables tables;
    private final ExitStatistics statistics;
    private final Synchronisation policy;
    private final Protection protection;
    private final Refresh refresh;
    /// Who follows what is read here, or null.
    private final TableTrace software;
    /// Which guest pages entries may be read ahead for, or null for no reading ahead.
    private LongPredicate readsAhead;
    /// Guest entries as last read, one copy per table.
    private final SparseRegion snapshots;
    private final ForeignFills foreignFills = new ForeignFills();
    /// Under the policy `reached`; else null.
    private final ReachedEntries reached;
    private long time = 1;
    private long lastGlobalFence = 1;

    /// @param software who follows the references to guest tables made here, or null
    /// @param global   whether the guest's entries have a bit G, which those of second stages have not
    public ShadowFiller(Hart hart, PagingContext context, ShadowTables tables, ExitStatistics statistics,
            Synchronisation policy, long shadowMemory, Protection protection, Refresh refresh,
            TableTrace software, boolean global) {
        this.software = software;
        this.global = global ? PageTableEntry.GLOBAL : 0;
        this.hart = hart;
        this.memory = context.memory();
        this.tables = tables;
        this.statistics = statistics;
        this.policy = policy;
        this.protection = protection;
        this.refresh = refresh != null ? refresh : this::refreshForLink;
        this.snapshots = policy == Synchronisation.SNAPSHOT ? new SparseRegion(shadowMemory + PAGE) : null;
        this.reached = policy == Synchronisation.REACHED ? new ReachedEntries(tables) : null;
    }

    @Override
    public void close() {
        if (snapshots != null) {
            snapshots.close();
        }
    }

    /// The current time.
    public long time() {
        return time;
    }

    /// The time of the last fence of this hart without an ASID, which thus covered global entries.
    public long lastGlobalFence() {
        return lastGlobalFence;
    }

    /// Called when a fence begins.
    public void fence(boolean hasAsid) {
        time++;
        if (!hasAsid) {
            lastGlobalFence = time;
        }
    }

    // ---- filling

    /// Installs the result of a walk of the guest's tables for `gva`, from the root down. There must be room for new
    /// tables.
    ///
    /// @param path an [PageTableWalker#OK] walk, of a leaf with A set, to a page in RAM
    public void install(int root, int top, long gva, PageTableWalker path) {
        int table = installTables(root, top, gva, path, path.leafLevel());
        int level = path.leafLevel();
        long leaf = path.entry(level);
        remember(table, TranslationMode.index(gva, level), leaf);
        long gpa = PageTableEntry.target(leaf, level, gva);
        while (level > 0 && !isLarge(level, gpa)) {
            table = splinter(table, TranslationMode.index(gva, level), level, path.leafLevel(), leaf);
            level--;
        }
        putLeaf(table, TranslationMode.index(gva, level), level, leaf, gpa);
    }

    /// The same for the pointers above a level only.
    ///
    /// @return the table of that level
    public int installTables(int root, int top, long gva, PageTableWalker path, int lowest) {
        int table = root;
        for (int level = top; level > lowest; level--) {
            int index = TranslationMode.index(gva, level);
            remember(table, index, path.entry(level));
            table = link(table, index, path.entry(level), level - 1);
        }
        return table;
    }

    private int link(int table, int index, long pte, int level) {
        int page = memory.pageIndex(PageTableEntry.frame(pte));
        long entry = tables.entry(table, index);
        if (ShadowTables.isPointer(entry)) {
            int child = tables.child(entry);
            if (!tables.isDirect(child) && tables.page(child) == page) {
                return child;
            }
        }
        tables.clear(table, index);
        int child = tables.find(page, level);
        if (child == ShadowTables.NONE) {
            child = tables.create(page, level, time);
            if (snapshots != null) {
                HostMemory.fill(snapshot(child, 0), PAGE, (byte) 0);
            }
        } else {
            refresh.beforeLink(child);
        }
        tables.putPointer(table, index, child);
        note(table, index, pte);
        return child;
    }

    /// Called when an entry of a guest table has been read and put into, or left in, its shadow table.
    ///
    /// @param pte the guest's entry, or its shadow
    public void note(int table, int index, long pte) {
        if ((pte & global) == 0) {
            tables.setLocal(table);
            if (tables.isShared(table)) {
                foreignFills.add(table, index);
            }
        }
    }

    private int splinter(int table, int index, int level, int guestLevel, long leaf) {
        long entry = tables.entry(table, index);
        if (ShadowTables.isPointer(entry)) {
            int child = tables.child(entry);
            if (tables.isDirect(child) && sameSplinters(tables.directLeaf(child), leaf)) {
                return child;
            }
        }
        tables.clear(table, index);
        int child = tables.createDirect(level - 1, leaf);
        tables.putPointer(table, index, child);
        if (level == guestLevel) {
            statistics.splinteredSuperpages++;
            note(table, index, leaf);
        }
        return child;
    }

    private static boolean sameSplinters(long one, long other) {
        return ((one ^ other) & SPLINTER_BITS) == 0;
    }

    /// Whether one 2 MiB entry around `gpa` may shadow a guest leaf of `level`.
    private boolean isLarge(int level, long gpa) {
        if (level != 1 || (memory.base() & LARGE_PAGE - 1) != 0 || !memory.contains(gpa & -LARGE_PAGE, LARGE_PAGE)) {
            return false;
        }
        int page = memory.pageIndex(gpa);
        return memory.frames().isLarge(page) && !protection.isBlockProtected(page);
    }

    /// @return whether the entry has changed
    private boolean putLeaf(int table, int index, int level, long leaf, long gpa) {
        int page = memory.pageIndex(gpa & -TranslationMode.span(level));
        long host = memory.hostAddress(gpa) & -TranslationMode.span(level);
        long flags = leaf & LEAF_FLAGS;
        // A clean page is mapped read-only, so that its first store exits and sets D.
        if ((leaf & PageTableEntry.DIRTY) == 0 || level == 0 && protection.isProtected(page)) {
            flags &= ~PageTableEntry.WRITE;
        }
        long before = tables.entry(table, index);
        boolean same = before != 0 && !ShadowTables.isPointer(before) && tables.guestPage(table, index) == page
                && PageTableEntry.frame(before) == host && (before & LEAF_FLAGS) == flags;
        if (!same) {
            tables.clear(table, index);
            tables.putLeaf(table, index, flags, host, page);
            if (!tables.isDirect(table)) {
                note(table, index, leaf);
            }
        }
        return !same;
    }

    // ---- synchronising

    /// Copies the current value of a guest entry into its shadow without creating tables: pointers and splinters that
    /// changed are removed.
    ///
    /// @param install whether to also install a leaf where the shadow entry was empty
    public void synchroniseEntry(int table, int index, long pte, boolean install) {
        remember(table, index, pte);
        int level = tables.level(table);
        long entry = tables.entry(table, index);
        boolean keep = false;
        switch (PageTableEntry.kind(pte, level, hart.entryBits())) {
            case PageTableEntry.POINTER -> {
                long page = PageTableEntry.frame(pte);
                keep = ShadowTables.isPointer(entry) && !tables.isDirect(tables.child(entry))
                        && memory.contains(page, PAGE) && tables.page(tables.child(entry)) == memory.pageIndex(page);
            }
            case PageTableEntry.LEAF -> {
                boolean usable = (pte & PageTableEntry.ACCESSED) != 0;
                long gpa = PageTableEntry.target(pte, level, (long) index << 12);
                if (ShadowTables.isPointer(entry)) {
                    int child = tables.child(entry);
                    keep = usable && tables.isDirect(child) && sameSplinters(tables.directLeaf(child), pte);
                } else if (usable && (entry != 0 || install) && memory.contains(gpa, 1)
                        && (level == 0 || isLarge(level, gpa))) {
                    keep = true;
                    if (putLeaf(table, index, level, pte, gpa)) {
                        statistics.ptesChanged++;
                    }
                }
            }
            default -> {
            }
        }
        if (!keep && tables.clear(table, index)) {
            statistics.ptesDropped++;
        }
    }

    /// Synchronises a table with the guest's according to the policy.
    ///
    /// @param everywhere whether to include global entries
    private void synchroniseTable(int table, boolean everywhere) {
        switch (policy) {
            case DROP -> drop(table, everywhere);
            case PRESENT -> rereadPresent(table);
            case SNAPSHOT -> compareWithSnapshot(table);
            case REACHED -> reached.forget(table, time);
        }
    }

    /// Empties leaves and splinters; keeps pointers that still match the guest's.
    private void drop(int table, boolean everywhere) {
        for (int i = tables.nextPresent(table, 0); i >= 0; i = tables.nextPresent(table, i + 1)) {
            long entry = tables.entry(table, i);
            boolean pointer = ShadowTables.isPointer(entry);
            if (pointer && !tables.isDirect(tables.child(entry))) {
                synchroniseEntry(table, i, read(table, i), false);
            } else if (everywhere || ((pointer ? tables.directLeaf(tables.child(entry)) : entry) & global) == 0) {
                tables.clear(table, i);
                statistics.ptesDropped++;
            }
        }
    }

    /// Rereads the guest entries of the shadow entries present.
    public void rereadPresent(int table) {
        for (int i = tables.nextPresent(table, 0); i >= 0; i = tables.nextPresent(table, i + 1)) {
            synchroniseEntry(table, i, read(table, i), false);
        }
    }

    /// Synchronises one entry with the guest's in memory.
    public void reread(int table, int index) {
        synchroniseEntry(table, index, read(table, index), true);
    }

    /// Synchronises one entry with the value that a store is about to write.
    public void store(int table, int index, long pte) {
        boolean readable = hart.allowsTable(gpa(table, index), false);
        synchroniseEntry(table, index, readable ? pte : 0, true);
    }

    private long gpa(int table, int index) {
        return memory.base() + tables.page(table) * PAGE + ((long) index << 3);
    }

    private void compareWithSnapshot(int table) {
        for (int i = 0; i < TranslationMode.ENTRIES; i++) {
            long pte = read(table, i);
            // The meaning of a memory type depends on more than the entry.
            if (pte != HostMemory.getLong(snapshot(table, i)) || (pte & PageTableEntry.MEMORY_TYPE) != 0) {
                synchroniseEntry(table, i, pte, true);
            }
        }
    }

    /// The guest entry of a shadow entry; one that the walker may not read counts as invalid.
    private long read(int table, int index) {
        long gpa = gpa(table, index);
        statistics.ptesReRead++;
        if (!hart.allowsTable(gpa, false)) {
            return 0;
        }
        if (software != null) {
            software.guest(gpa, tables.level(table));
        }
        return HostMemory.getLongAcquire(memory.hostAddress(gpa));
    }

    private long snapshot(int table, int index) {
        return snapshots.address() + table * PAGE + ((long) index << 3);
    }

    private void remember(int table, int index, long pte) {
        if (snapshots != null) {
            HostMemory.putLong(snapshot(table, index), pte);
        }
        if (reached != null) {
            boolean local = (pte & (PageTableEntry.VALID | global)) == PageTableEntry.VALID;
            reached.settle(table, local || tables.isLocal(table), time);
            reached.confirm(table, index);
            // Another root must not treat it as confirmed: the value may have existed only while that root was not
            // active.
            if (local && tables.isShared(table)) {
                foreignFills.add(table, index);
            }
        }
    }

    /// Synchronises every reachable table. Non-global entries are always included, because this ASID must not see what
    /// another ASID has read; global ones only if the table is not valid since `since`.
    public void refreshTree(int table, long since) {
        time++;
        tables.startVisits();
        refresh(table, since);
    }

    private void refresh(int table, long since) {
        if (!tables.visit(table)) {
            return;
        }
        boolean everywhere = tables.validSince(table) < since;
        if (everywhere || tables.isLocal(table)) {
            synchroniseTable(table, everywhere);
        }
        if (everywhere) {
            tables.setValidSince(table, time);
        }
        if (tables.level(table) == 0) {
            return;
        }
        for (int i = tables.nextPresent(table, 0); i >= 0; i = tables.nextPresent(table, i + 1)) {
            long entry = tables.entry(table, i);
            if (ShadowTables.isPointer(entry) && !tables.isDirect(tables.child(entry))) {
                refresh(tables.child(entry), since);
            }
        }
    }

    // ---- synchronising what is reached

    /// Whether fences leave rereading to the next walk.
    public boolean readsWhatIsReached() {
        return reached != null;
    }

    /// Called when a fence has covered the root in use.
    public void requireOf(ShadowRoots.Root root) {
        reached.require(root);
    }

    /// Called when a root comes into use. Besides what fences require, it has to reread the entries that other roots
    /// have read into shared tables, or everything if the root is new or those entries are no longer known.
    public void enter(ShadowRoots.Root root) {
        if (root.seen < 0 || !foreignFills.reachesBack(root.seen)) {
            root.required = ++time;
        } else {
            for (long i = root.seen; i < foreignFills.position(); i++) {
                reached.forget(foreignFills.table(i), foreignFills.index(i));
            }
        }
        reached.require(root);
    }

    /// Rereads the guest entries that a shadow walk for a canonical `gva` reaches and that have not been read since the
    /// last fence.
    ///
    /// @param references counter for the hardware's walk up to the first of them
    /// @return whether there were any
    public boolean confirm(int root, int top, long gva, WalkReferences references) {
        boolean any = false;
        int table = root;
        for (int level = top; ; level--) {
            reached.settle(table, tables.isLocal(table), time);
            int index = TranslationMode.index(gva, level);
            if (tables.entry(table, index) != 0 && !reached.isConfirmed(table, index)) {
                if (!any) {
                    references.host += top - level + 1;
                    any = true;
                }
                synchroniseEntry(table, index, read(table, index), false);
                if (readsAhead != null && level == 0) {
                    confirmBeside(table, index);
                }
            }
            long entry = tables.entry(table, index);
            if (!ShadowTables.isPointer(entry) || tables.isDirect(tables.child(entry))) {
                return any;
            }
            table = tables.child(entry);
        }
    }

    /// From now on reads the other entries of the guest's cache line as well when it reads one of the lowest level, for
    /// [#fillBeside] and [#confirm].
    ///
    /// @param mapped whether the host has a frame for the page of a guest-physical address
    public void readAhead(LongPredicate mapped) {
        readsAhead = mapped;
    }

    /// Fills the empty entries beside one that has just been filled from leaves of the guest that have their A bit.
    public void fillBeside(int table, int index) {
        if (tables.level(table) > 0 || tables.isDirect(table)) {
            return;
        }
        int first = index & -LINE_ENTRIES;
        for (int i = first; i < first + LINE_ENTRIES; i++) {
            if (i != index && tables.entry(table, i) == 0) {
                fillEmpty(table, i);
            }
        }
    }

    /// Reads a guest entry whose shadow is empty, and shadows it if it is a leaf that has its A bit and may be read
    /// ahead.
    ///
    /// @return false if it is a pointer
    public boolean fillEmpty(int table, int index) {
        long pte = read(table, index);
        int level = tables.level(table);
        int kind = PageTableEntry.kind(pte, level, hart.entryBits());
        if (kind == PageTableEntry.LEAF && (pte & PageTableEntry.ACCESSED) != 0) {
            long gpa = PageTableEntry.target(pte, level, (long) index << 12);
            if (memory.contains(gpa, 1) && readsAhead.test(gpa)) {
                synchroniseEntry(table, index, pte, true);
            }
        }
        return kind != PageTableEntry.POINTER;
    }

    private void confirmBeside(int table, int index) {
        int first = index & -LINE_ENTRIES;
        for (int i = first; i < first + LINE_ENTRIES; i++) {
            if (tables.entry(table, i) != 0 && !reached.isConfirmed(table, i)) {
                synchroniseEntry(table, i, read(table, i), false);
            }
        }
    }

    /// A fence covers an entry that is not empty: its next use reads it again.
    public void doubt(int table, int index) {
        reached.forget(table, index);
    }

    /// Whether the hardware finds an entry empty that is not, since it has to be read again before it is used.
    public boolean hides(int table, int index) {
        return reached != null && !tables.isDirect(table) && reached.hides(table, index);
    }

    /// A table's existing entries, read for other roots, must not be visible to the roots it is now linked under.
    private void refreshForLink(int table) {
        refreshTree(table, lastGlobalFence);
    }

    /// The position in the log of shared fills up to which the current root has seen them.
    public long fillPosition() {
        return foreignFills.position();
    }

    /// Rereads the entries put into shared tables since a position, or everything below a root if they are no longer
    /// known.
    public void refreshSince(long position, int root) {
        if (!foreignFills.reachesBack(position)) {
            refreshForLink(root);
            return;
        }
        long now = foreignFills.position();
        for (long i = position; i < now; i++) {
            int table = foreignFills.table(i);
            int index = foreignFills.index(i);
            // The table may have been freed or reused.
            if (tables.entry(table, index) != 0 && !tables.isDirect(table)) {
                synchroniseEntry(table, index, read(table, index), false);
            }
        }
    }

    /// To be called after that of the tables.
    public void transfer(State state) {
        time = state.number(time);
        lastGlobalFence = state.number(lastGlobalFence);
        foreignFills.transfer(state);
        if (reached != null) {
            reached.transfer(state);
        }
        if (snapshots != null) {
            for (int table = 1; table < tables.made(); table++) {
                for (int index = 0; index < TranslationMode.ENTRIES; index++) {
                    long place = snapshot(table, index);
                    HostMemory.putLong(place, state.number(HostMemory.getLong(place)));
                }
            }
        }
    }
}
