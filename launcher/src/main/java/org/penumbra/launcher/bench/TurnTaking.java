// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.Guest;

/// Runs several machines in one JVM, one at a time, a round each, so that disturbances by the computer or the JVM
/// affect all of them alike. A round is timed by the CPU time of the machine's own thread, which compiles nothing.
final class TurnTaking {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    /// A participant: an image with options.
    ///
    /// @param name    for messages
    /// @param options of the polyglot engine and the language
    record Entry(String name, byte[] image, Map<String, String> options) {
    }

    /// The result of a participant.
    ///
    /// @param lines   lines that it printed
    /// @param besides CPU time of all other threads (the compiler) in each round
    record Finish(TimedRun run, List<String> lines, double[] besides) {

        /// Whether it had stopped getting faster, and nothing was compiled in its last quarter.
        boolean isSettled() {
            return run.isSettled() && !TimedRun.isAccompanied(besides, run.cpuSeconds());
        }
    }

    /// Recognises the last line of a round.
    interface RoundEnd {
        boolean is(String line);
    }

    private final RoundEnd roundEnd;
    private final PrintStream err;
    private final long begun = System.nanoTime();
    private final List<Runner> runners = new ArrayList<>();

    private TurnTaking(RoundEnd roundEnd, PrintStream err) {
        this.roundEnd = roundEnd;
        this.err = err;
    }

    /// Runs all participants to their ends.
    ///
    /// @return the results in the order of the entries
    /// @throws Failure if one fails or does not end with status 0
    static List<Finish> of(List<Entry> entries, RoundEnd roundEnd, PrintStream err) {
        var turns = new TurnTaking(roundEnd, err);
        entries.forEach(entry -> turns.runners.add(turns.new Runner(entry)));
        turns.runners.forEach(runner -> Thread.ofPlatform().daemon().name(runner.entry.name).start(runner));
        turns.runners.getFirst().turn.release();
        try {
            for (Runner runner : turns.runners) {
                runner.ended.acquire();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new Failure(ExitStatus.INTERRUPTED, "interrupted");
        }
        return turns.runners.stream().map(Runner::finish).toList();
    }

    /// The guest's console; at the last line of a round its thread passes the turn on and waits.
    private final class Runner extends OutputStream implements Runnable {
        private final Entry entry;
        private final Semaphore turn = new Semaphore(0);
        private final Semaphore ended = new Semaphore(0);
        private final StringBuilder line = new StringBuilder();
        private final List<String> lines = new ArrayList<>();
        private final List<double[]> rounds = new ArrayList<>();
        private volatile boolean running = true;
        private Failure failure;
        private long started;
        private long startedCpu;
        private long startedAll;

        Runner(Entry entry) {
            this.entry = entry;
        }

        @Override
        public void run() {
            turn.acquireUninterruptibly();
            begin();
            try (Guest guest = Guest.load(entry.name, entry.image, entry.options, InputStream.nullInputStream(), this,
                    err)) {
                int status = guest.run();
                if (status != 0) {
                    failure = new Failure(ExitStatus.INTERNAL, entry.name + ": status " + status);
                }
            } catch (Throwable problem) {
                failure = new Failure(ExitStatus.INTERNAL, entry.name + ": " + Failure.of(problem).getMessage());
            } finally {
                running = false;
                handOver();
                ended.release();
            }
        }

        @Override
        public void write(int value) {
            if (value != '\n') {
                line.append((char) value);
                return;
            }
            String text = line.toString();
            line.setLength(0);
            lines.add(text);
            if (roundEnd.is(text)) {
                double wall = (System.nanoTime() - started) / 1e9;
                double cpu = (cpuNanos() - startedCpu) / 1e9;
                double all = (SYSTEM.getProcessCpuTime() - startedAll) / 1e9;
                rounds.add(new double[] {(started - begun) / 1e9, wall, cpu, Math.max(0, all - cpu)});
                handOver();
                turn.acquireUninterruptibly();
                begin();
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            for (char c : new String(bytes, offset, length, StandardCharsets.ISO_8859_1).toCharArray()) {
                write(c);
            }
        }

        private void begin() {
            started = System.nanoTime();
            startedCpu = cpuNanos();
            startedAll = SYSTEM.getProcessCpuTime();
        }

        /// To the next one still running, which may be the same.
        private void handOver() {
            int mine = runners.indexOf(this);
            for (int i = 1; i <= runners.size(); i++) {
                Runner next = runners.get((mine + i) % runners.size());
                if (next.running) {
                    next.turn.release();
                    return;
                }
            }
        }

        private Finish finish() {
            if (failure != null) {
                throw failure;
            }
            return new Finish(new TimedRun(column(0), column(1), column(2)), List.copyOf(lines), column(3));
        }

        private double[] column(int which) {
            return rounds.stream().mapToDouble(round -> round[which]).toArray();
        }
    }

    private static long cpuNanos() {
        return THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
    }
}
