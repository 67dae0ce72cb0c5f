// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Parameters.Mode;
import org.penumbra.benchmarks.TimedProgram;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.benchmarks.Workload;
import org.penumbra.benchmarks.Workloads;
import org.penumbra.launcher.cli.EndHook;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Progress;
import org.penumbra.launcher.cli.Usage;
import org.penumbra.launcher.guest.ModelNames;
import org.penumbra.launcher.guest.StatisticsFile;
import org.penumbra.launcher.linux.LinuxBoot;
import org.penumbra.launcher.linux.LinuxProgram;
import org.penumbra.options.EngineMode;
import org.penumbra.options.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `penumbra bench`: the bundled workloads, compared with QEMU and the host.
@Command(name = "bench", sortOptions = false,
        description = "Time the kernels that ship beside QEMU and the host's own code, as far as those are "
                + "installed.%n",
        footer = {
            "",
            "Contenders run in turns, each run in a process of its own. All of it takes some",
            "fifty minutes on an idle computer.",
            "",
            "Examples:",
            "  penumbra bench --cold --picture cold.svg",
            "  penumbra bench --cold --kernels fork,exec,mmap --seconds 4",
            "  penumbra bench --cold --harts 2",
            "  penumbra bench --quick --kernels crc32,fib",
            "  penumbra bench --quick --kernels crc32 --tiers",
            "  penumbra bench --models native,ssp",
            "  penumbra bench --models native,native,ssp --kernels chase,forkexit --turns 5",
            "  penumbra bench --modes s --picture bench.svg --json bench.json",
            "  penumbra bench --guest linux --quick"})
public final class BenchCommand implements Callable<Integer> {

    private static final long RUN_LIMIT_SECONDS = 300;
    private static final int QUICK_ROUNDS = 12;
    /// Engine modes that keep to a tier, the lowest first.
    private static final List<String> TIERS = Stream.of(EngineMode.INTERPRETER, EngineMode.QUICK, EngineMode.OPTIMISED)
            .map(Settings.ENGINE::text).toList();
    /// Assumed duration of one run of the others, for the estimate before anything has been run.
    private static final double SECONDS_OF_OTHERS = 2;

    @Spec
    private CommandSpec spec;

    @Option(names = "--guest", paramLabel = "G", description =
            "bare: the kernels as programs on their own (default), or linux: "
            + "how long an unmodified kernel boots, and the kernels in its user space.")
    private String guest = "bare";

    @Option(names = "--kernel", paramLabel = "FILE", description = "The kernel of guest linux; without it, Debian's.")
    private Path kernel;

    @Option(names = "--initrd", paramLabel = "FILE", description = "A RAM disk of guest linux to add the kernels to.")
    private Path initrd;

    @Option(names = "--cold", description = "From the start: small realistic programs, the kernels and operations "
            + "of the operating system (fork, exec, mmap and the like), each a new process in the user space of Linux, "
            + "and how much of its work is done after a quarter of a second, a half, and so on; with --quick only the "
            + "programs.")
    private boolean cold;

    @Option(names = "--harts", paramLabel = "N", description = "With --cold: what keeps two harts busy, in guests with "
            + "N of them in parallel, beside harts that take turns and QEMU's, each on a thread of its own.")
    private Integer harts;

    @Option(names = "--seconds", paramLabel = "S", description =
            "How long each process runs with --cold: 0.25, 0.5, 1, 2, 4 or 8 "
            + "(default 8, with --quick 1).")
    private Double seconds;

    @Option(names = "--kernels", split = ",", paramLabel = "K",
            description = "Only these kernels, with --cold also programs and operations, and "
            + "with several models workloads of treadmill.")
    private List<String> kernels = List.of();

    @Option(names = "--modes", split = ",", paramLabel = "M", converter = ModeConverter.class,
            description = "bare: machine mode without translation; s, u: under page tables of 4 KiB pages over "
                    + "scattered "
                    + "frames, in supervisor or user mode (default bare,s; with several models s).")
    private List<Mode> modes;

