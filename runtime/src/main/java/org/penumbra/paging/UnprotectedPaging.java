// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.shadow.Protection;
import org.penumbra.paging.shadow.ShadowRoots;

/// Common part of `ssp`, `lsp` and `asp`: no guest table is write-protected. The shadow has to follow the guest's
/// tables only at fences, which the machine-mode fast path handles.
/// What that means is [FenceFollower]'s.
abstract class UnprotectedPaging extends ShadowPaging {
    private final Synchronisation policy;
    private final FenceFollower follower;

    UnprotectedPaging(PagingContext context, ModelOptions options, Synchronisation policy) {
        super(context, options);
        this.policy = policy;
        this.follower = new FenceFollower(policy, this::synchronise);
    }

    @Override
    ShadowHart createState(Hart hart) {
        return new ShadowHart(hart, context, options, PageTableWalker.direct(memory), policy,
                Protection.NONE, null);
    }

    @Override
    public void fenced(Hart hart, FenceScope scope) {
        ShadowHart state = harts.of(hart);
        countFence(state.statistics, scope);
        obey(state, scope);
    }

    private static void countFence(ExitStatistics statistics, FenceScope scope) {
        statistics.fastPath(scope.hasGva() ? FastPathEntry.FENCE_VA
                : scope.hasAsid() ? FastPathEntry.FENCE_ASID : FastPathEntry.FENCE_ALL);
    }

    /// The fast path takes the traps of a hypervisor's fences for its guests, too.
    class FastKeeper extends FollowingKeeper {
        FastKeeper() {
            super(UnprotectedPaging.this, policy, UnprotectedPaging.this::synchronise);
        }

        @Override
        public void countFence(ExitStatistics statistics, FenceScope scope) {
            UnprotectedPaging.countFence(statistics, scope);
        }

        @Override
        public void countRemoteFence(ExitStatistics statistics) {
            statistics.fastPath(FastPathEntry.RFENCE);
        }
    }

    @Override
    public void remoteFenced(Hart target, FenceScope scope) {
        ShadowHart state = harts.of(target);
        state.statistics.fastPath(FastPathEntry.RFENCE);
        RemoteFence.split(scope, part -> obey(state, part));
    }

    private void obey(ShadowHart state, FenceScope scope) {
        follower.obey(state, scope);
        state.dropTranslations(scope);
    }

    /// Brings what the shadow has for an address in the current root up to date, for a fence that names it.
    void synchronise(ShadowHart state, ShadowRoots.Root root, long gva) {
        if (!state.hasRoom()) {
            state.statistics.exit(ExitCause.FENCE_ESCALATED);
            state.makeRoom();
        }
        state.addressFence.synchroniseAddress(root.table, root.top, root.satp, gva);
    }

    /// Makes the root of a satp current; under Bare there is no current root.
    final void select(ShadowHart state, long satp) {
        if (TranslationMode.isBare(satp)) {
            state.deselect();
        } else {
            state.select(satp);
            state.hart.spaces().select(satp);
        }
    }
}
