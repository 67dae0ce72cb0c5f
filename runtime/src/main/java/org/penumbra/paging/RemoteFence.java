// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.function.Consumer;
import org.penumbra.mmu.FenceScope;

/// Turns the range of an SBI remote fence into single-page fences, or into one full fence.
final class RemoteFence {
    /// The most pages that Linux fences one by one before it fences the whole address space.
    private static final long MAXIMUM_PAGES = 64;

    private RemoteFence() {
    }

    static void split(FenceScope scope, Consumer<FenceScope> fence) {
        long pages = ((scope.gva() & 4095) + scope.bytes() + 4095) >>> 12;
        if (!scope.hasGva() || pages > MAXIMUM_PAGES) {
            fence.accept(scope.ofAllAddresses());
            return;
        }
        for (long i = 0; i < pages; i++) {
            fence.accept(scope.of((scope.gva() & -4096) + (i << 12), 1));
        }
    }
}
