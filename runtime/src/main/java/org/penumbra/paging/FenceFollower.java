// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.FenceScope;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.shadow.ShadowRoots;
import org.penumbra.paging.shadow.ShadowTables;
import org.penumbra.paging.shadow.ShadowWalk;

/// Brings shadow tables up to date at fences, for tables of the guest that are not write-protected.
///
/// The invariant: every shadow entry of a hart for an ASID and an address was read from the guest's tables at or after
/// the last fence of that hart that covers them. A single-address fence is performed at once in every root it covers. A
/// wider fence is performed at once in the current root, and in other roots before they are used again; under the
/// policy [Synchronisation#REACHED], entries are read again when a walk next reaches them.
class FenceFollower {
    private final Synchronisation policy;
    private final Rereading rereading;

    /// Brings what the shadow has for an address in the current root up to date, for a fence that names it.
    interface Rereading {
        void synchronise(ShadowHart state, ShadowRoots.Root root, long gva);
    }

    FenceFollower(Synchronisation policy, Rereading rereading) {
        this.policy = policy;
        this.rereading = rereading;
    }

    final void obey(ShadowHart state, FenceScope scope) {
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
    }

    private void obeyAddress(ShadowHart state, FenceScope scope) {
        long gva = scope.gva();
        ShadowRoots.Root current = state.roots.current();
        ShadowWalk shadow = state.shadow;
        int freshTable = ShadowTables.NONE;
        int freshIndex = 0;
        if (policy != Synchronisation.DROP && subsumes(scope, current)) {
            rereading.synchronise(state, current, address(current, gva));
            if (find(state, current, gva)) {
                freshTable = shadow.guestTable();
                freshIndex = shadow.guestIndex();
            }
        }
        // Also in roots with pending fences: they may share tables with one that has none.
        for (int i = 0; i < state.roots.count(); i++) {
            ShadowRoots.Root root = state.roots.get(i);
            if (root == current && freshTable != ShadowTables.NONE || !subsumes(scope, root)
                    || !find(state, root, gva)) {
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

    private boolean find(ShadowHart state, ShadowRoots.Root root, long gva) {
        return state.addressFence.find(root.table, root.top, address(root, gva));
    }

    private boolean subsumes(FenceScope scope, ShadowRoots.Root root) {
        return root != null && root.table != ShadowTables.NONE && root.isCovered(scope) && leadsTo(root, scope.gva());
    }

    /// Whether an address can be below a root.
    boolean leadsTo(ShadowRoots.Root root, long gva) {
        return true;
    }

    /// What an address is below a root.
    long address(ShadowRoots.Root root, long gva) {
        return gva;
    }
}
