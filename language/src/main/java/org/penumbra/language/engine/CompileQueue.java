// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.util.HashMap;
import java.util.Map;

/// Regions of one tier whose compilation was asked for and is not known to be done.
final class CompileQueue {
    private final int capacity;
    private final long longestWaitNanos;
    /// With the time of asking.
    private final Map<Region, Long> awaited = new HashMap<>();

    /// @param capacity         regions awaited at a time. While there are so many, places ask again later: what the awaited
    ///                         ones do not take over is hot still when they are there
    /// @param longestWaitNanos after which a region that is still not compiled never will be, and is awaited no more
    CompileQueue(int capacity, long longestWaitNanos) {
        this.capacity = capacity;
        this.longestWaitNanos = longestWaitNanos;
    }

    /// Has a region compiled in the background.
    void request(Region region) {
        region.code().request();
        awaited.put(region, System.nanoTime());
    }

    /// Whether no further region should be asked for.
    boolean isFull() {
        if (awaited.size() < capacity) {
            return false;
        }
        long now = System.nanoTime();
        awaited.entrySet().removeIf(entry -> !entry.getKey().valid() || entry.getKey().code().isReady()
                || now - entry.getValue() > longestWaitNanos);
        return awaited.size() >= capacity;
    }
}
