// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.GuestCounts;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.csr.Hypervisor;
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

/// The translation of a hypervisor's guests on one hart by hardware, through two stages of tables (privileged
/// specification, "Two-Stage Address Translation").
///
/// `gpa` is here what the first stage gives: an address that the second stage translates.
final class TwoStages {
    private final Hart hart;
    private final Hypervisor hypervisor;
    private final WalkReferences references;
    private final GuestCounts counts;
    private final PageTableWalker first;
    private final HardwareStage second;
    private final SuperpageFilter superpages = new SuperpageFilter();
    /// The same of the second stage, by guest-physical addresses.
    private final SuperpageFilter secondSuperpages = new SuperpageFilter();
    /// The outcome of the second stage.
    private int outcome;
    /// References to the guest's tables that are not those of the first stage.
    private long ofSecond;
    /// Whether what it translated last was the address of an entry that the first stage sets A or D in.
    private boolean updating;

    TwoStages(Hart hart, ExitStatistics statistics, HardwareStage second) {
        this.hart = hart;
        this.hypervisor = hart.hypervisor;
        this.references = statistics.walk;
        this.counts = statistics.guests;
        this.first = PageTableWalker.ofFirstStage(new Tables(), references);
        this.second = second;
    }

    Hart hart() {
        return hart;
    }

    /// @throws GuestTrap the fault of either stage
    void translate(long gva, AccessType access, int privilege, Translation result) {
        long before = references.guest;
        ofSecond = 0;
        counts.walks++;
        try {
            while (!walked(gva, access, privilege, result)) {
                // The hardware begins again.
            }
        } finally {
            counts.firstStageReferences += references.guest - before - ofSecond;
        }
    }

    /// @return whether the result is there; else the hardware has to walk again
    private boolean walked(long gva, AccessType access, int privilege, Translation result) {
        long root = hypervisor.guestRoot();
        TranslationContext context = hypervisor.firstStage;
        long gpa = gva;
        long leaf = HardwareStage.EVERYTHING;
        boolean paged = !TranslationMode.isBare(root);
        if (paged) {
            switch (first.walk(context, root, gva, access, privilege)) {
                case PageTableWalker.OK -> { }
                case PageTableWalker.SECOND_STAGE_MISS -> {
                    if (outcome == HardwareStage.AGAIN) {
                        return false;
                    }
                    throw tableFault(gva, access);
                }
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
        if (outcome == HardwareStage.AGAIN) {
            return false;
        }
        if (outcome != PageTableWalker.OK) {
            throw outcome == PageTableWalker.PAGE_FAULT ? new GuestTrap(access.guestPageFault(), gva, gpa, 0)
                    : new GuestTrap(access.accessFault(), gva);
        }
        if (second.leafLevel > 0) {
            secondSuperpages.add(gpa, second.leafLevel);
        }
        // A stage that is off permits all privileges everything.
        result.set(second.physical, permits(paged, leaf, AccessType.LOAD, privilege, context)
                && PageTableEntry.allows(second.leaf, AccessType.LOAD, Hart.USER, outer),
                (leaf & second.leaf & PageTableEntry.DIRTY) != 0
                        && permits(paged, leaf, AccessType.STORE, privilege, context)
                        && PageTableEntry.allows(second.leaf, AccessType.STORE, Hart.USER, outer),
                permits(paged, leaf, AccessType.FETCH, privilege, context)
                        && PageTableEntry.allows(second.leaf, AccessType.FETCH, Hart.USER, outer));
        result.hostAddress = second.host;
        result.betweenStages = gpa;
        return true;
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

    /// Translates a guest-physical address by the second stage, or not: [#outcome].
    private void second(TranslationContext context, long gpa, AccessType access) {
        long guest = references.guest;
        long hardware = second.references();
        outcome = second.walk(context, hypervisor.secondRoot(), gpa, access);
        ofSecond += references.guest - guest;
        counts.secondStageReferences += second.references() - hardware;
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
            return locate(gpa, AccessType.LOAD) ? second.host : 0;
        }

        @Override
        public boolean isWritable(long gpa, WalkReferences count) {
            updating = true;
            return locate(gpa, AccessType.STORE);
        }

        private boolean locate(long gpa, AccessType access) {
            second(hypervisor.secondStageOfTables, gpa, access);
            if (outcome == PageTableWalker.OK && (second.host == 0
                    || !hart.allowsTable(second.physical, access == AccessType.STORE))) {
                outcome = PageTableWalker.ACCESS_FAULT;
            }
            return outcome == PageTableWalker.OK;
        }
    }
}
