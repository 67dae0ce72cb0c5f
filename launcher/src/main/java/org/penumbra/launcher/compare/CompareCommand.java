// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.graalvm.polyglot.Engine;
import org.penumbra.launcher.cli.EndHook;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.cli.Usage;
import org.penumbra.launcher.guest.GivenOptions;
import org.penumbra.launcher.guest.Guest;
import org.penumbra.launcher.guest.MachineOptions;
import org.penumbra.launcher.guest.ModelNames;
import org.penumbra.launcher.report.Run;
import org.penumbra.options.EngineMode;
import org.penumbra.options.ModelName;
import org.penumbra.options.Setting;
import org.penumbra.options.Setting.Group;
import org.penumbra.options.Settings;
import org.penumbra.options.TimingParameters;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `penumbra compare`: workloads under translation models.
@Command(name = "compare", sortOptions = false, subcommands = MergeCommand.class,
        description = "Run the workloads that ship under all translation models, check that the guest sees no "
                + "difference, and "
                + "compare what each model costs.%n",
        footer = {
            "",
            "Workloads of treadmill: forkexit, forkexec, mmapchurn, protectflip, faultstorm,",
            "pipeping, sortlarge, hashjoin, pointerchase, compilelike, server, idle. And, by",
            "name only, or all by the name field: gups, btree, bfs, pagerank, fkjoin, stream,",
            "stride, stackchase; their first parameter is the footprint in MiB, 8 to 8192.",
            "Workloads of linux: fork, forkexec, vforkexec, threads, mmap, mprotect, mremap,",
            "anonfault, filefault, chase, pipe, futex, signal, shell, sort, gzip, and boot in",
            "any case; sqlite, python, redis, gcc in a Debian on a disk, which is made when",
            "one of them is named. One run of linux does all that are chosen.",
            "NAME:N:N sets the first parameters.",
            "",
            "Ctrl-C ends the comparison and reports what is finished.",
            "",
            "Examples:",
            "  penumbra compare --html report.html",
            "  penumbra compare --workloads forkexit,pipeping:16 --models native,tsp,ssp,hap",
            "  penumbra compare --workloads pipeping --models tsp,ssp --sweep processes=2,4,8",
            "  penumbra compare --workloads forkexec,server --sweep asid-bits=0,16",
            "  penumbra compare --workloads field --sweep superpages=0,1 --timing nanhu",
            "  penumbra compare --guest linux --sweep transparent-hugepage=always,never",
            "  penumbra compare --guest linux --one-boot --quick",
            "  penumbra compare --shard 1/2 --out results, elsewhere 2/2, then",
            "  penumbra compare merge results --html report.html",
            "  penumbra compare --cluster 10.0.0.5, elsewhere penumbra worker 10.0.0.5",
            "  penumbra compare --guest linux --workloads sqlite,gcc --engine interpreter",
            "",
            "Exit status: 0; 1 if a result is wrong, differs or is missing; 64 wrong usage,",
            "69 no cluster, 73 cannot write, 130 interrupted."})
public final class CompareCommand implements Callable<Integer> {

    private static final List<String> GUESTS = List.of("treadmill", "linux");
    /// Options that have no effect on what is found.
    private static final Set<String> OF_THIS_RUN = Set.of("--json", "--csv", "--html", "--jobs", "--shard", "--out",
            "--cluster");
    private static final int DIFFERENT = 1;
    private static final int MOST_JOBS = 64;
    private static final String HERE = "127.0.0.1:5701";

    @Spec
    private CommandSpec spec;

    @Option(names = "--guest", paramLabel = "G", description =
            "The guest: treadmill, the small kernel that ships (default), or "
            + "linux, programs under an unmodified kernel.")
    private String guest = "treadmill";

    @Option(names = "--workloads", split = ",", paramLabel = "W", description = "Only these workloads.")
    private List<String> workloads;

    @Option(names = "--models", split = ",", paramLabel = "M", completionCandidates = ModelNames.class,
            description = "Only these of the models ${COMPLETION-CANDIDATES}. Default: native to hap.")
    private List<String> models = ModelName.usual();

    @Option(names = "--quick", description = "Smaller workloads: about a tenth of the work.")
    private boolean quick;

    @Option(names = "--sweep", paramLabel = "NAME=V,V",
            description = "Repeat all for each value of an option below, or of a "
            + "parameter of the workloads (may be repeated: all combinations).")
    private List<String> sweeps = List.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write all counts.")
    private Path json;

    @Option(names = "--csv", paramLabel = "FILE", description = "Write all counts as a table.")
    private Path csv;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a report with charts.")
    private Path html;

