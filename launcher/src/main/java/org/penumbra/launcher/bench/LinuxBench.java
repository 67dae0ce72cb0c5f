// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Workload;
import org.penumbra.benchmarks.Workloads;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Progress;
import org.penumbra.launcher.linux.LinuxBoot;
import org.penumbra.launcher.linux.LinuxProgram;

/// Linux under several contenders: the time of a boot, and the kernels as one user-space program.
final class LinuxBench {

    private static final String PROGRAM = "penumbra-kernels";
    /// The program's first line.
    private static final String USER_SPACE = "user space";
    private static final String POWER_OFF = "reboot: Power down";
    private static final long LIMIT_SECONDS = 1800;

    private final LinuxProgram linux;
    private final int turns;
    /// By kernel and contender.
    private final Map<String, Map<String, List<TimedRun>>> runs = new LinkedHashMap<>();
    private boolean failed;

    /// Measurements of a boot that powers off at once; -1 and NaN if missing.
    ///
    /// @param userSeconds wall-clock time until the first line of user space
    /// @param userCpu     CPU time until then
    /// @param offSeconds  wall-clock time until the kernel powered off
    /// @param peakBytes   peak memory of the process until user space, before which it cannot have ended
    /// @param ramBytes    the part of it that is guest RAM
    private record Boot(double userSeconds, double userCpu, double offSeconds, double offCpu, long peakBytes,
            long ramBytes) {
    }

    /// Records a boot, and runs kernels in it, each until its speed has settled.
    private static final class BootListener implements TimedProcess.Listener {
        private final Map<String, TimedRun> runs = new LinkedHashMap<>();
        private final Iterator<Workload> kernels;
        private final Contender contender;
        private final Integer rounds;
        private final Consumer<Workload> starts;
        private final Writer input;
        private final CpuTime cpu;
        private final ProcessMemory memory;
        private Workload kernel;
        private TimedRun.Recorder recorder;
        private double userSeconds = Double.NaN;
        private double userCpu = Double.NaN;
        private long peakBytes;
        private long ramBytes;
        private Boot boot;

        BootListener(Process process, List<Workload> kernels, Contender contender, Integer rounds,
                Consumer<Workload> starts) {
            this.kernels = kernels.iterator();
            this.contender = contender;
            this.rounds = rounds;
            this.starts = starts;
            input = process.outputWriter();
            cpu = new CpuTime(process.pid());
            memory = new ProcessMemory(process.pid(), LinuxBoot.DEFAULT_MEMORY);
        }

        @Override
        public void line(String text, double seconds) {
            if (text.equals(USER_SPACE)) {
                userSeconds = seconds;
                userCpu = cpu.seconds();
                peakBytes = memory.peak();
                ramBytes = memory.ram();
                next(seconds);
            } else if (text.contains(POWER_OFF)) {
                boot = new Boot(userSeconds, userCpu, seconds, cpu.seconds(), peakBytes, ramBytes);
            } else if (recorder != null) {
                recorder.line(text, seconds);
                if (text.contains(" checksum=")) {
                    ended(seconds);
                }
            }
        }

        private void ended(double seconds) {
            TimedRun run = recorder.run(contender.name() + ", " + kernel.name());
            long more = Settling.missing(contender, rounds, run);
            if (more > 0) {
                ask(more); // the same program in the same process: the new rounds are added
            } else {
                runs.put(kernel.name(), run);
                next(seconds);
            }
        }

        private void next(double seconds) {
            recorder = null;
            if (kernels.hasNext()) {
                kernel = kernels.next();
                starts.accept(kernel);
                recorder = new TimedRun.Recorder(cpu, seconds);
                ask(Settling.firstRounds(contender, rounds));
            } else {
                write("\n");
            }
        }

