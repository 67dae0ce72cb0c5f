// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.util.Arrays;
import java.util.List;
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

    /// What is printed with parameters for a comparison that is to show something quickly; by QEMU too.
    private static final List<String> QUICK = List.of(
            "forkexit n=40 pages=64 writes=8 checksum=688ceeefd39aa9da",
            "forkexec n=30 work=500 checksum=2f8a5b4f0e832435",
            "mmapchurn min=1 max=128 rounds=1 checksum=0d3bbf9125178942",
            "protectflip pages=64 rounds=150 checksum=dd9313c121d331cf",
            "faultstorm pages=400 rounds=5 checksum=d2afd5c30cb8ccc7",
            "pipeping processes=8 rounds=400 pages=8 checksum=91bdd6098fff59d4",
            "sortlarge n=20000 limit=80 checksum=b909c4a4150c9a32",
            "hashjoin build=15000 probes=100000 checksum=59947d3687b2ffa2",
            "pointerchase pages=2048 steps=500000 checksum=5310e56c331bde59",
            "compilelike files=6 functions=8 checksum=c4db5ed04907011c",
            "server clients=8 requests=60 mappings=12 checksum=649aa716a7543306",
            "idle sleeps=20 ticks=5 checksum=db19017e831d79f8");

    /// A workload as it is in a default comparison.
    public static TreadmillChoice preset(TreadmillWorkload workload, boolean quick) {
        return new TreadmillChoice(workload, WorkloadParameters.of(line(workload, quick)), false);
    }

    private static String line(TreadmillWorkload workload, boolean quick) {
        return quick ? QUICK.stream().filter(line -> line.startsWith(workload.workloadName() + " ")).findFirst()
                .orElseThrow()
                : workload.expectedOutput();
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
        return Stream.of(line(workload, false), line(workload, true)).filter(line -> line.startsWith(prefix))
                .findFirst();
    }

    /// What to load: the guest relies on Svvptc, and has A and D set by hardware, where the machine is set to do so.
    byte[] image(Map<Setting<?>, String> machine) {
        TreadmillOptions options = TreadmillOptions.DEFAULT.withSuperpages(superpages)
                .withSvvptc("true".equals(machine.get(Settings.SVVPTC)))
                        .withSvadu("svadu".equals(machine.get(Settings.AD)));
        return workload.image(options, parameters.values().stream().mapToLong(Long::longValue).toArray());
    }
}
