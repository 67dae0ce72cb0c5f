// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.io.IOException;
import java.util.List;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Workload;

/// Determines how many rounds a run needs to reach the steady state: compiling all hot code takes seconds.
///
/// @param firstRounds  rounds of a run before the duration of a round is known
/// @param work         factor by which a round is longer than a standard one of about ten million instructions, which
///                     is too short to time on a busy machine
/// @param leastSeconds least CPU time of a run to be conclusive
/// @param longSeconds  CPU time; a run that was still getting faster is repeated with twice the rounds, unless it took
///                     this long
record Settling(int firstRounds, int work, double leastSeconds, double longSeconds) {

    /// For a run in its own process.
    static final Settling ALONE = new Settling(64, 16, 6, 20);
    /// For runs that take turns, round by round, in one process.
    static final Settling IN_TURNS = new Settling(32, 8, 2, 5);

    /// Target CPU time of a run in its own process, in seconds.
    static final double WANTED_SECONDS = 9;

    /// Initial rounds for contenders that run at full speed from the first round.
    private static final int ROUNDS_OF_OTHERS = 8;
    /// Target CPU time of their runs, in seconds, and the time that is close enough to it.
    private static final double WANTED_OF_OTHERS = 2;
    private static final double LEAST_OF_OTHERS = 1.6;
    private static final int MOST_ROUNDS = 1000;

    /// The workload with rounds long enough to be timed.
    Parameters parameters(Workload workload) {
        Parameters shipped = workload.parameters();
        return shipped.withIterations(shipped.iterations() * work);
    }

    /// Makes a run.
    interface Runner {

        TimedRun run(long rounds) throws IOException;
    }

    /// Runs once, and again with more rounds as long as more are needed.
    ///
    /// @param asked rounds requested, null for as many as needed
    /// @param first initial rounds
    static TimedRun run(Contender contender, Integer asked, long first, Runner runner) throws IOException {
        TimedRun run = runner.run(first);
        for (long more; (more = missing(contender, asked, run)) > 0;) {
            run = runner.run(run.roundSeconds().length + more);
        }
        return run;
    }

    /// Initial rounds of a run.
    ///
    /// @param asked rounds requested, null for as many as needed
    static long firstRounds(Contender contender, Integer asked) {
        return asked != null ? asked : contender instanceof Contender.Penumbra ? ALONE.firstRounds : ROUNDS_OF_OTHERS;
    }

    /// Additional rounds that a run needs; 0 if it is fine.
    ///
    /// @param asked rounds requested, null for as many as needed
    static long missing(Contender contender, Integer asked, TimedRun run) {
        return asked != null ? 0 : contender instanceof Contender.Penumbra ? missing(run) : missingOfOthers(run);
    }

    private static long missingOfOthers(TimedRun run) {
        return run.totalSeconds() < LEAST_OF_OTHERS ? filling(WANTED_OF_OTHERS, run) : 0;
    }

    private static long filling(double wanted, TimedRun run) {
        return allowed(run, (long) Math.ceil((wanted - run.totalSeconds()) / Math.max(run.steadySeconds(), 1e-3)));
    }

    /// Additional rounds that a run on its own needs; 0 if it has settled or never will.
    static long missing(TimedRun run) {
        double seconds = run.totalSeconds();
        if (seconds < ALONE.leastSeconds) {
            return filling(WANTED_SECONDS, run);
        }
        return run.isSettled() || seconds >= ALONE.longSeconds ? 0 : allowed(run, run.roundSeconds().length);
    }

    /// Additional rounds that runs taking turns, all of the same number of rounds, need; 0 if all have settled or one
    /// never will.
    static long missing(List<TurnTaking.Finish> runs) {
        boolean settled = runs.stream().allMatch(run -> run.isSettled()
                && run.run().totalSeconds() >= IN_TURNS.leastSeconds);
        boolean tooLong = runs.stream().anyMatch(run -> run.run().totalSeconds() >= IN_TURNS.longSeconds);
        TimedRun any = runs.getFirst().run();
        return settled || tooLong ? 0 : allowed(any, any.roundSeconds().length);
    }

    private static long allowed(TimedRun run, long more) {
        return Math.min(more, Math.max(0, MOST_ROUNDS - run.roundSeconds().length));
    }
}
