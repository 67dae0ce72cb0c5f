// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.options.Setting;
import org.penumbra.options.Settings;

/// A workload of treadmill with the parameters it is compared with.
///
/// @param superpages whether large mappings get superpages
public record TreadmillChoice(TreadmillWorkload workload, WorkloadParameters parameters, boolean superpages)
        implements CompareWorkload {

    /// A parameter of the guest's kernel, for all workloads.
    private static final String SUPERPAGES = "superpages";
    private static final String FOOTPRINT = "footprint";
    /// Bytes of treadmill's kernel and its page tables, and of relations.
    private static final long BESIDE = 64L << 20;

    /// A workload as it is in a default comparison.
    public static TreadmillChoice preset(TreadmillWorkload workload, boolean quick) {
        return new TreadmillChoice(workload, WorkloadParameters.of(workload.expectedOutput(quick)), false);
    }

    /// A workload as named on the command line: `NAME`, or `NAME:N:N` with the first parameters.
    ///
    /// @throws IllegalArgumentException one line, when there is no such workload or a number is wrong
    static TreadmillChoice parse(String text, boolean quick) {
        String name = text.split(":", 2)[0];
        TreadmillChoice preset = preset(TreadmillWorkload.find(name).orElseThrow(() -> new IllegalArgumentException(
                "there is no workload '" + name + "'; there are " + Arrays.stream(TreadmillWorkload.values())
                        .map(TreadmillWorkload::workloadName).collect(Collectors.joining(", ")))), quick);
        return new TreadmillChoice(preset.workload, preset.parameters.parse(text), false);
    }

    @Override
    public boolean has(String parameter) {
        return parameters.has(parameter) || parameter.equals(SUPERPAGES);
    }

    @Override
    public TreadmillChoice with(String parameter, String value) {
        return parameter.equals(SUPERPAGES)
                ? new TreadmillChoice(workload, parameters, Settings.SVVPTC.parse(value))
                : new TreadmillChoice(workload, parameters.with(parameter, value), superpages);
    }

    @Override
    public String name() {
        return workload.workloadName();
    }

    @Override
    public Optional<String> expectedOutput() {
        String prefix = name() + parameters.words() + " checksum=";
        return Stream.of(workload.expectedOutput(false), workload.expectedOutput(true))
                .filter(line -> line.startsWith(prefix)).findFirst();
    }

    /// Bytes of memory that it uses at most: the kernels of the field their footprint, and an eighth of it for what is
    /// beside their first array.
    long memory() {
        if (!parameters.has(FOOTPRINT)) {
            return workload.suite().memory();
        }
        long footprint = parameters.values().get(parameters.names().indexOf(FOOTPRINT)) << 20;
        return Math.min(workload.suite().memory(), footprint + footprint / 8 + BESIDE);
    }

    /// What to load: the guest relies on Svvptc, and has A and D set by hardware, where the machine is set to do so.
    byte[] image(Map<Setting<?>, String> machine) {
        TreadmillOptions options = TreadmillOptions.DEFAULT.withSuperpages(superpages)
                .withSvvptc("true".equals(machine.get(Settings.SVVPTC)))
                        .withSvadu("svadu".equals(machine.get(Settings.AD)));
        return workload.image(options, parameters.values().stream().mapToLong(Long::longValue).toArray());
    }
}
