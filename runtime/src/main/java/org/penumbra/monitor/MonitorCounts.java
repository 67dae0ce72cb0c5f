// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.Hart;
import org.penumbra.paging.PagingModel;

/// What was counted for one hart, across the models that resets replace.
final class MonitorCounts {
    private final Hart hart;
    /// Those of models that a reset has replaced.
    private ExitStatistics before = new ExitStatistics();
    private ExitStatistics now;

    MonitorCounts(Hart hart, PagingModel model) {
        this.hart = hart;
        this.now = model.statistics(hart);
    }

    /// Those of the present model, to be added to.
    ExitStatistics now() {
        return now;
    }

    /// All of them; a copy.
    ExitStatistics all() {
        var sum = new ExitStatistics();
        sum.add(before);
        sum.add(now);
        sum.pagesLive = now.pagesLive;
        sum.pagesPeak = Math.max(before.pagesPeak, now.pagesPeak);
        return sum;
    }

    /// Another model takes the place of the present one.
    void continueWith(PagingModel fresh) {
        before = all();
        now = fresh.statistics(hart);
    }

    /// Forgets all but the present model's.
    void clear() {
        before = new ExitStatistics();
    }
}
