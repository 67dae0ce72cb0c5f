// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.penumbra.benchmarks.TimedProgram;
import org.penumbra.benchmarks.Workloads;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Progress;
import org.penumbra.launcher.linux.LinuxProgram;

/// Measures programs from a cold start, each in its own process in the user space of an unmodified Linux, compared with
/// QEMU and the host. This is the speed that users experience when they boot, test, compile or run a script.
final class ColdBench {
    private static final String PROGRAM = "penumbra-programs";
    private static final String USER_SPACE = "user space";
    private static final Pattern UNITS = Pattern.compile("(\\w+) at=(\\d+) units=([0-9.]+)\\s*");
    private static final Pattern END = Pattern.compile("(\\w+) best=(\\d+) checksum=([0-9a-f]{16})( expected=.*)?\\s*");
    /// Time limit for a boot and everything in it, on any computer: ends guests that hang.
    private static final long LIMIT_SECONDS = 7200;

    private final LinuxProgram linux;
    private final int turns;
    private final int milliseconds;
    /// By program and contender.
    private final Map<TimedProgram, Map<String, List<ColdResult.Run>>> runs = new LinkedHashMap<>();
    private boolean failed;

    /// @param milliseconds run time of each process, one of [TimedProgram#CHECKPOINTS]
    ColdBench(LinuxProgram linux, int turns, int milliseconds) {
        this.linux = linux;
        this.turns = turns;
        this.milliseconds = milliseconds;
    }

    /// Parses a program's lines into a run.
    private static final class Recorder {
        private final double[] units = new double[TimedProgram.CHECKPOINTS.length];
        private int reached;

        /// @return the run if this is its last line, else null
        ColdResult.Run line(TimedProgram program, String text) {
            Matcher some = UNITS.matcher(text);
            if (some.matches() && some.group(1).equals(program.name()) && reached < units.length) {
                units[reached++] = Double.parseDouble(some.group(3));
            }
            Matcher end = END.matcher(text);
            if (!end.matches() || !end.group(1).equals(program.name())) {
                return null;
            }
            if (end.group(4) != null) {
                throw new Failure(ExitStatus.INTERNAL, program.name() + ": wrong checksum " + end.group(3)
                        + end.group(4));
            }
            return new ColdResult.Run(Arrays.copyOf(units, reached), Long.parseLong(end.group(2)) / 1e9);
        }
    }

    /// Makes a guest run one program after the other.
    private final class BootListener implements TimedProcess.Listener {
        private final Iterator<TimedProgram> programs;
        private final Consumer<TimedProgram> starts;
        private final BiConsumer<TimedProgram, ColdResult.Run> ends;
        private final Writer input;
        private TimedProgram program;
        private Recorder recorder;
        private boolean complete;

        BootListener(Process process, List<TimedProgram> programs, Consumer<TimedProgram> starts,
                BiConsumer<TimedProgram, ColdResult.Run> ends) {
            this.programs = programs.iterator();
            this.starts = starts;
            this.ends = ends;
            this.input = process.outputWriter();
        }

        @Override
        public void line(String text, double seconds) {
            if (text.strip().equals(USER_SPACE)) {
                next();
            } else if (recorder != null) {
                ColdResult.Run run = recorder.line(program, text);
                if (run != null) {
                    ends.accept(program, run);
                    next();
                }
            }
        }

        private void next() {
            complete = !programs.hasNext();
            recorder = complete ? null : new Recorder();
            if (complete) {
                write("\n");
            } else {
                program = programs.next();
                starts.accept(program);
                write(program.name() + " for " + milliseconds + "\n");
            }
        }

        private void write(String line) {
            try {
                input.write(line);
                input.flush();
            } catch (IOException _) {
                // The process has ended; its output and status are checked later.
            }
        }
    }

    /// Runs all programs under each contender, in turns. A contender that fails is skipped from then on.
    ///
    /// @param ending whether this process is about to end, and others with it
    void run(List<TimedProgram> programs, List<Contender> contenders, BooleanSupplier ending) {
        Progress progress = new Progress(programs.size() * turns * contenders.size(), milliseconds / 1000.0);
        List<Contender> left = new ArrayList<>(contenders);
        try (LinuxProgram.Started started = linux.start(PROGRAM, Workloads.linuxProgram(), "", "")) {
            for (int turn = 0; turn < turns; turn++) {
                for (Contender contender : List.copyOf(left)) {
                    Consumer<TimedProgram> starts = program -> System.err.println("penumbra: "
                            + progress.next(program.name() + ", " + contender.name()));
                    try {
                        run(contender, started, programs, starts);
                    } catch (Failure e) {
                        if (ending.getAsBoolean()) {
                            return;
                        }
                        failed = true;
                        System.err.println("penumbra: " + contender.name() + " failed: " + e.getMessage());
                        left.remove(contender);
                    }
                }
            }
        }
    }

    private void run(Contender contender, LinuxProgram.Started started, List<TimedProgram> programs,
            Consumer<TimedProgram> starts) {
        List<String> boot = contender.command(started);
        if (boot.isEmpty()) {
            for (TimedProgram program : programs) {
                starts.accept(program);
                add(program, contender, onItsOwn(contender, program));
            }
            return;
        }
        var listener = new BootListener[1];
        int status = TimedProcess.run(boot, LIMIT_SECONDS,
                process -> listener[0] = new BootListener(process, programs, starts,
                (program, run) -> add(program, contender, run)));
        if (status != 0 || !listener[0].complete) {
            throw new Failure(ExitStatus.INTERNAL, "the guest did not do all and switch off, status " + status);
        }
    }

    private ColdResult.Run onItsOwn(Contender contender, TimedProgram program) {
        Recorder recorder = new Recorder();
        var run = new ColdResult.Run[1];
        int status = TimedProcess.run(contender.command(program, milliseconds), LIMIT_SECONDS, _ -> (text, _) -> {
            ColdResult.Run ended = recorder.line(program, text);
            run[0] = ended == null ? run[0] : ended;
        });
        if (status != 0 || run[0] == null) {
            throw new Failure(ExitStatus.INTERNAL, program.name() + " ended with status " + status);
        }
        return run[0];
    }

    private synchronized void add(TimedProgram program, Contender contender, ColdResult.Run run) {
        runs.computeIfAbsent(program, _ -> new LinkedHashMap<>())
                .computeIfAbsent(contender.name(), _ -> new ArrayList<>()).add(run);
    }

    /// Whether a run failed.
    boolean hasFailed() {
        return failed;
    }

    /// The results so far; may be called on any thread.
    synchronized List<ColdResult> results() {
        List<ColdResult> results = new ArrayList<>();
        runs.forEach((program, all) -> {
            Map<String, List<ColdResult.Run>> copy = new LinkedHashMap<>();
            all.forEach((contender, some) -> copy.put(contender, List.copyOf(some)));
            results.add(new ColdResult(program, copy));
        });
        return results;
    }
}
