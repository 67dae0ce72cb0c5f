// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.penumbra.benchmarks.LinuxWorkload;

/// A workload for Linux user space with the parameters it is compared with.
///
/// @param hugePages what the kernel is told about transparent huge pages; empty for its own default
record LinuxChoice(LinuxWorkload workload, WorkloadParameters parameters, Optional<String> hugePages)
        implements CompareWorkload {

    /// A parameter of the kernel, for all workloads; by its name on the command line, but for the underscore.
    static final String HUGE_PAGES = "transparent-hugepage";

    private static final List<String> HUGE_PAGE_CHOICES = List.of("always", "madvise", "never");

    static LinuxChoice preset(LinuxWorkload workload, boolean quick) {
        return new LinuxChoice(workload, WorkloadParameters.of(workload.expectedOutput(quick)), Optional.empty());
    }

    /// A workload as named on the command line: `NAME`, or `NAME:N:N` with the first parameters.
    ///
    /// @throws IllegalArgumentException one line, when there is no such workload or a number is wrong
    static LinuxChoice parse(String text, boolean quick) {
        String name = text.split(":", 2)[0];
        LinuxChoice preset = preset(LinuxWorkload.find(name).orElseThrow(() -> new IllegalArgumentException(
                "there is no workload '" + name + "'; there are " + LinuxGuest.BOOT + ", "
                        + Arrays.stream(LinuxWorkload.values())
                        .map(LinuxWorkload::workloadName).collect(Collectors.joining(", ")))), quick);
        return new LinuxChoice(preset.workload, preset.parameters.parse(text), Optional.empty());
    }

    @Override
    public String name() {
        return workload.workloadName();
    }

    @Override
    public boolean has(String parameter) {
        return parameters.has(parameter) || parameter.equals(HUGE_PAGES);
    }

    @Override
    public LinuxChoice with(String parameter, String value) {
        if (!parameter.equals(HUGE_PAGES)) {
            return new LinuxChoice(workload, parameters.with(parameter, value), hugePages);
        }
        if (!HUGE_PAGE_CHOICES.contains(value)) {
            throw new IllegalArgumentException(HUGE_PAGES + ": '" + value + "' is not one of "
                    + String.join(", ", HUGE_PAGE_CHOICES));
        }
        return new LinuxChoice(workload, parameters, Optional.of(value));
    }

    @Override
    public Optional<String> expectedOutput() {
        String prefix = name() + parameters.words() + " checksum=";
        return Stream.of(false, true).map(workload::expectedOutput).filter(line -> line.startsWith(prefix)).findFirst();
    }

    /// The argument of the program that does it.
    String argument() {
        return name() + parameters.values().stream().map(value -> ":" + value).collect(Collectors.joining());
    }
}
