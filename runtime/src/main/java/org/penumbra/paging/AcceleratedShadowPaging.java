// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TableTrace;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.shadow.Protection;

/// Swift shadow paging in which the fast path serves last-level misses by a two-dimensional walk, without an exit.
///
/// Misses at higher levels need new tables and still go to the hypervisor.
final class AcceleratedShadowPaging extends SwiftShadowPaging {
    AcceleratedShadowPaging(PagingContext context, ModelOptions options) {
        super(context, options);
    }

    @Override
    ShadowHart createState(Hart hart) {
        Synchronisation policy = options.synchronisation();
        // The fast path is software: its references to the second stage are followed, too.
        TableTrace software = context.software().apply(hart.id());
        return new ShadowHart(hart, context, options, (gpa, count) -> secondStage.hostAddress(gpa, count, software),
                policy, Protection.NONE, null);
    }

    @Override
    int walk(ShadowHart state, long gva, AccessType access, int privilege) {
        while (true) {
            int outcome = state.walk(gva, access, privilege);
            if (outcome == PageTableWalker.SECOND_STAGE_MISS) {
                secondStageFault(state, state.walker.missingGpa());
                continue;
            }
            if (outcome == PageTableWalker.OK && memory.contains(state.walker.gpa(), 1)) {
                throughSecondStage(state, state.walker.gpa(), state.software);
            }
            return outcome;
        }
    }

    @Override
    void reflected(ShadowHart state, boolean lastLevel) {
        if (lastLevel) {
            state.statistics.fastPath(FastPathEntry.FAULT_REFLECT);
        } else {
            super.reflected(state, false);
        }
    }

    @Override
    void served(ShadowHart state, boolean dirtied, boolean lastLevel) {
        if (lastLevel) {
            state.statistics.fastPath(FastPathEntry.SHADOW_FILL);
        } else {
            super.served(state, dirtied, false);
        }
    }
}
