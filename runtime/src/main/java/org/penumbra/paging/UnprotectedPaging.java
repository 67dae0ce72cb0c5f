// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitCause;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.shadow.Protection;
import org.penumbra.paging.shadow.ShadowRoots;
import org.penumbra.paging.shadow.ShadowTables;
import org.penumbra.paging.shadow.ShadowWalk;

/// Common part of `ssp`, `lsp` and `asp`: no guest table is write-protected. The shadow has to follow the guest's
/// tables only at fences, which the machine-mode fast path handles.
///
/// The invariant: every shadow entry of a hart for an ASID and an address was read from the guest's tables at or after
/// the last fence of that hart that covers them. A single-address fence is performed at once in every root it covers. A
/// wider fence is performed at once in the current root, and in other roots before they are used again; under the
/// policy [Synchronisation#REACHED], entries are read again when a walk next reaches them.
abstract class UnprotectedPaging extends ShadowPaging {
    private final Synchronisation policy;

    UnprotectedPaging(PagingContext context, ModelOptions options, Synchronisation policy) {
        super(context, options);
        this.policy = policy;
    }

    @Override
    ShadowHart createState(Hart hart) {
        return new ShadowHart(hart, context, options, PageTableWalker.direct(memory), policy,
                Protection.NONE, null);
    }

    @Override
    public void fenced(Hart hart, FenceScope scope) {
        ShadowHart state = harts.of(hart);
        state.statistics.fastPath(scope.hasGva() ? FastPathEntry.FENCE_VA
                : scope.hasAsid() ? FastPathEntry.FENCE_ASID : FastPathEntry.FENCE_ALL);
        obey(state, scope);
    }

    @Override
    public void remoteFenced(Hart target, FenceScope scope) {
        ShadowHart state = harts.of(target);
        state.statistics.fastPath(FastPathEntry.RFENCE);
        RemoteFence.split(scope, part -> obey(state, part));
    }

    private void obey(ShadowHart state, FenceScope scope) {
        HostMemory.fullFence();
        state.filler.fence(scope.hasAsid());
        if (scope.hasGva()) {
            obeyAddress(state, scope);
        } else {
            for (int i = 0; i < state.roots.count(); i++) {
                ShadowRoots.Root root = state.roots.get(i);
                if (root.isCovered(scope)) {
                    root.required = state.filler.time();
                    if (!scope.hasAsid()) {
                        root.requiredGlobal = root.required;
                    }
                }
            }
            state.catchUp();
        }
        state.dropTranslations(scope);
    }

    private void obeyAddress(ShadowHart state, FenceScope scope) {
        long gva = scope.gva();
        ShadowRoots.Root current = state.roots.current();
        ShadowWalk shadow = state.shadow;
        int freshTable = ShadowTables.NONE;
        int freshIndex = 0;
        if (policy != Synchronisation.DROP && subsumes(scope, current)) {
            synchronise(state, current, gva);
            if (state.addressFence.find(current.table, current.top, gva)) {
                freshTable = shadow.guestTable();
                freshIndex = shadow.guestIndex();
            }
        }
        // Also in roots with pending fences: they may share tables with one that has none.
        for (int i = 0; i < state.roots.count(); i++) {
            ShadowRoots.Root root = state.roots.get(i);
            if (root == current && freshTable != ShadowTables.NONE || !subsumes(scope, root)
                    || !state.addressFence.find(root.table, root.top, gva)) {
                continue;
            }
            if (shadow.guestTable() == freshTable && shadow.guestIndex() == freshIndex) {
                // Read after the fence, but while another ASID was active.
                state.filler.note(freshTable, freshIndex, shadow.leaf());
            } else if (state.tables.clear(shadow.guestTable(), shadow.guestIndex())) {
                state.statistics.ptesDropped++;
            }
        }
    }

    /// Brings what the shadow has for an address in the current root up to date, for a fence that names it.
    void synchronise(ShadowHart state, ShadowRoots.Root root, long gva) {
        if (!state.hasRoom()) {
            state.statistics.exit(ExitCause.FENCE_ESCALATED);
            state.makeRoom();
        }
        state.addressFence.synchroniseAddress(root.table, root.top, root.satp, gva);
    }

    private static boolean subsumes(FenceScope scope, ShadowRoots.Root root) {
        return root != null && root.table != ShadowTables.NONE && root.isCovered(scope);
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
