// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.report.Run;

/// Runs the jobs of a comparison, several at a time.
final class CompareRun {

    private final List<CompareJob> jobs;
    private final List<Integer> chosen;
    private final Map<String, String> options;
    private final int threads;
    private final CompareProgress progress;
    private final Results results;
    private final PrintStream err;
    private final AtomicInteger next = new AtomicInteger();
    private final MemoryBudget budget = MemoryBudget.ofThisComputer();

    /// Takes what comes of the jobs, from several threads.
    interface Results {
        void done(int job, List<Run> runs);

        /// @param failure why a job has no result
        void failed(String failure);
    }

    /// @param chosen  numbers of the jobs to run
    /// @param options of the polyglot engine and the language, for all jobs
    /// @param threads number of jobs at a time
    CompareRun(List<CompareJob> jobs, List<Integer> chosen, Map<String, String> options, int threads,
            CompareProgress progress, Results results, PrintStream err) {
        this.jobs = jobs;
        this.chosen = chosen;
        this.options = options;
        this.threads = threads;
        this.progress = progress;
        this.results = results;
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
        for (int turn = next.getAndIncrement(); turn < chosen.size(); turn = next.getAndIncrement()) {
            int index = chosen.get(turn);
            CompareJob job = jobs.get(index);
            progress.started(job.title());
            try {
                results.done(index, job.run(options, budget, err));
            } catch (Throwable problem) {
                results.failed(job.title() + ": " + Failure.of(problem).getMessage());
            }
            progress.finished();
        }
    }
}
