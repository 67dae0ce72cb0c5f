// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import org.penumbra.hart.Hart;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.TranslationMode;

/// A model in which hardware walks the guest's own tables: of the guest's events, writes to satp and fences concern the
/// TLBs only.
interface GuestTablePaging extends PagingModel {
    /// What the model keeps for a hart.
    HartTranslation state(Hart hart);

    @Override
    default void rootWritten(Hart hart, long oldSatp, long newSatp) {
        if (!TranslationMode.isBare(newSatp)) {
            hart.spaces().select(newSatp);
        }
    }

    @Override
    default void fenced(Hart hart, FenceScope scope) {
        state(hart).dropTranslations(scope);
    }

    @Override
    default void remoteFenced(Hart target, FenceScope scope) {
        RemoteFence.split(scope, state(target)::dropTranslations);
    }
}