    @Option(names = "--turns", paramLabel = "N", description = "Runs of each contender (default 3).")
    private Integer turns;

    @Option(names = "--rounds", paramLabel = "N", description = "Timed rounds in a run (default: as many as take "
            + "Penumbra six seconds of processor time or more and to stop getting faster, and the others two seconds).")
    private Integer rounds;

    @Option(names = "--quick", description = "One run of 12 rounds, for a first impression: the table says which "
            + "kernels "
            + "had not reached their speed by then.")
    private boolean quick;

    @Option(names = "--models", split = ",", paramLabel = "M",
            description = "A translation model to run under. Several are "
            + "compared with the first, in turns in one process, without QEMU and the host: kernels in their steady "
            + "state, and "
            + "the workloads of treadmill. A model named twice shows what is chance.")
    private List<String> models = List.of();

    @Option(names = "--tiers", description = "Also with each tier as the highest: the interpreter, C1's code of a "
            + "translation, C2's; the usual column has partial evaluation, too.")
    private boolean tiers;

    @Option(names = "--option", paramLabel = "OPTION", description = "Pass an option to penumbra run, as "
            + "--option=--engine=interpreter (may be repeated).")
    private List<String> options = List.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write every time taken.")
    private Path json;

    @Option(names = "--picture", paramLabel = "FILE.svg", description = "Draw the speeds relative to QEMU.")
    private Path picture;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    /// Rounds that sufficed for a contender's run of a kernel, as the starting point for the next turn or mode.
    private final Map<List<String>, Integer> enough = new HashMap<>();

    /// Whether this process is about to end by Ctrl-C, and its children with it: that is not a failure of theirs.
    private volatile boolean ending;

    @Override
    public Integer call() throws IOException {
        turns = turns != null ? turns : quick ? 1 : 3;
        rounds = rounds == null && quick ? Integer.valueOf(QUICK_ROUNDS) : rounds;
        Usage.check(spec, turns >= 1 && turns <= 100, "--turns: " + turns + " is not between 1 and 100");
        Usage.check(spec, rounds == null || rounds >= 2 && rounds <= 10_000,
                "--rounds: " + rounds + " is not between 2 and 10000");
        for (String model : models) {
            ModelNames.check(spec, model);
        }
        Usage.check(spec, guest.equals("bare") || guest.equals("linux"),
                "--guest: '" + guest + "' is neither bare nor linux");
        Usage.check(spec, guest.equals("linux") || kernel == null && initrd == null,
                "--kernel and --initrd are for --guest linux");
        Usage.check(spec, !tiers || models.size() <= 1 && !cold, "--tiers is for steady speed under one model");
        boolean betweenModels = models.size() > 1 && guest.equals("bare");
        modes = modes != null ? modes : betweenModels ? List.of(Mode.S) : List.of(Mode.BARE, Mode.S);
        StatisticsFile.check(json, picture);
        if (betweenModels) {
            Usage.check(spec, picture == null, "--picture shows QEMU beside Penumbra, not several models");
            return benchModels();
        }
        Usage.check(spec, new HashSet<>(models).size() == models.size(), "--models names a model twice");
        if (cold) {
            return benchCold();
        }
        Usage.check(spec, seconds == null, "--seconds is for --cold");
        Usage.check(spec, harts == null, "--harts is for --cold");
        List<Workload> workloads = workloads();
        List<Contender> contenders = contenders();
        if (guest.equals("linux")) {
            return benchLinux(workloads, contenders);
        }
        Path image = Files.createTempFile("penumbra-", ".elf");
        image.toFile().deleteOnExit(); // in case of an interruption
        boolean failed = false;
        Progress progress = new Progress(workloads.size() * modes.size(), turns * nominalSeconds(contenders));
        List<BenchResult> results = Collections.synchronizedList(new ArrayList<>());
        EndHook hook = reportWhenInterrupted(() -> List.copyOf(results), contenders, BenchCommand::json);
        try {
            for (Workload workload : workloads) {
                for (Mode mode : modes) {
                    System.err.println("penumbra: " + progress.next(workload.name() + " "
                            + mode.name().toLowerCase(Locale.ROOT)));
                    BenchResult result = measure(workload, mode, contenders, image);
                    if (ending) {
                        return ExitStatus.INTERRUPTED;
                    }
                    failed |= result.runs().size() < contenders.size();
                    results.add(result);
                }
            }
        } finally {
            Files.deleteIfExists(image);
        }
        hook.remove();
        report(results, contenders, BenchCommand::json);
        return failed ? ExitStatus.INTERNAL : ExitStatus.OK;
    }

