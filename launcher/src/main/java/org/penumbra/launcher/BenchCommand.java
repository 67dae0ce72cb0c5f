// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Parameters.Mode;
import org.penumbra.benchmarks.Workload;
import org.penumbra.benchmarks.Workloads;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `penumbra bench`: the workloads that ship, beside QEMU and the host.
@Command(name = "bench", sortOptions = false,
        description = "Time the kernels that ship beside QEMU and the host's own code, as far as those are installed.%n",
        footer = {
            "",
            "Contenders run in turns, each run in a process of its own. All of it takes some ten minutes.",
            "",
            "Examples:",
            "  penumbra bench --kernels crc32,fib --turns 1",
            "  penumbra bench --modes s --picture bench.svg --json bench.json"})
final class BenchCommand implements Callable<Integer> {

    private static final long RUN_LIMIT_SECONDS = 300;
    /// A shipped round is about ten million instructions: too short to time on a busy machine.
    private static final int WORK = 16;

    @Spec
    private CommandSpec spec;

    @Option(names = "--kernels", split = ",", paramLabel = "K", description = "Only these kernels.")
    private List<String> kernels = List.of();

    @Option(names = "--modes", split = ",", paramLabel = "M", converter = ModeConverter.class,
            description = "bare: machine mode without translation; s, u: under page tables of 4 KiB pages over scattered "
                    + "frames, in supervisor or user mode (default bare,s).")
    private List<Mode> modes = List.of(Mode.BARE, Mode.S);

    @Option(names = "--turns", paramLabel = "N", description = "Runs of each contender (default ${DEFAULT-VALUE}).")
    private int turns = 3;

    @Option(names = "--rounds", paramLabel = "N", description = "Timed rounds in a run (default ${DEFAULT-VALUE}).")
    private int rounds = 24;

    @Option(names = "--option", paramLabel = "OPTION", description = "Pass an option to penumbra run, as "
            + "--option=--engine=interpreter (may be repeated).")
    private List<String> options = List.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write every time taken.")
    private Path json;

    @Option(names = "--picture", paramLabel = "FILE.svg", description = "Draw the speeds relative to QEMU.")
    private Path picture;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    @Override
    public Integer call() throws IOException {
        check(turns >= 1 && turns <= 100, "--turns: " + turns + " is not between 1 and 100");
        check(rounds >= 2 && rounds <= 10_000, "--rounds: " + rounds + " is not between 2 and 10000");
        List<Workload> workloads = workloads();
        List<Contender> contenders = contenders();
        Path image = Files.createTempFile("penumbra-", ".elf");
        boolean failed = false;
        List<BenchResult> results = new ArrayList<>();
        try {
            for (Workload workload : workloads) {
                for (Mode mode : modes) {
                    System.err.printf("penumbra: %d of %d: %s %s%n", results.size() + 1, workloads.size() * modes.size(),
                            workload.name(), mode.name().toLowerCase(Locale.ROOT));
                    BenchResult result = measure(workload, mode, contenders, image);
                    failed |= result.runs().size() < contenders.size();
                    results.add(result);
                }
            }
        } finally {
            Files.deleteIfExists(image);
        }
        System.out.print(BenchReport.table(results));
        contenders.forEach(contender -> System.out.println(contender.name() + ": " + contender.description()));
        System.out.flush();
        write(results, contenders);
        return failed ? ExitStatus.INTERNAL : ExitStatus.OK;
    }

    private BenchResult measure(Workload workload, Mode mode, List<Contender> contenders, Path image) throws IOException {
        Parameters shipped = workload.parameters();
        Parameters parameters = shipped.with(mode).withRounds(rounds).withIterations(shipped.iterations() * WORK);
        Files.write(image, workload.image(parameters));
        Map<String, List<TimedRun>> runs = new LinkedHashMap<>();
        List<Contender> left = new ArrayList<>(contenders);
        for (int turn = 0; turn < turns; turn++) {
            for (Contender contender : List.copyOf(left)) {
                try {
                    TimedRun run = TimedRun.of(contender.command(workload, parameters, image), RUN_LIMIT_SECONDS);
                    runs.computeIfAbsent(contender.name(), _ -> new ArrayList<>()).add(run);
                } catch (Failure e) {
                    System.err.println("penumbra: " + contender.name() + " failed: " + e.getMessage());
                    runs.remove(contender.name());
                    left.remove(contender);
                }
            }
        }
        return new BenchResult(workload.name(), mode, runs);
    }

    private List<Workload> workloads() {
        List<Workload> chosen = new ArrayList<>();
        for (String name : kernels) {
            chosen.add(Workloads.find(name).orElseThrow(() -> new ParameterException(spec.commandLine(), "--kernels: '" + name
                    + "' is none of " + String.join(", ", Workloads.all().stream().map(Workload::name).toList()))));
        }
        return chosen.isEmpty() ? Workloads.all() : chosen;
    }

    private List<Contender> contenders() {
        List<Contender> all = new ArrayList<>();
        all.add(new Contender.Penumbra(options));
        Contender.Qemu.find().ifPresentOrElse(all::add,
                () -> System.err.println("penumbra: qemu-system-riscv64 is not installed: no comparison with QEMU"));
        Contender.Host.find(Path.of(System.getProperty("penumbra.home", "."))).ifPresentOrElse(all::add,
                () -> System.err.println("penumbra: gcc, make or the kernels' sources are missing: no comparison with the host"));
        return all;
    }

    private void write(List<BenchResult> results, List<Contender> contenders) {
        if (json != null) {
            JsonArray array = new JsonArray();
            results.forEach(result -> array.add(result.json()));
            StatisticsFile.write(json, new GsonBuilder().setPrettyPrinting().create().toJson(array) + "\n");
        }
        if (picture != null) {
            List<String> captions = contenders.stream().map(contender -> contender.name() + ": " + contender.description()).toList();
            StatisticsFile.write(picture, BenchReport.svg(results, captions));
        }
    }

    private void check(boolean holds, String line) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), line);
        }
    }

    /// For picocli.
    static final class ModeConverter implements picocli.CommandLine.ITypeConverter<Mode> {
        @Override
        public Mode convert(String value) {
            return switch (value) {
                case "bare" -> Mode.BARE;
                case "s" -> Mode.S;
                case "u" -> Mode.U;
                default -> throw new picocli.CommandLine.TypeConversionException("'" + value + "' is none of bare, s, u");
            };
        }
    }
}