    @Option(names = "--jobs", paramLabel = "N", description = "Runs at a time, as far as there is memory for them "
            + "(default: as many as processors).")
    private int jobs = defaultJobs();

    @Option(names = "--shard", paramLabel = "I/N", description = "Run only the Ith of N parts, and keep the results in "
            + "--out DIR; what is there already is not run again. penumbra compare merge DIR... reports all parts.")
    private String shard;

    @Option(names = "--out", paramLabel = "DIR", description = "Where --shard keeps results; parts may share it.")
    private Path out;

    @Option(names = "--cluster", arity = "0..1", paramLabel = "ADDRESS", fallbackValue = HERE, description =
            "Share the runs with other processes: penumbra worker ADDRESS joins. Without ADDRESS: " + HERE + ".")
    private String cluster;

    @Mixin
    private GivenOptions settings = new GivenOptions(Stream.concat(Stream.of(Settings.ENGINE),
            Settings.of(Group.TRANSLATION).stream()).toList());

    @Option(names = "--kernel", paramLabel = "FILE", description =
            "The kernel of guest linux. Without it, Debian's is obtained "
            + "through apt, and cached.")
    private Path kernel;

    @Option(names = "--initrd", paramLabel = "FILE", description =
            "A RAM disk to add the workloads to; shell, sort and gzip are "
            + "its own. Without it, one with Debian's busybox.")
    private Path initrd;

    @Option(names = "--append", paramLabel = "TEXT", description = "More words for the command line of guest linux.")
    private String append = "";

    @Option(names = "--one-boot", description = "Boot guest linux once, under native, and let every model continue "
            + "from there, with cold translations: much faster, and without a row for the boot.")
    private boolean oneBoot;

    @Option(names = "--validate", description = "Hold the timing model (--timing, default: host) against what is "
            + "known: references of walks, this computer's latencies, and the order of models under other constants.")
    private boolean validate;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    @Override
    public Integer call() {
        Usage.check(spec, GUESTS.contains(guest), "--guest: there is no guest '" + guest + "'; there are "
                + String.join(", ", GUESTS));
        checkJobs(spec, jobs);
        Usage.check(spec, (shard == null) == (out == null), "--shard and --out go together");
        Usage.check(spec, shard == null || cluster == null, "--shard and --cluster are two ways to do the same");
        if (validate) {
            return validation();
        }
        List<CompareJob> plan = plan();
        PrintStream err = System.err;
        EngineMode engine = settings.value(Settings.ENGINE);
        Map<String, String> options = MachineOptions.polyglot(engine);
        ComparePlan planned = ComparePlan.of(plan, options);
        if (shard != null) {
            return runShard(plan, planned, options);
        }
        if (cluster != null) {
            requireCluster();
        }
        var report = new CompareReport(planned, command(), json, csv, html);
        report.checkFiles();
        plan.getFirst().obtain();
        if (engine != EngineMode.INTERPRETER) {
            warnWithoutCompiler(err);
        }
        if (cluster != null) {
            return runCluster(plan, planned, options, report);
        }
        var run = new CompareRun(plan, planned.shard(1, 1), options, jobs, new CompareProgress(err, plan.size()),
                report, err);
        // Ctrl-C runs this while the runs still go on.
        EndHook hook = new EndHook("report", () -> report.interrupted(System.out, err));
        run.all();
        int status = report.finish(System.out, err) ? ExitStatus.OK : DIFFERENT;
        hook.remove(); // if shutdown has begun, it finds the report finished
        return status;
    }

    /// The command line that makes the same comparison, without what says where it is run and what is written.
    private String command() {
        Stream<String> words = spec.commandLine().getParseResult().matchedOptions().stream()
                .filter(option -> !OF_THIS_RUN.contains(option.longestName()))
                .flatMap(option -> option.arity().max() == 0 ? Stream.of(option.longestName())
                        : option.originalStringValues().stream().map(value -> option.longestName() + " " + value));
        return Stream.concat(Stream.of("./penumbra", spec.name()), words).collect(Collectors.joining(" "));
    }

    /// Leads a cluster and takes part in it.
    private int runCluster(List<CompareJob> plan, ComparePlan planned, Map<String, String> options,
            CompareReport report) {
        Endpoint at = Endpoint.parse(spec, "--cluster", cluster);
        List<String> arguments = spec.commandLine().getParseResult().originalArgs();
        arguments = arguments.subList(arguments.indexOf(spec.name()) + 1, arguments.size());
        try (Cluster members = Cluster.begin(at, arguments, planned)) {
            System.err.println("penumbra: " + plan.size() + " runs; penumbra worker " + at + " joins");
            SharedRuns runs = members.runs(planned);
            EndHook hook = new EndHook("report", () -> {
                runs.report(report);
                report.interrupted(System.out, System.err);
            });
            try {
                members.workers(plan, runs, options, jobs);
                await(members, runs, new CompareProgress(System.err, plan.size()));
                runs.report(report);
                members.end();
                return report.finish(System.out, System.err) ? ExitStatus.OK : DIFFERENT;
            } finally {
                hook.remove(); // if shutdown has begun, it finds the report finished
            }
        } catch (InterruptedException _) {
            return ExitStatus.INTERRUPTED;
        }
    }

