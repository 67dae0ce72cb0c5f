// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.virtio;

import java.io.IOException;

/// The Java heap that the overlays of all disks of a machine may take together.
public final class OverlayBudget {
    private final long limit;
    private long taken;

    /// @param limit in bytes
    public OverlayBudget(long limit) {
        this.limit = limit;
    }

    /// Half of the heap, which leaves the rest of the machine what it needs.
    public static OverlayBudget halfOfTheHeap() {
        return new OverlayBudget(Runtime.getRuntime().maxMemory() / 2);
    }

    /// @throws IOException with one line if there is not so much left
    void take(long bytes) throws IOException {
        if (bytes > limit - taken) {
            throw new IOException("no more than " + (limit >> 20)
                    + " MiB of changes to disks are kept in memory; PENUMBRA_JAVA_OPTS=-Xmx4g gives more");
        }
        taken += bytes;
    }

    void giveBack(long bytes) {
        taken -= bytes;
    }
}
