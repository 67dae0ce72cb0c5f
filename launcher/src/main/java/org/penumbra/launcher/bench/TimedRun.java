// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

/// One run of a workload in its own process, timed from outside by the arrival of its lines. The guest reads no clock,
/// so machines with virtual time are measured like any other.
///
/// @param startSeconds  start of each round, since the start of the process or, if it runs several workloads, of the
///                      workload
/// @param roundSeconds  how long each round took
/// @param cpuSeconds    CPU time of each round; NaN if the system does not provide it
record TimedRun(double[] startSeconds, double[] roundSeconds, double[] cpuSeconds) {

    /// A round counts as steady from the first one that is no slower than this times the steady time.
    private static final double STEADY = 1.1;
    /// Rounds are timed together until they take this many seconds, because the CPU clock of a computing process is up
    /// to one tick (4 or 10 ms) behind, see [CpuTime].
    private static final double STRETCH = 0.2;
    /// Fraction of CPU time in other threads from which the compiler must have been running.
    private static final double ACCOMPANIED = 0.05;

    /// Runs the command to its end.
    ///
    /// @param limitSeconds time limit, after which the process is killed
    /// @throws Failure if it fails, exceeds the limit, or prints another checksum than expected
    static TimedRun of(List<String> command, long limitSeconds) {
        var recorder = new Recorder[1];
        int status = TimedProcess.run(command, limitSeconds,
                process -> recorder[0] = new Recorder(new CpuTime(process.pid()), 0));
        TimedRun run = recorder[0].run(command.getFirst() + ", status " + status);
        if (status != 0) {
            throw new Failure(ExitStatus.INTERNAL, command.getFirst() + ": status " + status);
        }
        return run;
    }

    /// Records the rounds of one workload.
    static final class Recorder implements TimedProcess.Listener {
        private final List<Double> starts = new ArrayList<>();
        private final List<Double> rounds = new ArrayList<>();
        private final List<Double> cpuRounds = new ArrayList<>();
        private final CpuTime cpu;
        private final double begun;
        private double cpuStart = Double.NaN;
        private boolean checked;

        /// @param begun start of the workload, in seconds since the start of the process
        Recorder(CpuTime cpu, double begun) {
            this.cpu = cpu;
            this.begun = begun;
        }

        /// Whether a kernel's line is the last of a round.
        static boolean endsRound(String line) {
            return line.startsWith("round ") && line.endsWith(" end");
        }

        /// Whether a kernel's last line has the expected checksum.
        static boolean isRight(String line) {
            return line.contains(" checksum=") && !line.contains(" expected=");
        }

        @Override
        public void line(String line, double now) {
            if (line.startsWith("round ") && line.endsWith(" start")) {
                starts.add(now - begun);
                cpuStart = cpu.seconds();
            } else if (endsRound(line)) {
                rounds.add(now - begun - starts.getLast());
                cpuRounds.add(cpu.seconds() - cpuStart);
            } else if (line.contains(" checksum=")) {
                checked = isRight(line);
            }
        }

        /// @param name of the workload, for messages
        /// @throws Failure if a round has not ended, or the checksum is not the expected one
        TimedRun run(String name) {
            if (!checked || rounds.isEmpty() || rounds.size() != starts.size()) {
                throw new Failure(ExitStatus.INTERNAL, name + ": " + (checked ? "" : "no correct checksum, ")
                        + rounds.size()
                        + " rounds");
            }
            return new TimedRun(array(starts), array(rounds), array(cpuRounds));
        }
    }

    /// The time of a round in the second half of the rounds: CPU time, or wall-clock time if a round has none. The half
    /// is cut into stretches long enough for the clock; this is the median of their means.
    double steadySeconds() {
        return steadySeconds(roundSeconds.length / 2, roundSeconds.length);
    }

    /// The rounds of the second half, in order.
    double[] steadyRounds() {
        return IntStream.range(roundSeconds.length / 2, roundSeconds.length).mapToDouble(this::roundSeconds).toArray();
    }

    private double steadySeconds(int from, int to) {
        List<Double> means = new ArrayList<>();
        for (int start = from; start < to;) {
            int end = stretch(start, to);
            if (totalSeconds(start, end) >= STRETCH || means.isEmpty()) {
                means.add(totalSeconds(start, end) / (end - start));
            }
            start = end;
        }
        return median(array(means));
    }

    /// The end of the stretch that begins with a round; the last stretch may be shorter.
    private int stretch(int from, int to) {
        int end = from + 1;
        for (double seconds = roundSeconds(from); seconds < STRETCH && end < to; end++) {
            seconds += roundSeconds(end);
        }
        return end;
    }

    /// Whether the second half of the rounds has stopped getting faster: its first half is hardly slower than its last,
    /// and nothing was compiled during it. Fewer than eight rounds are not enough to decide.
    boolean isSettled() {
        int rounds = roundSeconds.length;
        double[] beside = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            beside[i] = cpuSeconds[i] - roundSeconds[i];
        }
        return rounds >= 8 && steadySeconds(rounds / 2, rounds * 3 / 4) <= STEADY * steadySeconds(rounds * 3 / 4,
                rounds)
                && !isAccompanied(beside, roundSeconds);
    }

    /// Whether anything besides the guest used CPU time in the last quarter of the rounds.
    ///
    /// @param others CPU time of other threads in each round; a NaN means unknown, and the result is then false
    /// @param own    the guest's
    static boolean isAccompanied(double[] others, double[] own) {
        double allOthers = 0;
        double allOwn = 0;
        for (int i = own.length * 3 / 4; i < own.length; i++) {
            allOthers += others[i];
            allOwn += own[i];
        }
        return allOthers >= ACCOMPANIED * allOwn;
    }

    /// Total time of all rounds.
    double totalSeconds() {
        return totalSeconds(0, roundSeconds.length);
    }

    private double totalSeconds(int from, int to) {
        double total = 0;
        for (int i = from; i < to; i++) {
            total += roundSeconds(i);
        }
        return total;
    }

    private double roundSeconds(int round) {
        return Double.isNaN(cpuSeconds[round]) ? roundSeconds[round] : cpuSeconds[round];
    }

    /// Time from the start of the process to the first steady round: from there on all rounds are equally fast, within
    /// the resolution of the clock.
    double secondsUntilSteady() {
        double limit = steadySeconds() * STEADY;
        for (int i = 0; i < roundSeconds.length; i++) {
            int end = stretch(i, roundSeconds.length);
            if (totalSeconds(i, end) <= limit * (end - i)) {
                return startSeconds[i];
            }
        }
        return startSeconds[roundSeconds.length - 1];
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