    private static void await(Cluster members, SharedRuns runs, CompareProgress progress) throws InterruptedException {
        while (!runs.isComplete()) {
            int size = members.size();
            progress.reached(runs.finished(), size == 1 ? "no other member yet" : size + " members");
            Thread.sleep(Cluster.MOMENT);
        }
        progress.clear();
    }

    /// @throws Failure 69 if this is a start without the part that clusters need
    static void requireCluster() {
        try {
            Class.forName("com.hazelcast.core.Hazelcast", false, CompareCommand.class.getClassLoader());
        } catch (ClassNotFoundException _) {
            throw new Failure(ExitStatus.UNAVAILABLE, "clusters need Hazelcast, which is not on the class path; the "
                    + "script penumbra in a source tree adds it");
        }
    }

    static int defaultJobs() {
        return Math.min(MOST_JOBS, Runtime.getRuntime().availableProcessors());
    }

    static void checkJobs(CommandSpec spec, int jobs) {
        Usage.check(spec, jobs >= 1 && jobs <= MOST_JOBS, "--jobs: " + jobs + " is not between 1 and " + MOST_JOBS);
    }

    /// Runs what the shard still lacks, and leaves the report to who merges.
    private int runShard(List<CompareJob> plan, ComparePlan planned, Map<String, String> options) {
        Shard part = Shard.parse(spec, shard);
        Usage.check(spec, json == null && csv == null && html == null,
                "--shard: penumbra compare merge DIR writes the reports");
        ResultDirectory directory = ResultDirectory.create(out, planned, command());
        List<Integer> all = planned.shard(part.number(), part.of());
        List<Integer> missing = all.stream().filter(job -> !directory.has(job)).toList();
        List<String> failures = Collections.synchronizedList(new ArrayList<>());
        if (!missing.isEmpty()) {
            plan.get(missing.getFirst()).obtain();
            new CompareRun(plan, missing, options, jobs, new CompareProgress(System.err, missing.size()),
                    new CompareRun.Results() {
                @Override
                public void done(int job, List<Run> runs) {
                    directory.put(job, runs);
                }

                @Override
                public void failed(String failure) {
                    failures.add(failure);
                }
            }, System.err).all();
        }
        failures.forEach(failure -> System.err.println("penumbra: FAILED: " + failure));
        System.out.println("shard " + shard + ": " + (all.size() - failures.size()) + " of " + all.size() + " runs in "
                + directory + ", " + (all.size() - missing.size()) + " of them from before");
        return failures.isEmpty() ? ExitStatus.OK : DIFFERENT;
    }

    /// A part of a comparison.
    ///
    /// @param number from 1 to `of`
    private record Shard(int number, int of) {
        static Shard parse(CommandSpec spec, String text) {
            Usage.check(spec, text.matches("[0-9]{1,5}/[0-9]{1,5}"), "--shard: '" + text + "' is not like 2/5");
            int slash = text.indexOf('/');
            var shard = new Shard(Integer.parseInt(text.substring(0, slash)),
                    Integer.parseInt(text.substring(slash + 1)));
            Usage.check(spec, shard.number >= 1 && shard.number <= shard.of, "--shard: there is no shard " + text);
            return shard;
        }
    }

    private int validation() {
        Map<Setting<?>, String> given = settings.all();
        given.putIfAbsent(Settings.TIMING, "host");
        requireTiming(given);
        EngineMode engine = settings.value(Settings.ENGINE);
        given.keySet().removeAll(List.of(Settings.ENGINE, Settings.TIMING, Settings.TIMING_SET));
        Usage.check(spec, given.isEmpty() && workloads == null && sweeps.isEmpty() && json == null && csv == null
                && html == null && shard == null && cluster == null && guest.equals("treadmill"),
                "--validate goes with --timing and --timing-set only");
        Map<Setting<?>, String> all = settings.all();
        return new Validation(all.getOrDefault(Settings.TIMING, "host"), all.getOrDefault(Settings.TIMING_SET, ""),
                MachineOptions.polyglot(engine), System.out, System.err).run() ? ExitStatus.OK : DIFFERENT;
    }

