// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One run of a workload in a process of its own, timed from outside by when its lines arrive. The guest reads no
/// clock, so that machines with virtual time are measured like any other.
///
/// @param startSeconds  of each round, since the process was started
/// @param roundSeconds  how long each round took
/// @param cpuSeconds    how much processor time each round took; NaN where the system does not tell
record TimedRun(double[] startSeconds, double[] roundSeconds, double[] cpuSeconds) {

    /// A round counts as steady from the first one that is no slower than this times the steady time.
    private static final double STEADY = 1.1;

    /// Runs the command to its end.
    ///
    /// @param limitSeconds after which the process is ended
    /// @throws Failure when it fails, or its checksum is not the expected one, or the time is up
    static TimedRun of(List<String> command, long limitSeconds) {
        long begun = System.nanoTime();
        Process process;
        try {
            process = new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            throw new Failure(ExitStatus.INTERNAL, command.getFirst() + ": cannot be started (" + e.getMessage() + ")");
        }
        Thread guard = Thread.ofVirtual().start(() -> endAfter(process, limitSeconds));
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        try {
            return read(process, new CpuTime(process.pid()), begun, command.getFirst());
        } catch (IOException e) {
            throw new Failure(ExitStatus.INTERNAL, command.getFirst() + ": its output broke off (" + e.getMessage() + ")");
        } finally {
            process.destroyForcibly();
            guard.interrupt();
        }
    }

    private static void endAfter(Process process, long limitSeconds) {
        try {
            if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            // It ended in time.
        }
    }

    private static TimedRun read(Process process, CpuTime cpu, long begun, String name) throws IOException {
        List<Double> starts = new ArrayList<>();
        List<Double> rounds = new ArrayList<>();
        List<Double> cpuRounds = new ArrayList<>();
        double cpuStart = Double.NaN;
        boolean checked = false;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                double now = (System.nanoTime() - begun) / 1e9;
                if (line.startsWith("round ") && line.endsWith(" start")) {
                    starts.add(now);
                    cpuStart = cpu.seconds();
                } else if (line.startsWith("round ") && line.endsWith(" end")) {
                    rounds.add(now - starts.getLast());
                    cpuRounds.add(cpu.seconds() - cpuStart);
                } else if (line.contains(" checksum=")) {
                    checked = !line.contains(" expected=");
                }
            }
        }
        int status = waitFor(process);
        if (status != 0 || !checked || rounds.isEmpty() || rounds.size() != starts.size()) {
            throw new Failure(ExitStatus.INTERNAL, name + ": " + (checked ? "" : "no correct checksum, ") + rounds.size()
                    + " rounds, status " + status);
        }
        return new TimedRun(array(starts), array(rounds), array(cpuRounds));
    }

    private static int waitFor(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return ExitStatus.INTERRUPTED;
        }
    }

    /// Median of the second half of the rounds: their processor time, or the time on the wall where a round has none.
    double steadySeconds() {
        return steadySeconds(roundSeconds.length / 2, roundSeconds.length);
    }

    private double steadySeconds(int from, int to) {
        double[] seconds = new double[to - from];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = roundSeconds(from + i);
        }
        return median(seconds);
    }

    /// Whether the second half of the rounds has stopped getting faster: its first half is hardly slower than its last.
    /// Fewer than eight rounds cannot tell.
    boolean isSettled() {
        int rounds = roundSeconds.length;
        return rounds >= 8 && steadySeconds(rounds / 2, rounds * 3 / 4) <= STEADY * steadySeconds(rounds * 3 / 4, rounds);
    }

    /// What all rounds took together.
    double totalSeconds() {
        double total = 0;
        for (int i = 0; i < roundSeconds.length; i++) {
            total += roundSeconds(i);
        }
        return total;
    }

    private double roundSeconds(int round) {
        return Double.isNaN(cpuSeconds[round]) ? roundSeconds[round] : cpuSeconds[round];
    }

    /// From the start of the process to the first steady round.
    double secondsUntilSteady() {
        double limit = steadySeconds() * STEADY;
        for (int i = 0; i < roundSeconds.length; i++) {
            if (roundSeconds(i) <= limit) {
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
