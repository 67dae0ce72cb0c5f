// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

/// Turns the range of an SBI remote fence into single-page fences, or into one full fence.
final class RemoteFence {
    /// The most pages that Linux fences one by one before it fences the whole address space.
    private static final long MAXIMUM_PAGES = 64;

    private RemoteFence() {
    }

    interface Step {
        void fence(long gva, boolean hasGva);
    }

    static void split(long start, long bytes, Step step) {
        long pages = ((start & 4095) + bytes + 4095) >>> 12;
        if (start == 0 && bytes == 0 || bytes < 0 || pages > MAXIMUM_PAGES) {
            step.fence(0, false);
            return;
        }
        for (long i = 0; i < pages; i++) {
            step.fence((start & -4096) + (i << 12), true);
        }
    }
}
