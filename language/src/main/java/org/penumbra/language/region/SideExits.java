// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.region;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Side exits of partially evaluated code: places where it is left through the host's deoptimisation, because they are
/// hardly ever reached.
///
/// Such an exit costs microseconds but no code, where an ordinary one stores every register of the region; half of a
/// region's code would be exits. A place that turns out to be reached more often becomes warm: the region is built anew
/// with an ordinary exit there, or with the code behind it.
public final class SideExits {
    /// Exits through one place after which it is warm.
    private static final int LIMIT = 12;

    private final Map<Long, Integer> counts = new HashMap<>();
    private final Set<Long> warm = new HashSet<>();

    /// Whether exits at `pc` are not to be left to deoptimisation.
    public boolean warm(long pc) {
        return warm.contains(pc);
    }

    /// Takes note that exits at `pc` are frequent.
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
