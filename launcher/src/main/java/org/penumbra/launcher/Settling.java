// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Workload;

/// How many rounds it takes until a run shows the steady state: compiling everything that is hot takes seconds.
final class Settling {

    /// Rounds of a run, before it is known how long one takes.
    static final int FIRST_ROUNDS = 64;
    /// Rounds for those who are at their speed from the first round on.
    private static final int ROUNDS_OF_OTHERS = 8;
    /// What a run is to take, in seconds of processor time.
    static final double WANTED_SECONDS = 9;

    /// A shipped round is about ten million instructions: too short to time on a busy machine.
    private static final int WORK = 16;
    private static final int MOST_ROUNDS = 1000;
    private static final double LEAST_SECONDS = 6;
    /// A run that was getting faster still gets twice the rounds, unless it took this long.
    private static final double LONG_SECONDS = 20;

    private Settling() {
    }

    /// A workload with rounds that are long enough to be timed.
    static Parameters parameters(Workload workload) {
        Parameters shipped = workload.parameters();
        return shipped.withIterations(shipped.iterations() * WORK);
    }

    /// Rounds that a run begins with.
    ///
    /// @param asked rounds asked for, null for as many as it takes
    /// @param ours  rounds of Penumbra's own runs, where none were asked for
    static long firstRounds(Contender contender, Integer asked, long ours) {
        return asked != null ? asked : contender instanceof Contender.Penumbra ? ours : ROUNDS_OF_OTHERS;
    }

    /// Rounds that a run should have had in addition; 0 when it is fine.
    ///
    /// @param asked rounds asked for, null for as many as it takes
    static long missing(Contender contender, Integer asked, TimedRun run) {
        return asked == null && contender instanceof Contender.Penumbra ? missing(run) : 0;
    }

    /// Rounds that a run should have had in addition; 0 when it has settled, or never will.
    static long missing(TimedRun run) {
        int rounds = run.roundSeconds().length;
        long left = Math.max(0, MOST_ROUNDS - rounds);
        double seconds = run.totalSeconds();
        if (seconds < LEAST_SECONDS) {
            return Math.min(left, (long) Math.ceil((WANTED_SECONDS - seconds) / Math.max(run.steadySeconds(), 1e-3)));
        }
        return run.isSettled() || seconds >= LONG_SECONDS ? 0 : Math.min(left, rounds);
    }
}
