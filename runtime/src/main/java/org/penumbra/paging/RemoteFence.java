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

    /// @param asid without unimplemented bits
    static void split(long start, long bytes, int asid, boolean hasAsid, Consumer<FenceScope> fence) {
        long pages = ((start & 4095) + bytes + 4095) >>> 12;
        if (start == 0 && bytes == 0 || bytes < 0 || pages > MAXIMUM_PAGES) {
            fence.accept(new FenceScope(0, false, asid, hasAsid));
            return;
        }
        for (long i = 0; i < pages; i++) {
            fence.accept(new FenceScope((start & -4096) + (i << 12), true, asid, hasAsid));
        }
    }
}
