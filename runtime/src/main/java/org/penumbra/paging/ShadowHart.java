// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.BitSet;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.SecondStage;
import org.penumbra.mmu.Translation;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.shadow.Protection;
import org.penumbra.paging.shadow.RootBuffer;
import org.penumbra.paging.shadow.ShadowFiller;
import org.penumbra.paging.shadow.ShadowRoots;
import org.penumbra.paging.shadow.ShadowTables;
import org.penumbra.paging.shadow.ShadowWalk;
import org.penumbra.snapshot.State;

/// Per-hart state of a shadow paging model: its shadow tables, their roots, and the root buffer.
final class ShadowHart extends HartTranslation {
    /// Most tables that one fill needs: a path of all levels and the splinters of a superpage.
    private static final int FILL_ROOM = 2 * TranslationMode.MAXIMUM_LEVELS;

    final ShadowTables tables;
    final ShadowWalk shadow;
    final ShadowFiller filler;
    final AddressFence addressFence;
    final ShadowRoots roots;
    final RootBuffer buffer;
    /// Tables that may differ from the guest's (`tsp-unsync`), or stand for nested ones (`agile`).
    final BitSet outOfSync = new BitSet();
    /// How its walker reads guest tables.
    final SecondStage secondStage;
    /// Tables that the fast path has been given, and frames left to it (`msp` only).
    long ownTables;
    int frames;
    private final GuestMemory memory;
    private boolean walked;

    ShadowHart(Hart hart, PagingContext context, ModelOptions options, SecondStage secondStage,
            Synchronisation policy, Protection protection, ShadowFiller.Refresh refresh) {
        this(hart, context, options, secondStage, policy, protection, refresh, new ExitStatistics(), true);
    }

    /// @param statistics what it counts in
    /// @param global     whether the entries that are shadowed have a bit G
    private ShadowHart(Hart hart, PagingContext context, ModelOptions options, SecondStage secondStage,
            Synchronisation policy, Protection protection, ShadowFiller.Refresh refresh, ExitStatistics statistics,
            boolean global) {
        super(hart, context, secondStage, context.software().apply(hart.id()), statistics);
        this.secondStage = secondStage;
        memory = context.memory();
        tables = new ShadowTables(options.shadowMemory(), memory.pageCount(), statistics, software);
        shadow = new ShadowWalk(tables);
        filler = new ShadowFiller(hart, context, tables, statistics, policy, options.shadowMemory(), protection,
                refresh, software, global);
        addressFence = new AddressFence(hart, context, tables, shadow, filler, statistics, software);
        buffer = new RootBuffer(options.rootBuffer(), options.replacement(), options.seed());
        roots = new ShadowRoots(memory, tables, statistics, buffer::remove);
    }

    /// Shadows of second stages: of a guest hypervisor's tables for its guests.
    ///
    /// @param statistics what the hart counts in
    static ShadowHart ofSecondStage(Hart hart, PagingContext context, ModelOptions options, Synchronisation policy,
            Protection protection, ShadowFiller.Refresh refresh, ExitStatistics statistics) {
        return new ShadowHart(hart, context, options, PageTableWalker.direct(context.memory()), policy, protection,
                refresh, statistics, false);
    }

    @Override
    public void close() {
        tables.close();
        filler.close();
    }

    /// The root at which hardware starts its walk for an address, or null if it has no tables to walk.
    private ShadowRoots.Root root(long gva) {
        ShadowRoots.Root root = roots.current();
        return root != null && root.table != ShadowTables.NONE && TranslationMode.isCanonical(gva, root.top + 1) ? root
                : null;
    }

    /// The hardware's walk of the shadow tables.
    /// @return whether there is a leaf, whatever its permissions
    boolean lookup(long gva) {
        ShadowRoots.Root root = root(gva);
        walked = root != null;
        return walked && shadow.lookup(root.table, root.top, gva, statistics.walk);
    }

    /// Under the policy `reached`: reads again the guest entries that the hardware's walk would use and no walk has
    /// used since the last fence. Called before [#lookup].
    ///
    /// @return whether there were any such entries
    boolean resynchronise(long gva) {
        ShadowRoots.Root root = root(gva);
        return filler.readsWhatIsReached() && root != null
                && filler.confirm(root.table, root.top, gva, statistics.walk);
    }