    private static void warnWithoutCompiler(PrintStream err) {
        try (Engine any = Engine.newBuilder().allowExperimentalOptions(true)
                .option("engine.WarnInterpreterOnly", "false").build()) {
            Guest.warnWithoutCompiler(any, err);
        }
    }

    private CompareGuest guest() {
        if (guest.equals("linux")) {
            return new LinuxGuest(kernel, initrd, append, oneBoot ? new OneBoot() : null, System.err);
        }
        Usage.check(spec, kernel == null && initrd == null && append.isEmpty() && !oneBoot,
                "--kernel, --initrd, --append and --one-boot are for --guest linux");
        return new TreadmillGuest();
    }

    /// Options of the polyglot engine and the language, for all runs.
    Map<String, String> polyglot() {
        return MachineOptions.polyglot(settings.value(Settings.ENGINE));
    }

    /// All runs, in the order of reports.
    List<CompareJob> plan() {
        List<String> chosenModels = new ArrayList<>(new LinkedHashSet<>(models));
        for (String model : chosenModels) {
            ModelNames.check(spec, model);
        }
        Map<Setting<?>, String> base = settings.all();
        base.remove(Settings.ENGINE);
        base.keySet().forEach(setting -> requireEffect(setting, "--" + setting.name(), chosenModels));
        // Fixed, independent of the machine's default: published counts use it.
        Settings.ofCommand(Settings.COMPARE).forEach(base::putIfAbsent);
        requireTiming(base);
        CompareGuest source = guest();
        List<CompareWorkload> chosen = new ArrayList<>();
        List<Sweep> swept = new ArrayList<>();
        try {
            if (workloads == null) {
                chosen.addAll(source.all(quick));
            } else {
                for (String text : new LinkedHashSet<>(workloads)) {
                    chosen.addAll(source.named(text, quick));
                }
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--workloads: " + e.getMessage());
        }
        Usage.check(spec, chosen.stream().map(CompareWorkload::name).distinct().count() == chosen.size(),
                "--workloads: each workload goes once; sweep its parameters instead");
        try {
            for (String text : sweeps) {
                swept.add(Sweep.parse(text, chosen));
            }
            swept.forEach(sweep -> Settings.swept(sweep.name()).ifPresent(setting ->
                    requireEffect(setting, "--sweep: " + setting.name(), chosenModels)));
            Usage.check(spec, swept.stream().map(Sweep::name).distinct().count() == swept.size(),
                    "--sweep: each name goes once");
            swept.stream().filter(Sweep::isParameter).forEach(sweep ->
                    chosen.removeIf(workload -> !workload.has(sweep.name())));
            Usage.check(spec, !chosen.isEmpty() , "--sweep: no workload has all of these parameters");
            List<CompareJob> plan = new ArrayList<>();
            for (List<CompareWorkload> together : source.runs(chosen)) {
                for (CompareJob setting : Sweep.expand(CompareJob.of(source, together, base), swept)) {
                    for (String model : chosenModels) {
                        plan.add(setting.under(model));
                    }
                }
            }
            return plan;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--sweep: " + e.getMessage());
        }
    }

    /// The timing model's parameters have to be right before the first run.
    private void requireTiming(Map<Setting<?>, String> base) {
        String name = base.getOrDefault(Settings.TIMING, "");
        String set = base.getOrDefault(Settings.TIMING_SET, "");
        boolean swept = sweeps.stream().anyMatch(text -> text.startsWith(Settings.TIMING.name() + "="));
        Usage.check(spec, set.isEmpty() || !name.isEmpty() || swept, "--timing-set: has no effect without --timing");
        Usage.check(spec, !base.containsKey(Settings.TIMING_SAMPLE) || !name.isEmpty() || swept,
                "--timing-sample: has no effect without --timing");
        if (name.isEmpty()) {
            return;
        }
        try {
            (TimingParameters.isFile(name) ? TimingParameters.parse(name, Files.readString(Path.of(name)))
                    : TimingParameters.preset(name)).with(set);
        } catch (IOException e) {
            throw settings.wrong(Settings.TIMING, name + ": cannot be read (" + e.getMessage() + ")");
        } catch (IllegalArgumentException e) {
            throw settings.wrong(Settings.TIMING, e.getMessage());
        }
    }

    /// A setting has to have an effect under one of the models at least.
    private void requireEffect(Setting<?> setting, String option, List<String> chosen) {
        Usage.check(spec, chosen.stream().anyMatch(setting::hasEffect), option
                + ": has no effect under the models chosen, only under "
                + String.join(", ", setting.models().stream().map(ModelName::toString).toList()));
    }
}
