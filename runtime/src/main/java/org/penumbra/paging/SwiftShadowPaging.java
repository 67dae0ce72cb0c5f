// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.PagingContext;
import org.penumbra.mmu.TranslationMode;

/// Swift shadow paging: fences synchronise the entries they cover, and a buffer of shadow roots serves writes of satp,
/// both without the hypervisor.
class SwiftShadowPaging extends UnprotectedPaging {
    SwiftShadowPaging(PagingContext context, ModelOptions options) {
        super(context, options, options.synchronisation());
    }

    @Override
    public void rootWritten(Hart hart, long oldSatp, long newSatp) {
        ShadowHart state = harts.of(hart);
        countRoot(state, newSatp);
        select(state, newSatp);
    }

    /// A root is named, for which the buffer of a hart's roots is asked.
    private static void countRoot(ShadowHart state, long root) {
        ExitStatistics statistics = state.statistics;
        if (TranslationMode.isBare(root) || state.buffer.hits(root)) {
            statistics.fastPath(FastPathEntry.SATP_HIT);
        } else {
            statistics.fastPath(FastPathEntry.SATP_MISS);
            statistics.exit(ExitCause.SATP_MISS);
            if (state.buffer.add(root)) {
                statistics.rootEvictions++;
            }
        }
    }

    @Override
    NestedPaging.Keeper keeper() {
        return new FastKeeper() {
            @Override
            public void countRoot(ShadowHart shadow, long hgatp) {
                SwiftShadowPaging.countRoot(shadow, hgatp);
            }
        };
    }
}