    /// Makes Ctrl-C report the finished results.
    private EndHook reportWhenInterrupted(Supplier<List<BenchResult>> finished, List<Contender> contenders,
            Function<List<BenchResult>, JsonElement> asJson) {
        return whenInterrupted(finished, results -> report(results, contenders, asJson));
    }

    private <R> EndHook whenInterrupted(Supplier<List<R>> finished, Consumer<List<R>> report) {
        return new EndHook("report", () -> {
            ending = true;
            List<R> results = finished.get();
            System.err.println("\npenumbra: interrupted" + (results.isEmpty() ? "" : "; these are the results so far"));
            if (!results.isEmpty()) {
                try {
                    report.accept(results);
                } catch (Failure e) {
                    System.err.println("penumbra: " + e.getMessage());
                }
            }
        });
    }

    private int benchModels() {
        List<Workload> chosen = new ArrayList<>();
        List<TreadmillWorkload> paging = new ArrayList<>();
        for (String name : kernels) {
            TreadmillWorkload.find(name).filter(TreadmillWorkload.Suite.KERNEL.workloads()::contains)
                    .ifPresentOrElse(paging::add, () -> chosen.add(kernel(name)));
        }
        if (kernels.isEmpty()) {
            chosen.addAll(Workloads.all());
            paging.addAll(TreadmillWorkload.Suite.KERNEL.workloads());
            // Waiting costs no host time.
            paging.remove(TreadmillWorkload.IDLE);
        }
        List<ModelResult> results = new ModelBench(models, options, turns, rounds, System.err)
                .run(chosen, modes, paging);
        System.out.print(ModelReport.table(results));
        if (json != null) {
            JsonArray array = new JsonArray();
            results.forEach(result -> array.add(result.json()));
            StatisticsFile.write(json, array);
        }
        StatisticsFile.requireWritten(System.out);
        return ExitStatus.OK;
    }

    private int benchCold() {
        double length = seconds != null ? seconds : quick ? 1
                : TimedProgram.CHECKPOINTS[TimedProgram.CHECKPOINTS.length - 1] / 1000.0;
        int milliseconds = Arrays.stream(TimedProgram.CHECKPOINTS).filter(checkpoint -> checkpoint == length * 1000)
                .findFirst()
                .orElseThrow(() -> new ParameterException(spec.commandLine(),
                        "--seconds: " + seconds + " is not one of 0.25, 0.5, 1, 2, 4, 8"));
        Usage.check(spec, harts == null || harts >= 2 && harts <= 16, "--harts: " + harts + " is not between 2 and 16");
        Usage.check(spec, harts == null || models.isEmpty(), "--harts goes with the model native only");
        List<TimedProgram> programs = timedPrograms();
        // The guest reads its clock, which must show real time.
        options = Stream.concat(Stream.of("--clock=host"), options.stream()).toList();
        List<Contender> contenders = contenders();
        var bench = new ColdBench(new LinuxProgram(kernel, initrd, LinuxBoot.DEFAULT_MEMORY, System.err), turns,
                milliseconds);
        EndHook hook = whenInterrupted(bench::results, results -> reportCold(results, contenders));
        bench.run(programs, contenders, () -> ending);
        if (ending) {
            return ExitStatus.INTERRUPTED;
        }
        hook.remove();
        reportCold(bench.results(), contenders);
        return bench.hasFailed() ? ExitStatus.INTERNAL : ExitStatus.OK;
    }

