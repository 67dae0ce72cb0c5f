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
        ExitStatistics statistics = state.statistics;
        if (TranslationMode.isBare(newSatp) || state.buffer.hits(newSatp)) {
            statistics.fastPath(FastPathEntry.SATP_HIT);
        } else {
            statistics.fastPath(FastPathEntry.SATP_MISS);
            statistics.exit(ExitCause.SATP_MISS);
            if (state.buffer.add(newSatp)) {
                statistics.rootEvictions++;
            }
        }
        select(state, newSatp);
    }
}
