// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitCause;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.paging.shadow.Protection;
import org.penumbra.paging.shadow.ShadowRoots;
import org.penumbra.paging.shadow.ShadowTables;
import org.penumbra.paging.shadow.ShadowWalk;
import org.penumbra.paging.shadow.Synchronisation;

/// What `ssp`, `lsp` and `asp` share: no guest table is write-protected, and fences, taken in the machine-mode fast path,
/// are the only time at which the shadow must follow.
///
/// The invariant: whatever the shadow of a hart holds for an ASID and an address was read from the guest's tables at or
/// after the last fence of that hart that subsumes them. A fence of one address is obeyed at once, in every root it
/// subsumes. A wider one is obeyed at once in the current root and in others before they are used again, or, under the
/// policy [Synchronisation#REACHED], where the next walks come by.
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
    public void fenced(Hart hart, long gva, boolean hasGva, int asid, boolean hasAsid) {
        ShadowHart state = harts.of(hart);
        state.statistics.fastPath(hasGva ? FastPathEntry.FENCE_VA
                : hasAsid ? FastPathEntry.FENCE_ASID : FastPathEntry.FENCE_ALL);
        obey(state, gva, hasGva, asid, hasAsid);
    }

    @Override
    public void remoteFenced(Hart target, long start, long bytes, int asid, boolean hasAsid) {
        ShadowHart state = harts.of(target);
        state.statistics.fastPath(FastPathEntry.RFENCE);
        RemoteFence.split(start, bytes, (gva, hasGva) -> obey(state, gva, hasGva, asid & target.config().asidMask(), hasAsid));
    }

    private void obey(ShadowHart state, long gva, boolean hasGva, int asid, boolean hasAsid) {
        HostMemory.fullFence();
        state.filler.fence(hasAsid);
        if (hasGva) {
            obeyAddress(state, gva, asid, hasAsid);
        } else {
            for (int i = 0; i < state.roots.count(); i++) {
                ShadowRoots.Root root = state.roots.get(i);
                if (root.isSubsumed(asid, hasAsid)) {
                    root.required = state.filler.time();
                    if (!hasAsid) {
                        root.requiredGlobal = root.required;
                    }
                }
            }
            state.catchUp();
        }
        state.dropTranslations(gva, hasGva, asid, hasAsid);
    }

    private void obeyAddress(ShadowHart state, long gva, int asid, boolean hasAsid) {
        ShadowRoots.Root current = state.roots.current();
        ShadowWalk shadow = state.shadow;
        int freshTable = ShadowTables.NONE;
        int freshIndex = 0;
        if (policy != Synchronisation.DROP && subsumes(current, asid, hasAsid)) {
            if (!state.hasRoom()) {
                state.statistics.exit(ExitCause.FENCE_ESCALATED);
                state.makeRoom();
            }
            state.addressFence.synchroniseAddress(current.table, current.top, current.satp, gva);
            if (state.addressFence.find(current.table, current.top, gva)) {
                freshTable = shadow.guestTable();
                freshIndex = shadow.guestIndex();
            }
        }
        // Also in roots that are behind: they may share tables with one that is not.
        for (int i = 0; i < state.roots.count(); i++) {
            ShadowRoots.Root root = state.roots.get(i);
            if (root == current && freshTable != ShadowTables.NONE || !subsumes(root, asid, hasAsid)
                    || !state.addressFence.find(root.table, root.top, gva)) {
                continue;
            }
            if (shadow.guestTable() == freshTable && shadow.guestIndex() == freshIndex) {
                // As fresh as the fence, but read while another ASID was active.
                state.filler.note(freshTable, freshIndex, shadow.leaf());
            } else if (state.tables.clear(shadow.guestTable(), shadow.guestIndex())) {
                state.statistics.ptesDropped++;
            }
        }
    }

    private static boolean subsumes(ShadowRoots.Root root, int asid, boolean hasAsid) {
        return root != null && root.table != ShadowTables.NONE && root.isSubsumed(asid, hasAsid);
    }

    /// Makes the root of a satp current, or none.
    final void select(ShadowHart state, long satp) {
        if (TranslationMode.isBare(satp)) {
            state.deselect();
        } else {
            state.select(satp);
            state.hart.spaces().select(satp);
        }
    }
}
