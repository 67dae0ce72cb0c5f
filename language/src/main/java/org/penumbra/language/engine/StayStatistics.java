// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.util.HashMap;
import java.util.Map;

/// Statistics of the stays in a region: where it is left, and how many instructions a stay executes.
///
/// Each entry and exit copies registers and consults the engine. A region with short stays should grow by the code
/// behind its most frequent exits.
final class StayStatistics {
    /// Instructions per stay from which the cost of entry and exit does not matter.
    private static final int LITTLE = 5000;
    /// The exit of one stay in this many is recorded.
    private static final int NOTED = 8;
    /// An exit is frequent if it accounts for at least one in this many of those recorded.
    private static final int FREQUENT = 10;

    private final int enough;
    private final Map<Long, Integer> exits = new HashMap<>();
    private int stays;
    private int noted;
    private long instructions;

    /// @param enough stays after which to decide
    StayStatistics(int enough) {
        this.enough = enough;
    }

    /// Records a stay that ended at `pc`.
    /// @return whether the stays are known to be short
    boolean add(long pc, long executed) {
        instructions += executed;
        if (++stays % NOTED == 0) {
            noted++;
            exits.merge(pc, 1, Integer::sum);
        }
        if (stays < enough) {
            return false;
        }
        if (instructions < (long) LITTLE * stays) {
            return true;
        }
        stays = 0;
        noted = 0;
        instructions = 0;
        exits.clear();
        return false;
    }

    /// The pcs of the most frequent exits.
    long[] frequent() {
        return exits.entrySet().stream().filter(exit -> exit.getValue() * FREQUENT >= noted)
                .mapToLong(Map.Entry::getKey).toArray();
    }
}
