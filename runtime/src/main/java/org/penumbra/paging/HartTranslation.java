// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.SecondStage;
import org.penumbra.mmu.TableTrace;
import org.penumbra.mmu.Translation;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.mmu.WalkReferences;
import org.penumbra.snapshot.State;

/// State that every model keeps per hart: its walker, its counts, and access to its TLBs for dropping entries.
class HartTranslation implements AutoCloseable {
    final Hart hart;
    final ExitStatistics statistics;
    final PageTableWalker walker;
    /// Who follows the references of the monitor's software, or null.
    final TableTrace software;
    /// The last walk that was followed, and what follows them.
    final HardwareWalk hardware = new HardwareWalk();
    private PageTableWalker tracer;
    private final SuperpageFilter superpages = new SuperpageFilter();

    HartTranslation(Hart hart, PagingContext context, SecondStage secondStage) {
        this(hart, context, secondStage, null, new ExitStatistics());
    }

    /// @param software   who follows its walks of the guest's tables, which software makes, or null
    /// @param statistics what it counts in
    HartTranslation(Hart hart, PagingContext context, SecondStage secondStage, TableTrace software,
            ExitStatistics statistics) {
        this.hart = hart;
        this.statistics = statistics;
        this.software = software;
        this.walker = new PageTableWalker(context.memory(), secondStage, statistics.walk, software);
    }

    /// Releases its memory outside the Java heap.
    @Override
    public void close() {
        // Nothing here.
    }

    /// Walks the guest's tables for an access; a guest fault is returned, not thrown.
    final int walk(long gva, AccessType access, int privilege) {
        return walker.walk(hart, hart.satp(), gva, access, privilege);
    }

    /// Follows, without counting it, a walk of the guest's tables that hardware makes.
    ///
    /// @param stage the hardware's, always the same, which tells [#hardware] of its own references
    /// @return what knows the guest's leaf, or null if there is none
    final PageTableWalker trace(GuestMemory memory, SecondStage stage, long gva) {
        if (tracer == null) {
            tracer = new PageTableWalker(memory, stage, new WalkReferences(), hardware);
        }
        hardware.begin();
        return tracer.find(hart, hart.satp(), gva, hart.entryBits()) == PageTableWalker.OK ? tracer : null;
    }

    static GuestTrap fault(int outcome, long gva, AccessType access) {
        return new GuestTrap(outcome == PageTableWalker.PAGE_FAULT ? access.pageFault() : access.accessFault(), gva);
    }

    /// Reports a leaf (of the guest, or a shadow of one) of guest level `level`, noting superpages for later fences.
    ///
    /// A clean leaf is not storable: the first store comes back here, so that D is set (or the store faults) in time.
    final void report(Translation result, long gva, long gpa, long leaf, int level, int privilege) {
        if (level > 0) {
            superpages.add(gva, level);
        }
        boolean sum = hart.sum();
        boolean mxr = hart.mxr();
        boolean dirty = (leaf & PageTableEntry.DIRTY) != 0;
        result.set(gpa, PageTableEntry.allows(leaf, AccessType.LOAD, privilege, sum, mxr),
                dirty && PageTableEntry.allows(leaf, AccessType.STORE, privilege, sum, mxr),
                PageTableEntry.allows(leaf, AccessType.FETCH, privilege, sum, mxr));
    }

    /// Drops the entries covered by a fence from this hart's TLBs. Dropping more is legal, dropping less is not.
    ///
    /// @param scope of a byte of one page, or of all addresses
    final void dropTranslations(FenceScope scope) {
        boolean fetch;
        if (scope.hasGva()) {
            long span = TranslationMode.span(superpages.level(scope.gva()));
            fetch = hart.spaces().drop(scope.of(scope.gva() & -span, span));
        } else {
            fetch = hart.spaces().drop(scope);
            if (!scope.hasAsid()) {
                superpages.clear();
            }
        }
        if (fetch) {
            hart.yieldRequested = true;
        }
    }

    /// Saves what it has of its hart, or restores it into one that is new.
    void transfer(State state) {
        superpages.transfer(state);
    }
}
