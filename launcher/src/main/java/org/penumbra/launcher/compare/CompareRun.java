// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.penumbra.launcher.cli.Failure;

/// Runs the jobs of a comparison, several at a time.
final class CompareRun {

    private final List<CompareJob> jobs;
    private final Map<String, String> options;
    private final int threads;
    private final CompareProgress progress;
    private final CompareReport report;
    private final PrintStream err;
    private final AtomicInteger next = new AtomicInteger();

    /// @param options of the polyglot engine and the language, for all jobs
    /// @param threads number of jobs at a time
    CompareRun(List<CompareJob> jobs, Map<String, String> options, int threads, CompareProgress progress,
            CompareReport report,
            PrintStream err) {
        this.jobs = jobs;
        this.options = options;
        this.threads = threads;
        this.progress = progress;
        this.report = report;
        this.err = err;
    }

    /// Returns when all jobs have ended, successfully or not.
    void all() {
        List<Thread> workers = java.util.stream.IntStream.range(0, threads)
                .mapToObj(i -> Thread.ofPlatform().daemon().name("compare-" + i).start(this::work)).toList();
        try {
            for (Thread worker : workers) {
                worker.join();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        progress.clear();
    }

    private void work() {
        for (int index = next.getAndIncrement(); index < jobs.size(); index = next.getAndIncrement()) {
            CompareJob job = jobs.get(index);
            progress.started(job.title());
            try {
                report.done(index, job.run(options, err));
            } catch (Throwable problem) {
                report.failed(job.title() + ": " + Failure.of(problem).getMessage());
            }
            progress.finished();
        }
    }
}
