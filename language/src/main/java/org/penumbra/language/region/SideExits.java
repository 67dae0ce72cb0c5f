// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.region;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Side exits of partially evaluated code that are compiled as uncommon traps, because they are very rarely reached.
///
/// Such an exit costs microseconds when taken, but no code. An ordinary exit stores every register of the region, and
/// half of a region's code would be exits. A place that turns out to be reached more often becomes warm: the region is
/// rebuilt with an ordinary exit there, or with the code behind the exit.
public final class SideExits {
    /// Exits through a place after which it is warm.
    private static final int LIMIT = 12;

    private final Map<Long, Integer> counts = new HashMap<>();
    private final Set<Long> warm = new HashSet<>();

    /// Whether exits at `pc` must not be uncommon traps.
    public boolean warm(long pc) {
        return warm.contains(pc);
    }

    /// Records that exits at `pc` are frequent.
    public void warmed(long pc) {
        warm.add(pc);
    }

    /// Counts an exit at `pc`.
    /// @return whether the place has just become warm
    public boolean reached(long pc) {
        if (counts.merge(pc, 1, Integer::sum) < LIMIT) {
            return false;
        }
        return warm.add(pc);
    }
}