    private List<TimedProgram> timedPrograms() {
        List<TimedProgram> all = Workloads.timed();
        List<String> names = all.stream().map(TimedProgram::name).toList();
        kernels.forEach(name -> Usage.check(spec, names.contains(name),
                "--kernels: '" + name + "' is not one of " + String.join(", ", names)));
        return all.stream().filter(program -> kernels.isEmpty() ? isDefault(program.group())
                : kernels.contains(program.name())).toList();
    }

    /// Whether programs of this kind are run if none are named. For a quick run the programs suffice.
    private boolean isDefault(TimedProgram.Group group) {
        boolean forHarts = group == TimedProgram.Group.HARTS;
        return harts != null ? forHarts : quick ? group == TimedProgram.Group.PROGRAMS : !forHarts;
    }

    private void reportCold(List<ColdResult> results, List<Contender> contenders) {
        List<String> captions = captions(contenders);
        System.out.print(ColdReport.table(results));
        captions.forEach(System.out::println);
        JsonArray all = new JsonArray();
        results.forEach(result -> all.add(result.json()));
        StatisticsFile.writeAll(
                json == null ? null : () -> StatisticsFile.write(json, all),
                picture == null ? null : () -> StatisticsFile.write(picture, ColdReport.svg(results, captions)));
        StatisticsFile.requireWritten(System.out);
    }

    private int benchLinux(List<Workload> workloads, List<Contender> contenders) throws IOException {
        var bench = new LinuxBench(new LinuxProgram(kernel, initrd, LinuxBoot.DEFAULT_MEMORY, System.err), turns);
        JsonObject boots = new JsonObject();
        System.out.print(bench.boots(contenders, boots));
        System.out.flush();
        Function<List<BenchResult>, JsonElement> asJson = results -> {
            JsonObject all = new JsonObject();
            all.add("boot", boots);
            all.add("kernels", json(results));
            return all;
        };
        EndHook hook = reportWhenInterrupted(bench::results, contenders, asJson);
        bench.kernels(workloads, contenders, rounds, nominalSeconds(contenders), () -> ending);
        if (ending) {
            return ExitStatus.INTERRUPTED;
        }
        hook.remove();
        report(bench.results(), contenders, asJson);
        return bench.hasFailed() ? ExitStatus.INTERNAL : ExitStatus.OK;
    }

    private void report(List<BenchResult> results, List<Contender> contenders, Function<List<BenchResult>,
            JsonElement> asJson) {
        System.out.print(BenchReport.table(results, contenders.stream().map(Contender::name)
                .filter(name -> models.indexOf(name) > 0 || TIERS.contains(name)).toList()));
        List<String> captions = captions(contenders);
        captions.forEach(System.out::println);
        StatisticsFile.writeAll(
                json == null ? null : () -> StatisticsFile.write(json, asJson.apply(results)),
                picture == null ? null : () -> StatisticsFile.write(picture, BenchReport.svg(results, captions)));
        StatisticsFile.requireWritten(System.out);
    }

    private static List<String> captions(List<Contender> contenders) {
        return contenders.stream().map(contender -> contender.name() + ": " + contender.description()).toList();
    }

    private static JsonArray json(List<BenchResult> results) {
        JsonArray array = new JsonArray();
        results.forEach(result -> array.add(result.json()));
        return array;
    }