        private void ask(long more) {
            write(kernel.name() + ":" + more + ":" + Settling.ALONE.parameters(kernel).iterations() + "\n");
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

    LinuxBench(LinuxProgram linux, int turns) {
        this.linux = linux;
        this.turns = turns;
    }

    /// Boots Linux under each contender that can, in turns.
    ///
    /// @return a table
    String boots(List<Contender> contenders, JsonObject json) {
        Map<Contender, List<Boot>> boots = new LinkedHashMap<>();
        try (LinuxProgram.Started started = linux.start(PROGRAM, Workloads.linuxProgram(), "", "")) {
            for (int turn = 0; turn < turns; turn++) {
                for (Contender contender : contenders) {
                    if (!contender.command(started).isEmpty()) {
                        System.err.printf("penumbra: boot %d of %d: %s%n", turn + 1, turns, contender.name());
                        try {
                            Boot boot = run(contender, started, List.of(), null, _ -> { }).boot;
                            boots.computeIfAbsent(contender, _ -> new ArrayList<>()).add(boot);
                        } catch (Failure e) {
                            failed(contender, e);
                        }
                    }
                }
            }
        }
        StringBuilder text = new StringBuilder(String.format("%-15s %12s %12s %12s %12s %12s %12s%n", "boot of Linux",
                "user space",
                "  CPU", "power-off", "  CPU", "peak memory", "  but RAM"));
        boots.forEach((contender, some) -> {
            text.append(String.format(Locale.ROOT, "%-15s %10.2f s %10.2f s %10.2f s %10.2f s %8.0f MiB %8.0f MiB%n",
                    contender.name(),
                    median(some, Boot::userSeconds), median(some, Boot::userCpu), median(some, Boot::offSeconds),
                    median(some, Boot::offCpu), median(some, b -> b.peakBytes / 0x1p20),
                    median(some, b -> (b.peakBytes - b.ramBytes) / 0x1p20)));
            JsonObject side = new JsonObject();
            side.addProperty("userSeconds", median(some, Boot::userSeconds));
            side.addProperty("userCpuSeconds", median(some, Boot::userCpu));
            side.addProperty("offSeconds", median(some, Boot::offSeconds));
            side.addProperty("offCpuSeconds", median(some, Boot::offCpu));
            side.addProperty("peakBytes", median(some, Boot::peakBytes));
            side.addProperty("ramBytes", median(some, Boot::ramBytes));
            json.add(contender.name(), side);
        });
        List<Boot> ours = byName(boots, BenchResult.OURS);
        List<Boot> theirs = byName(boots, BenchResult.QEMU);
        if (!ours.isEmpty() && !theirs.isEmpty()) {
            text.append(String.format(Locale.ROOT, "To user space %s takes %.2f times the processor time of %s, and "
                    + "%.2f times its "
                    + "time on the wall.%n", BenchResult.OURS,
                            median(ours, Boot::userCpu) / median(theirs, Boot::userCpu), BenchResult.QEMU,
                    median(ours, Boot::userSeconds) / median(theirs, Boot::userSeconds)));
        }
        return text.append(String.format("Peak memory is that of the way to user space; \"but RAM\" is without the "
                + "pages of "
                + "the guest's RAM (%d MiB, as far as touched).%nJava's heap, part of it, would by default begin with "
                + "a 64th of the "
                + "computer's memory.%n%n",
                LinuxBoot.DEFAULT_MEMORY >> 20)).toString();
    }

    private static List<Boot> byName(Map<Contender, List<Boot>> boots, String name) {
        return boots.entrySet().stream().filter(e -> e.getKey().name().equals(name)).map(Map.Entry::getValue)
                .findFirst()
                .orElse(List.of());
    }

    private static double median(List<Boot> boots, ToDoubleFunction<Boot> figure) {
        return TimedRun.median(boots.stream().mapToDouble(figure).toArray());
    }

    private void failed(Contender contender, Failure e) {
        failed = true;
        System.err.println("penumbra: " + contender.name() + " failed: " + e.getMessage());
    }

    /// Whether a run failed.
    boolean hasFailed() {
        return failed;
    }

    /// The results of the kernels so far; may be called on any thread.
    synchronized List<BenchResult> results() {
        List<BenchResult> results = new ArrayList<>();
        runs.forEach((kernel, all) -> {
            Map<String, List<TimedRun>> copy = new LinkedHashMap<>();
            all.forEach((contender, some) -> copy.put(contender, List.copyOf(some)));
            results.add(new BenchResult(kernel, Parameters.Mode.U, copy));
        });
        return results;
    }

    private synchronized void add(String kernel, Contender contender, TimedRun run) {
        runs.computeIfAbsent(kernel, _ -> new LinkedHashMap<>())
                .computeIfAbsent(contender.name(), _ -> new ArrayList<>()).add(run);
    }

    /// Runs all kernels in one boot per turn and contender; the host's native code runs one kernel at a time. A
    /// contender that fails is skipped from then on.
    ///
    /// @param rounds         rounds of each kernel, null for as many as needed
    /// @param nominalSeconds time that a kernel may take in a turn, over all contenders
    /// @param ending         whether this process is about to end, and others with it
    void kernels(List<Workload> kernels, List<Contender> contenders, Integer rounds, double nominalSeconds,
            BooleanSupplier ending) throws IOException {
        Progress progress = new Progress(kernels.size() * turns * contenders.size(),
                nominalSeconds / contenders.size());
        List<Contender> left = new ArrayList<>(contenders);
        try (LinuxProgram.Started started = linux.start(PROGRAM, Workloads.linuxProgram(), "", "")) {
            for (int turn = 0; turn < turns; turn++) {
                for (Contender contender : List.copyOf(left)) {
                    Consumer<Workload> starts = kernel -> System.err.println("penumbra: "
                            + progress.next(kernel.name() + ", " + contender.name()));
                    try {
                        if (!contender.command(started).isEmpty()) {
                            run(contender, started, kernels, rounds, starts)
                                    .runs.forEach((kernel, run) -> add(kernel, contender, run));
                            continue;
                        }
                        for (Workload kernel : kernels) {
                            starts.accept(kernel);
                            add(kernel.name(), contender, onItsOwn(contender, kernel, rounds, started));
                        }
                    } catch (Failure e) {
                        if (ending.getAsBoolean()) {
                            return;
                        }
                        failed(contender, e);
                        left.remove(contender);
                    }
                }
            }
        }
    }

    private static TimedRun onItsOwn(Contender contender, Workload kernel, Integer rounds, LinuxProgram.Started started)
            throws IOException {
        Parameters parameters = Settling.ALONE.parameters(kernel);
        return Settling.run(contender, rounds, Settling.firstRounds(contender, rounds), all -> TimedRun.of(
                contender.command(kernel, parameters.withRounds(all), started.kernel()), LIMIT_SECONDS));
    }

    private static BootListener run(Contender contender, LinuxProgram.Started started, List<Workload> kernels,
            Integer rounds,
            Consumer<Workload> starts) {
        var listener = new BootListener[1];
        int status = TimedProcess.run(contender.command(started), LIMIT_SECONDS,
                process -> listener[0] = new BootListener(process, kernels, contender, rounds, starts));
        if (status != 0 || listener[0].boot == null || listener[0].runs.size() < kernels.size()) {
            throw new Failure(ExitStatus.INTERNAL, contender.name()
                    + ": the guest did not do all and switch off, status " + status);
        }
        return listener[0];
    }

    /// Memory of a process on Linux; 0 on other systems.
    private record ProcessMemory(long pid, long ramSize) {

        /// Peak resident set, in bytes.
        long peak() {
            return lines("status").filter(line -> line.startsWith("VmHWM:")).mapToLong(ProcessMemory::kilobytes).sum();
        }

        /// Resident bytes of the mapping that holds the guest's RAM: the largest candidate.
        long ram() {
            long most = 0;
            boolean large = false;
            for (String line : lines("smaps").toList()) {
                if (line.startsWith("Size:")) {
                    large = kilobytes(line) >= ramSize;
                } else if (large && line.startsWith("Rss:")) {
                    most = Math.max(most, kilobytes(line));
                }
            }
            return most;
        }

        private java.util.stream.Stream<String> lines(String file) {
            try {
                return Files.readString(Path.of("/proc", Long.toString(pid), file)).lines();
            } catch (IOException _) {
                return java.util.stream.Stream.empty();
            }
        }

        private static long kilobytes(String line) {
            return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        }
    }
}
