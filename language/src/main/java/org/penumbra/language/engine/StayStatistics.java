// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.util.HashMap;
import java.util.Map;

/// The stays in a region: where it is left, and how much it has done by then.
///
/// Entering and leaving copies registers and asks the engine; a region that does little each time had better hold the
/// code behind its most frequent exits as well.
final class StayStatistics {
    /// Instructions of one stay that make going in and out not matter.
    private static final int LITTLE = 5000;
    /// Every so many of them the exit is noted.
    private static final int NOTED = 8;
    /// Share of the exits noted that makes one frequent.
    private static final int FREQUENT = 10;

    private final int enough;
    private final Map<Long, Integer> exits = new HashMap<>();
    private int stays;
    private int noted;
    private long instructions;

    /// @param enough stays after which to judge
    StayStatistics(int enough) {
        this.enough = enough;
    }

    /// Takes note of a stay that ended at `pc`.
    /// @return whether it is known by now that stays are short
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

    /// The pcs at which it was left most.
    long[] frequent() {
        return exits.entrySet().stream().filter(exit -> exit.getValue() * FREQUENT >= noted).mapToLong(Map.Entry::getKey).toArray();
    }
}
