// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Processor time that compiling an engine's regions has taken.
///
/// Truffle tells when a compilation begins, on the thread that does it, and not when it ends; hence the processor time of
/// those threads since their first one. That includes what else they compile meanwhile (other contexts of this process),
/// and misses the last compilation of a thread that ended before anybody asked.
final class CompilationClock {
    private final Map<Long, Time> threads = new ConcurrentHashMap<>();

    private static final class Time {
        private final long first;
        private volatile long last;

        Time(long now) {
            first = now;
            last = now;
        }
    }

    /// Loaded when something is compiled, not before: it takes a while.
    private static final class Management {
        private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    }

    /// To be called on the compiling thread.
    void compilationBegins() {
        if (Management.THREADS.isCurrentThreadCpuTimeSupported()) {
            long now = Management.THREADS.getCurrentThreadCpuTime();
            threads.computeIfAbsent(Thread.currentThread().threadId(), _ -> new Time(now)).last = now;
        }
    }

    double seconds() {
        long nanos = 0;
        for (var entry : threads.entrySet()) {
            Time time = entry.getValue();
            // -1 once the thread is gone.
            time.last = Math.max(time.last, Management.THREADS.getThreadCpuTime(entry.getKey()));
            nanos += time.last - time.first;
        }
        return nanos / 1e9;
    }
}
