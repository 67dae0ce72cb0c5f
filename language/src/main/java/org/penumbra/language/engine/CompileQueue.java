// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.util.HashMap;
import java.util.Map;

/// Regions of one tier whose compilation was requested and is not known to have finished.
final class CompileQueue {
    private final int capacity;
    private final long longestWaitNanos;
    /// Regions with the time of the request.
    private final Map<Region, Long> awaited = new HashMap<>();

    /// @param capacity         most regions awaited at a time. When it is reached, further hot code asks again later:
    ///                         what the awaited regions do not cover will still be hot then
    /// @param longestWaitNanos time after which a region that is still not compiled is given up and no longer awaited
    CompileQueue(int capacity, long longestWaitNanos) {
        this.capacity = capacity;
        this.longestWaitNanos = longestWaitNanos;
    }

    /// Starts compiling a region in the background.
    void request(Region region) {
        region.code().request();
        awaited.put(region, System.nanoTime());
    }

    /// Whether one of the awaited regions contains the block at a pc.
    boolean covers(long pc) {
        forgetTheDone();
        return awaited.keySet().stream().anyMatch(region -> region.covers(pc));
    }

    /// Whether no further compilation should be requested.
    boolean isFull() {
        if (awaited.size() < capacity) {
            return false;
        }
        forgetTheDone();
        return awaited.size() >= capacity;
    }

    private void forgetTheDone() {
        long now = System.nanoTime();
        awaited.entrySet().removeIf(entry -> !entry.getKey().valid() || entry.getKey().code().isReady()
                || now - entry.getValue() > longestWaitNanos);
    }
}
