// SPDX-License-Identifier: Apache-2.0
package org.penumbra.timing;

import java.util.Arrays;
import org.penumbra.exits.Cycles;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.TableTrace;
import org.penumbra.options.TimingParameters;

/// The timing model of a machine: that of each hart, and the last-level cache that they share.
public final class TimingModel {
    private final TimedHart[] harts;

    public TimingModel(TimingParameters parameters, Hart[] harts) {
        SetAssociative last = Caches.last(parameters);
        this.harts = Arrays.stream(harts).map(hart -> new TimedHart(hart, parameters, last)).toArray(TimedHart[]::new);
    }

    public TimedHart hart(int id) {
        return harts[id];
    }

    /// Follows the references of a hart's monitor to page tables.
    public TableTrace software(int id) {
        return harts[id].software();
    }

    /// Begins to follow all harts, or ceases to; fences are charged all the same.
    ///
    /// @param after whether that is after a stretch that was not followed
    public void follow(boolean now, boolean after) {
        for (TimedHart hart : harts) {
            hart.follow(now, after);
        }
    }

    /// What all harts have been charged so far; a copy.
    public Cycles cycles() {
        var sum = new Cycles();
        for (TimedHart hart : harts) {
            sum.add(hart.cycles());
        }
        return sum;
    }
}
