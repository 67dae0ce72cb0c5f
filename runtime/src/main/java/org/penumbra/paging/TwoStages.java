// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.GuestCounts;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.csr.Hypervisor;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.SecondStage;
import org.penumbra.mmu.Translation;
import org.penumbra.mmu.TranslationContext;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.mmu.WalkReferences;
import org.penumbra.snapshot.State;

/// The translation of a hypervisor's guests on one hart by hardware, through two stages of tables that both belong to
/// the machine's own guest (privileged specification, "Two-Stage Address Translation").
///
/// `gpa` is here what the first stage gives: an address that the second stage translates.
final class TwoStages {
    /// A leaf that permits everything, in place of a stage that is off.
    private static final long EVERYTHING = PageTableEntry.VALID | PageTableEntry.READ | PageTableEntry.WRITE
            | PageTableEntry.EXECUTE | PageTableEntry.USER | PageTableEntry.ACCESSED | PageTableEntry.DIRTY;

    private final Hart hart;
    private final Hypervisor hypervisor;
    private final GuestMemory memory;
    private final WalkReferences references;
    private final GuestCounts counts;
    private final PageTableWalker first;
    private final PageTableWalker second;
    private final SuperpageFilter superpages = new SuperpageFilter();
    /// The same of the second stage, by guest-physical addresses.
    private final SuperpageFilter secondSuperpages = new SuperpageFilter();
    /// The result of the second stage: an outcome of [PageTableWalker#walk], and where it leads.
    private int outcome;
    private long physical;
    private long secondLeaf;
    /// Whether what it translated last was the address of an entry that the first stage sets A or D in.
    private boolean updating;

    TwoStages(Hart hart, GuestMemory memory, ExitStatistics statistics) {
        this.hart = hart;
        this.hypervisor = hart.hypervisor;
        this.memory = memory;
        this.references = statistics.walk;
        this.counts = statistics.guests;
        this.first = PageTableWalker.ofFirstStage(new Tables(), references);
        this.second = PageTableWalker.ofSecondStage(memory, references);
    }

    /// @throws GuestTrap the fault of either stage
    void translate(long gva, AccessType access, int privilege, Translation result) {
        long before = references.guest;
        long ofSecond = counts.secondStageReferences;
        counts.walks++;
        try {
            translateCounted(gva, access, privilege, result);
        } finally {
            counts.firstStageReferences += references.guest - before - (counts.secondStageReferences - ofSecond);
        }
    }

    private void translateCounted(long gva, AccessType access, int privilege, Translation result) {
        long root = hypervisor.guestRoot();
        TranslationContext context = hypervisor.firstStage;
        long gpa = gva;
        long leaf = EVERYTHING;
        boolean paged = !TranslationMode.isBare(root);
        if (paged) {
            switch (first.walk(context, root, gva, access, privilege)) {
                case PageTableWalker.OK -> { }
                case PageTableWalker.SECOND_STAGE_MISS -> throw tableFault(gva, access);
                case PageTableWalker.PAGE_FAULT -> throw new GuestTrap(access.pageFault(), gva);
                default -> throw new GuestTrap(access.accessFault(), gva);
            }
            gpa = first.gpa();
            leaf = first.leaf();
            if (first.leafLevel() > 0) {
                superpages.add(gva, first.leafLevel());
            }
        }
        TranslationContext outer = hypervisor.secondStage;
        second(outer, gpa, access);
        if (outcome != PageTableWalker.OK) {
            throw outcome == PageTableWalker.PAGE_FAULT ? new GuestTrap(access.guestPageFault(), gva, gpa, 0)
                    : new GuestTrap(access.accessFault(), gva);
        }
        if (!TranslationMode.isBare(hypervisor.secondRoot()) && second.leafLevel() > 0) {
            secondSuperpages.add(gpa, second.leafLevel());
        }
        // A stage that is off permits all privileges everything.
        result.set(physical, permits(paged, leaf, AccessType.LOAD, privilege, context)
                && PageTableEntry.allows(secondLeaf, AccessType.LOAD, Hart.USER, outer),
                (leaf & secondLeaf & PageTableEntry.DIRTY) != 0
                        && permits(paged, leaf, AccessType.STORE, privilege, context)
                        && PageTableEntry.allows(secondLeaf, AccessType.STORE, Hart.USER, outer),
                permits(paged, leaf, AccessType.FETCH, privilege, context)
                        && PageTableEntry.allows(secondLeaf, AccessType.FETCH, Hart.USER, outer));
        result.betweenStages = gpa;
    }

