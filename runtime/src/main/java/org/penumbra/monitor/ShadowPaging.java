// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.PageTableEntry;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.Translation;

/// What models with shadow tables share: hardware walks the shadow in one dimension, and what it does not find there
/// is looked up in the guest's tables.
abstract class ShadowPaging extends VirtualPaging<ShadowHart> {
    ShadowPaging(PagingContext context, ModelOptions options) {
        super(context, options);
    }

    @Override
    public final void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
        ShadowHart state = harts.of(hart);
        boolean found = state.lookup(gva);
        if (found && PageTableEntry.allows(state.tables.leaf(), access, privilege, hart.sum(), hart.mxr())) {
            state.report(result, gva, privilege);
            return;
        }
        PageTableWalker walker = state.walker;
        int outcome = walk(state, gva, access, privilege);
        if (outcome != PageTableWalker.OK) {
            reflected(state);
            throw HartTranslation.fault(outcome, gva, access);
        }
        if (!memory.contains(walker.gpa(), 1)) {
            // Left out of the shadow, so that every access reaches the monitor, which counts it as MMIO.
            state.report(result, gva, walker.gpa(), walker.leaf(), walker.leafLevel(), privilege);
            return;
        }
        served(state, found && access == AccessType.STORE && walker.updated(), access);
        state.fill(gva);
        state.report(result, gva, privilege);
    }

    /// Walks the guest's tables after a shadow miss.
    int walk(ShadowHart state, long gva, AccessType access, int privilege) {
        return state.walk(gva, access, privilege);
    }

    /// Counts a miss that is the guest's own fault.
    void reflected(ShadowHart state) {
        state.statistics.exit(ExitCause.GUEST_FAULT_REFLECT);
    }

    /// Counts a miss that is about to be filled.
    ///
    /// @param dirtied whether there was a leaf, and all it lacked was that D was not set
    void served(ShadowHart state, boolean dirtied, AccessType access) {
        state.statistics.exit(dirtied ? ExitCause.AD_UPDATE : ExitCause.SHADOW_MISS_FILL);
    }

    @Override
    public void hostPageMoved(long gpa, long oldHost) {
        super.hostPageMoved(gpa, oldHost);
        for (ShadowHart state : harts) {
            state.tables.dropPage(memory.pageIndex(gpa));
        }
    }
}