    private BenchResult measure(Workload workload, Mode mode, List<Contender> contenders, Path image)
            throws IOException {
        Parameters parameters = Settling.ALONE.parameters(workload).with(mode);
        Map<String, List<TimedRun>> runs = new LinkedHashMap<>();
        List<Contender> left = new ArrayList<>(contenders);
        for (int turn = 0; turn < turns; turn++) {
            for (Contender contender : List.copyOf(left)) {
                try {
                    List<String> which = List.of(contender.name(), workload.name());
                    Integer known = enough.get(which);
                    TimedRun run = Settling.run(contender, rounds, known != null ? known
                            : Settling.firstRounds(contender, rounds),
                            all -> timed(contender, workload, parameters.withRounds(all), image));
                    enough.put(which, run.roundSeconds().length);
                    runs.computeIfAbsent(contender.name(), _ -> new ArrayList<>()).add(run);
                } catch (Failure e) {
                    if (ending) {
                        return new BenchResult(workload.name(), mode, runs);
                    }
                    System.err.println("penumbra: " + contender.name() + " failed: " + e.getMessage());
                    runs.remove(contender.name());
                    left.remove(contender);
                }
            }
        }
        return new BenchResult(workload.name(), mode, runs);
    }

    private static TimedRun timed(Contender contender, Workload workload, Parameters parameters, Path image)
            throws IOException {
        Files.write(image, workload.image(parameters));
        return TimedRun.of(contender.command(workload, parameters, image), RUN_LIMIT_SECONDS);
    }

    private static double nominalSeconds(List<Contender> contenders) {
        return contenders.stream().mapToDouble(contender -> contender instanceof Contender.Penumbra
                ? Settling.WANTED_SECONDS
                : SECONDS_OF_OTHERS).sum();
    }

    private List<Workload> workloads() {
        return kernels.isEmpty() ? Workloads.all() : kernels.stream().map(this::kernel).toList();
    }

    private Workload kernel(String name) {
        return Workloads.find(name).orElseThrow(() -> new ParameterException(spec.commandLine(), "--kernels: '" + name
                + "' is not one of " + String.join(", ", Workloads.all().stream().map(Workload::name).toList())));
    }

    private List<Contender> contenders() {
        List<Contender> all = new ArrayList<>();
        List<String> ours = models.isEmpty() ? options : with("--model=" + models.getFirst());
        if (harts == null) {
            all.add(new Contender.Penumbra(BenchResult.OURS, ours));
        } else {
            all.add(new Contender.Penumbra(BenchResult.OURS, with("--harts=" + harts, "--smp=parallel")));
            all.add(new Contender.Penumbra(BenchResult.TURNS, with("--harts=" + harts)));
        }
        models.stream().skip(1).forEach(model -> all.add(new Contender.Penumbra(model, with("--model=" + model))));
        if (tiers) {
            TIERS.forEach(tier -> all.add(new Contender.Penumbra(tier,
                    Stream.concat(ours.stream(), Stream.of("--engine=" + tier)).toList())));
        }
        Contender.Qemu.find(harts == null ? 1 : harts).ifPresentOrElse(all::add,
                () -> System.err.println("penumbra: qemu-system-riscv64 is not installed: no comparison with QEMU"));
        Contender.Host.find(Path.of(System.getProperty("penumbra.home", "."))).ifPresentOrElse(all::add,
                () -> System.err.println("penumbra: gcc, make or the kernels' sources are missing: no comparison with "
                        + "the host"));
        return all;
    }

    private List<String> with(String... more) {
        return Stream.concat(options.stream(), Stream.of(more)).toList();
    }

    /// For picocli.
    static final class ModeConverter implements picocli.CommandLine.ITypeConverter<Mode> {
        @Override
        public Mode convert(String value) {
            return switch (value) {
                case "bare" -> Mode.BARE;
                case "s" -> Mode.S;
                case "u" -> Mode.U;
                default -> throw new picocli.CommandLine.TypeConversionException("'" + value
                        + "' is not one of bare, s, u");
            };
        }
    }
}
