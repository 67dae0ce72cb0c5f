// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.Hart;
import org.penumbra.paging.PagingModel;

/// The counts of one hart, across resets, each of which starts a new model.
final class MonitorCounts {
    private final Hart hart;
    /// Counts of earlier models.
    private ExitStatistics before = new ExitStatistics();
    private ExitStatistics now;
    /// One that always listens.
    private final ExitStatistics.Listener first;
    private ExitStatistics.Listener listener;

    /// @param timed always told of exits, before all others but the hart's counters; or null
    MonitorCounts(Hart hart, PagingModel model, ExitStatistics.Listener timed) {
        this.hart = hart;
        this.now = model.statistics(hart);
        this.first = both(hart.performance, timed);
        listen(null);
    }

    /// Sets the listener for exits, which stays when the model changes; null removes it.
    void listen(ExitStatistics.Listener told) {
        listener = both(first, told);
        now.listen(listener);
    }

    /// @param second or null
    private static ExitStatistics.Listener both(ExitStatistics.Listener first, ExitStatistics.Listener second) {
        return second == null ? first : new ExitStatistics.Listener() {
            @Override
            public void exit(ExitCause cause) {
                first.exit(cause);
                second.exit(cause);
            }

            @Override
            public void fastPath(FastPathEntry entry) {
                first.fastPath(entry);
                second.fastPath(entry);
            }
        };
    }

    /// Counts of the current model; live, to be added to.
    ExitStatistics now() {
        return now;
    }

    /// A copy of all counts.
    ExitStatistics all() {
        var sum = new ExitStatistics();
        sum.add(before);
        sum.add(now);
        sum.pagesLive = now.pagesLive;
        sum.pagesPeak = Math.max(before.pagesPeak, now.pagesPeak);
        return sum;
    }

    /// Replaces the current model.
    void continueWith(PagingModel fresh) {
        before = all();
        now = fresh.statistics(hart);
        now.listen(listener);
    }

    /// Clears all counts except the current model's.
    void clear() {
        before = new ExitStatistics();
    }

    /// Replaces the current model and sets the counts so far to `counted`.
    void continueWith(PagingModel fresh, ExitStatistics counted) {
        now = fresh.statistics(hart);
        before = counted.since(now);
        now.listen(listener);
    }
}
