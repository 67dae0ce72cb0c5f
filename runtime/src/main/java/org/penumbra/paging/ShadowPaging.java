// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitCause;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.Translation;

/// Common part of the shadow paging models: hardware walks the shadow tables in one dimension; on a shadow miss the
/// guest's tables are walked.
abstract class ShadowPaging extends VirtualPaging<ShadowHart> {
    ShadowPaging(PagingContext context, ModelOptions options) {
        super(context, options);
    }

    @Override
    public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
        ShadowHart state = harts.of(hart);
        if (state.resynchronise(gva)) {
            state.statistics.fastPath(FastPathEntry.RESYNC);
        }
        boolean found = state.lookup(gva);
        if (found && PageTableEntry.allows(state.shadow.leaf(), access, privilege, hart.sum(), hart.mxr())) {
            state.report(result, gva, privilege);
            return;
        }
        boolean lastLevel = state.walked() && state.shadow.stopLevel() == 0;
        if (!lastLevel) {
            beforeTablesAreMade();
        }
        PageTableWalker walker = state.walker;
        int outcome = walk(state, gva, access, privilege);
        if (takenOver(state, gva, access, privilege, result)) {
            return;
        }
        if (outcome != PageTableWalker.OK) {
            reflected(state, lastLevel);
            throw HartTranslation.fault(outcome, gva, access);
        }
        if (!memory.contains(walker.gpa(), 1)) {
            // Not shadowed, so that every access reaches the monitor, which counts it as MMIO.
            state.report(result, gva, walker.gpa(), walker.leaf(), walker.leafLevel(), privilege);
            return;
        }
        // There was a leaf; only its D bit was missing.
        boolean dirtied = found && access == AccessType.STORE && walker.updated();
        boolean counted = access == AccessType.STORE && admitStore(state, walker.gpa());
        state.fill(gva);
        state.report(result, gva, privilege);
        if (!counted && (access != AccessType.STORE || result.storable)) {
            served(state, dirtied, lastLevel);
        }
    }

    @Override
    void trace(ShadowHart state, long gva) {
        state.trace(gva);
    }

    /// Called before a walk of guest tables of which this hart may not have shadows yet.
    void beforeTablesAreMade() {
        // A model that protects nothing may read an entry before another hart changes it: the other hart has to fence.
    }

    /// Walks the guest's tables after a shadow miss.
    int walk(ShadowHart state, long gva, AccessType access, int privilege) {
        return state.walk(gva, access, privilege);
    }

    /// Called after such a walk, whatever came of it.
    /// @return whether the model has served the miss otherwise, and set the result
    boolean takenOver(ShadowHart state, long gva, AccessType access, int privilege, Translation result) {
        return false;
    }

    /// Counts a miss that is the guest's own fault.
    ///
    /// @param lastLevel whether the shadow had all tables on the path
    void reflected(ShadowHart state, boolean lastLevel) {
        state.statistics.exit(ExitCause.GUEST_FAULT_REFLECT);
    }

    /// Counts a miss that was filled, unless [#protectedStore] will count it.
    void served(ShadowHart state, boolean dirtied, boolean lastLevel) {
        state.statistics.exit(dirtied ? ExitCause.AD_UPDATE : ExitCause.SHADOW_MISS_FILL);
    }

    /// Called before a store to a RAM page is let through as far as possible.
    /// @return whether its exit has already been counted
    boolean admitStore(ShadowHart state, long gpa) {
        return false;
    }

    /// Called when the shadow of a hart can no longer rely on what its walker was allowed to read.
    @Override
    public void protectionChanged(Hart hart) {
        super.protectionChanged(hart);
        harts.of(hart).forget();
    }

    @Override
    public void hostPageMoved(long gpa, long oldHost) {
        super.hostPageMoved(gpa, oldHost);
        for (ShadowHart state : harts) {
            state.tables.dropPage(memory.pageIndex(gpa));
        }
    }
}
