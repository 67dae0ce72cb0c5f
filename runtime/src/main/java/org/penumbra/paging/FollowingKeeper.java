// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.FenceScope;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.shadow.Protection;

/// A keeper that protects nothing, so that its shadows of second stages follow the hypervisor's tables at fences.
class FollowingKeeper extends StageKeeper {
    private final VirtualPaging<?> model;
    private final Synchronisation policy;
    private final FenceFollower follower;

    /// @param rereading null where the policy reads nothing again at once
    FollowingKeeper(VirtualPaging<?> model, Synchronisation policy, FenceFollower.Rereading rereading) {
        super(model);
        this.model = model;
        this.policy = policy;
        this.follower = ShadowStage.follower(policy, rereading);
    }

    @Override
    public final ShadowHart createStage(Hart hart, ExitStatistics statistics) {
        return ShadowHart.ofSecondStage(hart, model.context, model.options, policy, Protection.NONE, null, statistics);
    }

    @Override
    public final void obey(ShadowHart shadow, FenceScope scope) {
        follower.obey(shadow, scope);
    }
}
