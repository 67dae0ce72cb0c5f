// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.List;
import org.penumbra.exits.ExitCause;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.Translation;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.paging.shadow.ShadowRoots;
import org.penumbra.paging.shadow.ShadowTables;
import org.penumbra.snapshot.State;

/// Shadow paging with the guest's help, as in PVM (Huang, Lai and others, SOSP 2023): traditional shadow paging under a
/// guest that runs without privileges and asks for what it would else have to be caught at.
///
/// A store to a table exits and drops the shadow of its entry. After a page fault of the guest, its return from the
/// handler goes through the hypervisor, which fills the shadow for the address that had faulted (*prefault*), so that
/// the access does not miss again. Writes of satp and fences are hypercalls, which are exits that the guest means to
/// make: unlike under `tsp` none can be left out.
class ParavirtualShadowPaging extends TraditionalShadowPaging {
    private final PerHart<Fault> faults = new PerHart<>(_ -> new Fault());

    /// The last page fault handed to the guest, until the guest returns from a trap.
    private static final class Fault {
        private boolean pending;
        private long gva;
        private AccessType access = AccessType.LOAD;
        private int privilege;
    }

    ParavirtualShadowPaging(PagingContext context, ModelOptions options) {
        super(context, options);
    }

    @Override
    public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
        try {
            super.translate(hart, gva, access, privilege, result);
        } catch (GuestTrap trap) {
            if (trap.cause() == access.pageFault()) {
                Fault fault = faults.of(hart);
                fault.pending = true;
                fault.gva = gva;
                fault.access = access;
                fault.privilege = privilege;
            }
            throw trap;
        }
    }

    @Override
    public boolean followsReturns() {
        return true;
    }

    @Override
    public void returned(Hart hart) {
        Fault fault = faults.of(hart);
        if (fault.pending) {
            fault.pending = false;
            ShadowHart state = harts.of(hart);
            state.statistics.exit(ExitCause.FAULT_RETURN);
            prefault(state, fault.gva, fault.access, fault.privilege);
        }
    }

    /// Fills the shadow for an address if the guest's tables allow the access now. A and D are left alone, since the
    /// access may never come.
    private void prefault(ShadowHart state, long gva, AccessType access, int privilege) {
        Hart hart = state.hart;
        ShadowRoots.Root root = state.roots.current();
        if (root == null || root.table == ShadowTables.NONE || !TranslationMode.isCanonical(gva, root.top + 1)) {
            return;
        }
        if (!state.addressFence.find(root.table, root.top, gva) || state.shadow.stopLevel() > 0) {
            beforeTablesAreMade();
        }
        PageTableWalker walker = state.walker;
        if (walker.find(hart, hart.satp(), gva, hart.entryBits()) == PageTableWalker.OK
                && PageTableEntry.allows(walker.leaf(), access, privilege, hart.sum(), hart.mxr())
                && mayBeFilled(walker.leaf())
                && memory.contains(PageTableEntry.target(walker.leaf(), walker.leafLevel(), gva), 1)) {
            state.install(gva);
        }
    }

    boolean mayBeFilled(long leaf) {
        return (leaf & PageTableEntry.ACCESSED) != 0;
    }

    @Override
    void tableStored(ShadowHart state, int table, int index, long pte) {
        long entry = state.tables.entry(table, index);
        if (ShadowTables.isPointer(entry)) {
            super.tableStored(state, table, index, pte);
        } else if (entry != 0) {
            state.tables.clear(table, index);
            state.statistics.ptesDropped++;
        }
    }

    @Override
    public void transfer(State state, List<Hart> all) {
        super.transfer(state, all);
        for (Hart hart : all) {
            Fault fault = faults.of(hart);
            fault.pending = state.flag(fault.pending);
            fault.gva = state.number(fault.gva);
            fault.access = AccessType.values()[state.number(fault.access.ordinal())];
            fault.privilege = state.number(fault.privilege);
        }
    }
}
