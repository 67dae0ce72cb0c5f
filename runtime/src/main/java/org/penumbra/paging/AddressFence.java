// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TableTrace;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.mmu.WalkReferences;
import org.penumbra.paging.shadow.ShadowFiller;
import org.penumbra.paging.shadow.ShadowTables;
import org.penumbra.paging.shadow.ShadowWalk;

/// Performs single-address fences on the shadow tables of one hart.
final class AddressFence {
    private final Hart hart;
    private final GuestMemory memory;
    private final ShadowTables tables;
    private final ShadowWalk shadow;
    private final ShadowFiller filler;
    private final ExitStatistics statistics;
    /// Walks by the monitor itself, counted as synchronisation.
    private final WalkReferences reads = new WalkReferences();
    private final PageTableWalker walker;

    /// @param software who follows these walks, or null
    AddressFence(Hart hart, PagingContext context, ShadowTables tables, ShadowWalk shadow, ShadowFiller filler,
            ExitStatistics statistics, TableTrace software) {
        this.hart = hart;
        this.memory = context.memory();
        this.tables = tables;
        this.shadow = shadow;
        this.filler = filler;
        this.statistics = statistics;
        this.walker = new PageTableWalker(memory, PageTableWalker.direct(memory), reads, software);
    }

    /// Finds the shadow of the guest leaf that covers `gva`, see [ShadowWalk#guestTable()].
    /// @return whether `gva` is canonical for a root of this height
    boolean find(int root, int top, long gva) {
        if (!TranslationMode.isCanonical(gva, top + 1)) {
            return false;
        }
        shadow.lookup(root, top, gva, reads);
        return true;
    }

    /// Reads again only the entry at which the shadow's path for `gva` ends, which is all that a fence with an address
    /// covers: pointers may be as old as the last wider fence. Under the policy that rereads what is reached.
    ///
    /// @return whether that was enough; else the guest has put a table there, and [#synchroniseAddress] is needed
    boolean synchroniseLeaf(int root, int top, long gva) {
        if (!find(root, top, gva)) {
            return true;
        }
        int table = shadow.guestTable();
        int index = shadow.guestIndex();
        if (tables.entry(table, index) != 0) {
            filler.doubt(table, index);
            filler.confirm(root, top, gva, reads);
            return true;
        }
        // Pointers that lead here and have not been read since a wider fence are read now.
        filler.confirm(root, top, gva, reads);
        find(root, top, gva);
        return shadow.guestTable() != table || shadow.guestIndex() != index || filler.fillEmpty(table, index);
    }

    /// Walks the guest's tables for `gva` again and copies the result into the shadow. The walk starts at the root
    /// because the level of the leaf may have changed. A leaf without its A bit is left out until its first access.
    void synchroniseAddress(int root, int top, long satp, long gva) {
        if (!TranslationMode.isCanonical(gva, top + 1)) {
            return;
        }
        reads.guest = 0;
        int outcome = walker.find(hart, satp, gva, hart.entryBits());
        statistics.ptesReRead += reads.guest;
        int lowest = walker.leafLevel();
        if (outcome == PageTableWalker.OK && (walker.leaf() & PageTableEntry.ACCESSED) != 0
                && memory.contains(PageTableEntry.target(walker.leaf(), lowest, gva), 1)) {
            shadow.lookup(root, top, gva, reads);
            long before = shadow.leaf();
            filler.install(root, top, gva, walker);
            shadow.lookup(root, top, gva, reads);
            if (shadow.leaf() != before) {
                statistics.ptesChanged++;
            }
            return;
        }
        int table = root;
        for (int level = top; ; level--) {
            int index = TranslationMode.index(gva, level);
            boolean unread = level == lowest && outcome == PageTableWalker.ACCESS_FAULT;
            filler.synchroniseEntry(table, index, unread ? 0 : walker.entry(level), false);
            long entry = tables.entry(table, index);
            if (level == lowest || !ShadowTables.isPointer(entry)) {
                return;
            }
            table = tables.child(entry);
        }
    }
}
