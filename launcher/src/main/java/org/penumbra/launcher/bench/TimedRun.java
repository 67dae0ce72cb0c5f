// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

/// One run of a workload in a process of its own, timed from outside by when its lines arrive. The guest reads no
/// clock, so that machines with virtual time are measured like any other.
///
/// @param startSeconds  of each round, since the process or, where it runs several, the workload was started
/// @param roundSeconds  how long each round took
/// @param cpuSeconds    how much processor time each round took; NaN where the system does not tell
record TimedRun(double[] startSeconds, double[] roundSeconds, double[] cpuSeconds) {

    /// A round counts as steady from the first one that is no slower than this times the steady time.
    private static final double STEADY = 1.1;
    /// Rounds are timed together until they take this many seconds: the clock of a process that computes is up to a tick
    /// behind, 4 ms or 10, see [CpuTime].
    private static final double STRETCH = 0.2;
    /// Share of others' processor time from which on something besides the guest ran: the compiler.
    private static final double ACCOMPANIED = 0.05;

    /// Runs the command to its end.
    ///
    /// @param limitSeconds after which the process is ended
    /// @throws Failure when it fails, or its checksum is not the expected one, or the time is up
    static TimedRun of(List<String> command, long limitSeconds) {
        var recorder = new Recorder[1];
        int status = TimedProcess.run(command, limitSeconds, process -> recorder[0] = new Recorder(new CpuTime(process.pid()), 0));
        TimedRun run = recorder[0].run(command.getFirst() + ", status " + status);
        if (status != 0) {
            throw new Failure(ExitStatus.INTERNAL, command.getFirst() + ": status " + status);
        }
        return run;
    }

    /// Takes note of the rounds of one workload.
    static final class Recorder implements TimedProcess.Listener {
        private final List<Double> starts = new ArrayList<>();
        private final List<Double> rounds = new ArrayList<>();
        private final List<Double> cpuRounds = new ArrayList<>();
        private final CpuTime cpu;
        private final double begun;
        private double cpuStart = Double.NaN;
        private boolean checked;

        /// @param begun when the workload's time begins, in seconds since the process was started
        Recorder(CpuTime cpu, double begun) {
            this.cpu = cpu;
            this.begun = begun;
        }

        /// Whether a kernel's line is the last one of a round.
        static boolean endsRound(String line) {
            return line.startsWith("round ") && line.endsWith(" end");
        }

        /// Whether a kernel's last line gives the checksum that it should have.
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

        /// @param name of what ran, for messages
        /// @throws Failure when a round has not ended, or the checksum is not the expected one
        TimedRun run(String name) {
            if (!checked || rounds.isEmpty() || rounds.size() != starts.size()) {
                throw new Failure(ExitStatus.INTERNAL, name + ": " + (checked ? "" : "no correct checksum, ") + rounds.size()
                        + " rounds");
            }
            return new TimedRun(array(starts), array(rounds), array(cpuRounds));
        }
    }

    /// What a round takes in the second half of the rounds: processor time, or the time on the wall where a round has none.
    /// The half is cut into stretches of rounds that the clock can time, and this is the median of their means.
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

    /// The end of the stretch that begins with a round; shorter than a stretch when there are no more rounds.
    private int stretch(int from, int to) {
        int end = from + 1;
        for (double seconds = roundSeconds(from); seconds < STRETCH && end < to; end++) {
            seconds += roundSeconds(end);
        }
        return end;
    }

    /// Whether the second half of the rounds has stopped getting faster: its first half is hardly slower than its last, and
    /// nothing was compiled during that. Fewer than eight rounds cannot tell.
    boolean isSettled() {
        int rounds = roundSeconds.length;
        double[] beside = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            beside[i] = cpuSeconds[i] - roundSeconds[i];
        }
        return rounds >= 8 && steadySeconds(rounds / 2, rounds * 3 / 4) <= STEADY * steadySeconds(rounds * 3 / 4, rounds)
                && !isAccompanied(beside, roundSeconds);
    }

    /// Whether something besides the guest took processor time in the last quarter of the rounds.
    ///
    /// @param others processor time of others in each round; with a NaN there it is not known, and not believed
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

    /// What all rounds took together.
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

    /// From the start of the process to the first steady round: it and those after it are as fast, as far as a clock can tell.
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