    private static boolean permits(boolean paged, long leaf, AccessType access, int privilege,
            TranslationContext context) {
        return !paged || PageTableEntry.allows(leaf, access, privilege, context);
    }

    /// The second stage does not translate the address of an entry of the first: the cause is that of the access, and a
    /// pseudo-instruction tells that it is not the access's own address (table of pseudo-instructions for htinst).
    private GuestTrap tableFault(long gva, AccessType access) {
        return outcome == PageTableWalker.PAGE_FAULT
                ? new GuestTrap(access.guestPageFault(), gva, first.missingGpa(),
                        updating ? Hypervisor.TABLE_WRITTEN : Hypervisor.TABLE_READ)
                : new GuestTrap(access.accessFault(), gva);
    }

    /// Translates a guest-physical address into [#physical], or not: [#outcome].
    private void second(TranslationContext context, long gpa, AccessType access) {
        long root = hypervisor.secondRoot();
        if (TranslationMode.isBare(root)) {
            outcome = PageTableWalker.OK;
            physical = gpa;
            secondLeaf = EVERYTHING;
            return;
        }
        long before = references.guest;
        outcome = second.walk(context, root, gpa, access, Hart.USER);
        counts.secondStageReferences += references.guest - before;
        physical = second.gpa();
        secondLeaf = second.leaf();
    }

    /// Drops the translations that a fence of the first stage covers from the hart's TLBs.
    ///
    /// @param scope of a byte of one page, or of all addresses
    /// @param vmid  whose
    void drop(FenceScope scope, int vmid) {
        FenceScope covered = scope;
        if (scope.hasGva()) {
            long span = TranslationMode.span(superpages.level(scope.gva()));
            covered = scope.of(scope.gva() & -span, span);
        }
        if (hart.spaces().dropGuests(covered, vmid)) {
            hart.yieldRequested = true;
        }
    }

    /// The same for a fence of the second stage. What its tables say of those of the first stage is the first's, and
    /// need not be dropped (note on HFENCE.GVMA).
    ///
    /// @param scope of guest-physical addresses, with a VMID in place of an ASID
    void dropSecond(FenceScope scope) {
        boolean fetch;
        if (scope.hasGva()) {
            long span = TranslationMode.span(secondSuperpages.level(scope.gva()));
            fetch = hart.spaces().dropBetweenStages(scope.of(scope.gva() & -span, span));
        } else {
            fetch = hart.spaces().dropGuests(FenceScope.EVERYTHING, scope.asid());
            if (!scope.hasAsid()) {
                superpages.clear();
                secondSuperpages.clear();
            }
        }
        if (fetch) {
            hart.yieldRequested = true;
        }
    }

    void transfer(State state) {
        superpages.transfer(state);
        secondSuperpages.transfer(state);
    }

    /// The second stage as the walker of the first sees it: where entries of tables are.
    private final class Tables implements SecondStage {
        @Override
        public long hostAddress(long gpa, WalkReferences count) {
            updating = false;
            return locate(gpa, AccessType.LOAD) ? memory.hostAddress(physical) : 0;
        }

        @Override
        public boolean isWritable(long gpa, WalkReferences count) {
            updating = true;
            return locate(gpa, AccessType.STORE);
        }

        private boolean locate(long gpa, AccessType access) {
            second(hypervisor.secondStageOfTables, gpa, access);
            if (outcome == PageTableWalker.OK && (!memory.contains(physical, Long.BYTES)
                    || !hart.allowsTable(physical, access == AccessType.STORE))) {
                outcome = PageTableWalker.ACCESS_FAULT;
            }
            return outcome == PageTableWalker.OK;
        }
    }
}