    /// Follows the hardware's walk of the shadow tables into [#hardware], without counting it or reading the guest's.
    void trace(long gva) {
        hardware.begin();
        ShadowRoots.Root root = root(gva);
        if (root == null) {
            return;
        }
        int table = root.table;
        for (int level = root.top; ; level--) {
            int index = TranslationMode.index(gva, level);
            hardware.shadow(tables.offset(table, index), level);
            long entry = tables.entry(table, index);
            if (entry == 0 || filler.hides(table, index)) {
                return;
            }
            if (!ShadowTables.isPointer(entry)) {
                hardware.found(entry, level, gpa(table, index, level, gva));
                return;
            }
            table = tables.child(entry);
        }
    }

    private long gpa(int table, int index, int level, long gva) {
        return memory.base() + tables.guestPage(table, index) * GuestMemory.PAGE_SIZE
                + (gva & TranslationMode.span(level) - 1);
    }

    /// Whether the last [#lookup] had tables to walk.
    boolean walked() {
        return walked;
    }

    /// Installs the translation that [#walk] has just found, whose page is in RAM, and lets the hardware walk again.
    void fill(long gva) {
        install(gva);
        lookup(gva);
    }

    /// The same before hardware comes to it.
    void install(long gva) {
        ShadowRoots.Root root = roots.current();
        roots.makeRoom(FILL_ROOM);
        filler.install(root.table, root.top, gva, walker);
    }

    /// Reports the leaf that the last [#lookup] found.
    void report(Translation result, long gva, int privilege) {
        report(result, gva, leafGuestAddress(gva), shadow.leaf(), shadow.guestLevel(), privilege);
        result.hostAddress = leafHostAddress(gva);
    }

    /// Where the leaf that the last [#lookup] found leads to, guest-physical.
    long leafGuestAddress(long gva) {
        return gpa(shadow.stopTable(), shadow.stopIndex(), shadow.stopLevel(), gva);
    }

    /// The same in the host.
    long leafHostAddress(long gva) {
        return PageTableEntry.frame(shadow.leaf()) + (gva & TranslationMode.span(shadow.stopLevel()) - 1);
    }

    /// Whether a fence can install entries without the hypervisor.
    boolean hasRoom() {
        return tables.available() >= FILL_ROOM;
    }

    void makeRoom() {
        roots.makeRoom(FILL_ROOM);
    }

    /// Empties all shadow tables.
    void forget() {
        for (int i = 0; i < roots.count(); i++) {
            if (roots.get(i).table != ShadowTables.NONE) {
                tables.clearAll(roots.get(i).table);
            }
        }
    }

    /// Performs the fences that are still pending for the current root.
    void catchUp() {
        ShadowRoots.Root root = roots.current();
        if (root != null && root.isBehind()) {
            if (filler.readsWhatIsReached()) {
                filler.requireOf(root);
            } else if (root.table != ShadowTables.NONE) {
                filler.refreshTree(root.table, root.requiredGlobal);
            }
            root.synchronised = filler.time();
        }
    }

    /// Makes the root of a paged satp current. Fences that it missed are performed first, and entries that other roots
    /// put into shared tables meanwhile are read again.
    void select(long satp) {
        deselect();
        roots.select(satp, filler.time(), filler.lastGlobalFence());
        ShadowRoots.Root root = roots.current();
        if (filler.readsWhatIsReached()) {
            filler.enter(root);
            return;
        }
        catchUp();
        if (root.seen >= 0 && root.table != ShadowTables.NONE) {
            filler.refreshSince(root.seen, root.table);
        }
    }

    /// Leaves the current root, if there is one.
    void deselect() {
        if (roots.current() != null) {
            roots.current().seen = filler.fillPosition();
            roots.selectNone();
        }
    }

    @Override
    void transfer(State state) {
        super.transfer(state);
        tables.transfer(state, memory.frames().origin());
        filler.transfer(state);
        roots.transfer(state);
        buffer.transfer(state);
        long[] bits = state.array(outOfSync.toLongArray());
        outOfSync.clear();
        outOfSync.or(BitSet.valueOf(bits));
    }
}
