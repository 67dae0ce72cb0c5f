// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.engine;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// CPU time spent compiling an engine's regions.
///
/// Truffle reports when a compilation begins, on the compiling thread, but not when it ends. So this measures the CPU
/// time of those threads since their first compilation. It includes anything else they compile meanwhile (other
/// contexts of this process), and misses the last compilation of a thread that ended before the clock was read.
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

    /// Loaded only when something is compiled, because loading takes a while.
    private static final class Management {
        private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    }

    /// Must be called on the compiling thread.
    void compilationBegins() {
        if (Management.THREADS.isCurrentThreadCpuTimeSupported()) {
            long now = Management.THREADS.getCurrentThreadCpuTime();
            threads.computeIfAbsent(Thread.currentThread().threadId(), _ -> new Time(now)).last = now;
        }
    }

    /// Counts from zero again.
    void restart() {
        threads.clear();
    }

    double seconds() {
        long nanos = 0;
        for (var entry : threads.entrySet()) {
            Time time = entry.getValue();
            // -1 once the thread has ended.
            time.last = Math.max(time.last, Management.THREADS.getThreadCpuTime(entry.getKey()));
            nanos += time.last - time.first;
        }
        return nanos / 1e9;
    }
}
