// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.exits.ExitCause;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.PagingContext;
import org.penumbra.options.Synchronisation;

/// Lazy shadow paging: fences only invalidate, in the fast path, and the first use refills. Without a root buffer,
/// every write of satp is an exit.
final class LazyShadowPaging extends UnprotectedPaging {
    LazyShadowPaging(PagingContext context, ModelOptions options) {
        super(context, options, Synchronisation.DROP);
    }

    @Override
    public void rootWritten(Hart hart, long oldSatp, long newSatp) {
        ShadowHart state = harts.of(hart);
        state.statistics.exit(ExitCause.SATP_MISS);
        select(state, newSatp);
    }
}
