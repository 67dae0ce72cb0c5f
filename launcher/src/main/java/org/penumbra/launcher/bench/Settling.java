// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.io.IOException;
import java.util.List;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Workload;

/// How many rounds it takes until a run shows the steady state: compiling everything that is hot takes seconds.
///
/// @param firstRounds  rounds of a run, before it is known how long one takes
/// @param work         times the work of a shipped round, about ten million instructions: too short to time on a busy machine
/// @param leastSeconds of processor time; a run that took less tells nothing
/// @param longSeconds  of processor time; a run that was getting faster still gets twice the rounds, unless it took this long
record Settling(int firstRounds, int work, double leastSeconds, double longSeconds) {

    /// Of a run in a process of its own.
    static final Settling ALONE = new Settling(64, 16, 6, 20);
    /// Of runs that take turns, round by round, in one process.
    static final Settling IN_TURNS = new Settling(32, 8, 2, 5);

    /// What a run in a process of its own is to take, in seconds of processor time.
    static final double WANTED_SECONDS = 9;

    /// Rounds that those begin with who are at their speed from the first round on.
    private static final int ROUNDS_OF_OTHERS = 8;
    /// What a run of theirs is to take, in seconds of processor time, and what is near enough to that.
    private static final double WANTED_OF_OTHERS = 2;
    private static final double LEAST_OF_OTHERS = 1.6;
    private static final int MOST_ROUNDS = 1000;

    /// A workload with rounds that are long enough to be timed.
    Parameters parameters(Workload workload) {
        Parameters shipped = workload.parameters();
        return shipped.withIterations(shipped.iterations() * work);
    }

    /// Makes a run.
    interface Runner {

        TimedRun run(long rounds) throws IOException;
    }

    /// Runs once, and anew with more rounds for as long as it takes more.
    ///
    /// @param asked rounds asked for, null for as many as it takes
    /// @param first rounds to begin with
    static TimedRun run(Contender contender, Integer asked, long first, Runner runner) throws IOException {
        TimedRun run = runner.run(first);
        for (long more; (more = missing(contender, asked, run)) > 0;) {
            run = runner.run(run.roundSeconds().length + more);
        }
        return run;
    }

    /// Rounds that a run begins with.
    ///
    /// @param asked rounds asked for, null for as many as it takes
    static long firstRounds(Contender contender, Integer asked) {
        return asked != null ? asked : contender instanceof Contender.Penumbra ? ALONE.firstRounds : ROUNDS_OF_OTHERS;
    }

    /// Rounds that a run should have had in addition; 0 when it is fine.
    ///
    /// @param asked rounds asked for, null for as many as it takes
    static long missing(Contender contender, Integer asked, TimedRun run) {
        return asked != null ? 0 : contender instanceof Contender.Penumbra ? missing(run) : missingOfOthers(run);
    }

    private static long missingOfOthers(TimedRun run) {
        return run.totalSeconds() < LEAST_OF_OTHERS ? filling(WANTED_OF_OTHERS, run) : 0;
    }

    private static long filling(double wanted, TimedRun run) {
        return allowed(run, (long) Math.ceil((wanted - run.totalSeconds()) / Math.max(run.steadySeconds(), 1e-3)));
    }

    /// Rounds that a run alone should have had in addition; 0 when it has settled, or never will.
    static long missing(TimedRun run) {
        double seconds = run.totalSeconds();
        if (seconds < ALONE.leastSeconds) {
            return filling(WANTED_SECONDS, run);
        }
        return run.isSettled() || seconds >= ALONE.longSeconds ? 0 : allowed(run, run.roundSeconds().length);
    }

    /// Rounds that runs in turns, each of as many rounds, should have had in addition; 0 when all have settled, or one never
    /// will.
    static long missing(List<TurnTaking.Finish> runs) {
        boolean settled = runs.stream().allMatch(run -> run.isSettled() && run.run().totalSeconds() >= IN_TURNS.leastSeconds);
        boolean tooLong = runs.stream().anyMatch(run -> run.run().totalSeconds() >= IN_TURNS.longSeconds);
        TimedRun any = runs.getFirst().run();
        return settled || tooLong ? 0 : allowed(any, any.roundSeconds().length);
    }

    private static long allowed(TimedRun run, long more) {
        return Math.min(more, Math.max(0, MOST_ROUNDS - run.roundSeconds().length));
    }
}
