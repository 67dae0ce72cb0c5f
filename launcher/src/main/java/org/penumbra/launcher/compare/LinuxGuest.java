// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.penumbra.benchmarks.LinuxWorkload;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.GivenOptions;
import org.penumbra.launcher.guest.Program;
import org.penumbra.launcher.linux.DebianRoot;
import org.penumbra.launcher.linux.LinuxBoot;
import org.penumbra.launcher.linux.LinuxProgram;
import org.penumbra.launcher.report.Run;
import org.penumbra.options.Setting;
import org.penumbra.options.Setting.Trait;

/// An unmodified Linux kernel that starts the program of the workloads as its first process. One boot does all of them.
final class LinuxGuest implements CompareGuest {

    /// What comes before the workloads, reported as one of them.
    static final String BOOT = "boot";

    private static final String PROGRAM = "penumbra-work";
    private static final String RESULT = "workload ";
    /// Linux uses no transparent huge pages where it has less than 512 MiB left for itself, whatever it is told.
    private static final long HUGE_PAGE_MEMORY = 1L << 30;

    private final Path kernel;
    private final Path initrd;
    private final String append;
    private final PrintStream err;
    private final OneBoot oneBoot;

    /// Part of every run.
    private record Boot() implements CompareWorkload {
        @Override
        public String name() {
            return BOOT;
        }

        @Override
        public boolean has(String parameter) {
            return false;
        }

        @Override
        public CompareWorkload with(String parameter, String value) {
            throw new IllegalArgumentException(BOOT + " has no parameters");
        }

        @Override
        public Optional<String> expectedOutput() {
            return Optional.empty();
        }
    }

    /// @param kernel null for Debian's
    /// @param initrd null for one with Debian's busybox
    /// @param append more words for the kernel's command line
    /// @param oneBoot whether all models continue from one boot, or null for a boot each
    LinuxGuest(Path kernel, Path initrd, String append, OneBoot oneBoot, PrintStream err) {
        this.oneBoot = oneBoot;
        this.kernel = kernel;
        this.initrd = initrd;
        this.append = append;
        this.err = err;
    }

    @Override
    public List<CompareWorkload> all(boolean quick) {
        return Arrays.stream(LinuxWorkload.values()).filter(w -> w.packages()
                .isEmpty()).<CompareWorkload>map(w -> LinuxChoice.preset(w, quick)).toList();
    }

    @Override
    public CompareWorkload parse(String text, boolean quick) {
        return text.equals(BOOT) ? new Boot() : LinuxChoice.parse(text, quick);
    }

    @Override
    public List<List<CompareWorkload>> runs(List<CompareWorkload> chosen) {
        List<CompareWorkload> all = new ArrayList<>(oneBoot == null ? List.of(new Boot()) : List.of());
        chosen.stream().filter(workload -> !all.contains(workload)).forEach(all::add);
        return List.of(all);
    }

    @Override
    public void obtain(List<CompareWorkload> chosen) {
        booted(chosen).close();
    }

    @Override
    public Program program(List<CompareWorkload> workloads, Map<Setting<?>, String> machine) {
        Map<Setting<?>, String> hart = new LinkedHashMap<>(machine);
        hart.keySet().removeIf(setting -> setting.is(Trait.AFTER_BOOT));
        return oneBoot == null ? booted(workloads) : oneBoot.of(booted(workloads), GivenOptions.polyglot(hart));
    }

    private Program booted(List<CompareWorkload> workloads) {
        List<LinuxChoice> choices = workloads.stream().filter(LinuxChoice.class::isInstance)
                .map(LinuxChoice.class::cast).toList();
        String hugePages = choices.stream().flatMap(choice -> choice.hugePages().stream()).findFirst()
                .map(value -> LinuxChoice.HUGE_PAGES.replace('-', '_') + "=" + value + " ").orElse("");
        String arguments = choices.stream().map(LinuxChoice::argument).collect(Collectors.joining(" "));
        List<String> packages = choices.stream().flatMap(choice -> choice.workload().packages().stream()).toList();
        var program = new LinuxProgram(kernel, initrd, memoryOf(workloads), err);
        return packages.isEmpty() ? program.start(PROGRAM, LinuxWorkload.program(), hugePages + append, arguments)
                : program.startInDebian(DebianRoot.withDefaults(packages), PROGRAM, LinuxWorkload.program(),
                        hugePages + append, arguments);
    }

    @Override
    public long memory(List<CompareWorkload> workloads) {
        return memoryOf(workloads);
    }

    private static long memoryOf(List<CompareWorkload> workloads) {
        return workloads.stream().filter(LinuxChoice.class::isInstance).map(LinuxChoice.class::cast)
                .anyMatch(choice -> choice.hugePages().isPresent()) ? HUGE_PAGE_MEMORY : LinuxBoot.DEFAULT_MEMORY;
    }

    @Override
    public List<Run> results(CompareJob job, String printed, JsonObject statistics) {
        List<String> lines = printed.lines().map(String::strip).filter(line -> line.startsWith(RESULT))
                .map(line -> line.substring(RESULT.length())).toList();
        JsonArray parts = statistics.getAsJsonArray("parts");
        int boots = oneBoot == null ? 1 : 0;
        if (boots > 0 && !statistics.get("boot").isJsonObject() || parts.size() != job.workloads().size() - boots) {
            throw new Failure(ExitStatus.INTERNAL, "the guest did " + parts.size() + " of "
                    + (job.workloads().size() - boots)
                    + " workloads; it printed: " + printed.strip().lines().reduce((first, second) -> second)
                            .orElse("nothing"));
        }
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < job.workloads().size(); i++) {
            String name = job.workloads().get(i).name();
            JsonObject own = statistics.deepCopy();
            own.remove("parts");
            own.remove("harts");
            own.add("measured", i < boots ? own.get("boot") : parts.get(i - boots));
            String output = i < boots ? console(printed)
                    : lines.stream().filter(line -> line.startsWith(name + " ")).findFirst().orElse("nothing");
            runs.add(new Run(name, job.swept(), output, own));
        }
        return runs;
    }

    /// The whole console in few words, to be compared.
    private static String console(String printed) {
        CRC32 sum = new CRC32();
        sum.update(printed.getBytes(StandardCharsets.UTF_8));
        return String.format("console of %d lines, crc32=%08x", printed.lines().count(), sum.getValue());
    }
}
