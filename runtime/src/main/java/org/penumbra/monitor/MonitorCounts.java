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
    private ExitStatistics.Listener listener;

    MonitorCounts(Hart hart, PagingModel model) {
        this.hart = hart;
        this.now = model.statistics(hart);
    }

    /// Names the one who is told of exits, whatever the model, or null.
    void listen(ExitStatistics.Listener told) {
        listener = told;
        now.listen(told);
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
        now.listen(listener);
    }

    /// Forgets all but the present model's.
    void clear() {
        before = new ExitStatistics();
    }

    /// Another model takes the place of the present one, and what has been counted by now is `counted`.
    void continueWith(PagingModel fresh, ExitStatistics counted) {
        now = fresh.statistics(hart);
        before = counted.since(now);
        now.listen(listener);
    }
}
