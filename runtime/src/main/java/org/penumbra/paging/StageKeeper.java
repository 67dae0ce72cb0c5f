// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.Translation;

/// Common part of how models shadow second stages: what a guest hypervisor does for its guests traps, as everything of
/// the hypervisor extension does in VS mode, and is an exit.
abstract class StageKeeper implements NestedPaging.Keeper {
    private final PagingModel model;

    StageKeeper(PagingModel model) {
        this.model = model;
    }

    @Override
    public void select(ShadowHart shadow, long root) {
        shadow.select(root);
    }

    @Override
    public boolean isProtected(long gpa) {
        return false;
    }

    @Override
    public void tableWritten(Hart hart, long gpa) {
        throw new IllegalStateException("nothing is protected");
    }

    @Override
    public void translateBare(Hart hart, long gpa, AccessType access, Translation result) {
        model.translateBare(hart, gpa, access, result);
    }

    @Override
    public void countFence(ExitStatistics statistics, FenceScope scope) {
        statistics.exit(ExitCause.FENCE_ESCALATED);
    }

    @Override
    public void countRemoteFence(ExitStatistics statistics) {
        // The call of the firmware is no exit for memory.
    }

    @Override
    public void countRoot(ShadowHart shadow, long hgatp) {
        shadow.statistics.exit(ExitCause.SATP_MISS);
    }

    @Override
    public ExitStatistics statistics(Hart hart) {
        return model.statistics(hart);
    }
}
