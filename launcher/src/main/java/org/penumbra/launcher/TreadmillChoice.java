// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.benchmarks.TreadmillWorkload;

/// A workload of treadmill with the parameters it is compared with.
///
/// @param values     of all its parameters
/// @param superpages whether large mappings get superpages
record TreadmillChoice(TreadmillWorkload workload, List<Long> values, boolean superpages) implements CompareWorkload {

    private static final String MEMORY = Long.toString(128L << 20);
    /// Far beyond every workload: ends one that hangs.
    private static final String INSTRUCTION_LIMIT = "20000000000";
    /// A parameter of the guest's kernel, for all workloads.
    private static final String SUPERPAGES = "superpages";

    /// The most that a parameter may be: beyond what the guest has memory or time for.
    private static final long LIMIT = 100_000_000;

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
    static TreadmillChoice preset(TreadmillWorkload workload, boolean quick) {
        String[] words = line(workload, quick).split(" ");
        return new TreadmillChoice(workload, Arrays.stream(words, 1, words.length - 1)
                .map(word -> Long.valueOf(word.substring(word.indexOf('=') + 1))).toList(), false);
    }

    private static String line(TreadmillWorkload workload, boolean quick) {
        return quick ? QUICK.stream().filter(line -> line.startsWith(workload.workloadName() + " ")).findFirst().orElseThrow()
                : workload.expectedOutput();
    }

    /// A workload as named on the command line: `NAME`, or `NAME:N:N` with the first parameters.
    ///
    /// @throws IllegalArgumentException one line, when there is no such workload or a number is wrong
    static TreadmillChoice parse(String text, boolean quick) {
        String[] parts = text.split(":", -1);
        TreadmillChoice preset = preset(TreadmillWorkload.find(parts[0]).orElseThrow(() -> new IllegalArgumentException(
                "there is no workload '" + parts[0] + "'; there are " + Arrays.stream(TreadmillWorkload.values())
                        .map(TreadmillWorkload::workloadName).collect(Collectors.joining(", ")))), quick);
        if (parts.length - 1 > preset.values.size()) {
            throw new IllegalArgumentException(parts[0] + " has the parameters " + preset.parameterNames() + " only");
        }
        for (int i = 1; i < parts.length; i++) {
            preset = preset.with(i - 1, parts[i]);
        }
        return preset;
    }

    private String parameterNames() {
        return workload.parameters().stream().map(TreadmillWorkload.Parameter::name).collect(Collectors.joining(", "));
    }

    @Override
    public boolean has(String parameter) {
        return index(parameter) >= 0 || parameter.equals(SUPERPAGES);
    }

    private int index(String parameter) {
        return workload.parameters().stream().map(TreadmillWorkload.Parameter::name).toList().indexOf(parameter);
    }

    @Override
    public TreadmillChoice with(String parameter, String value) {
        if (parameter.equals(SUPERPAGES)) {
            return new TreadmillChoice(workload, values, Boolean.parseBoolean(Setting.SVVPTC.parse(value)));
        }
        return with(index(parameter), value);
    }

    private TreadmillChoice with(int index, String text) {
        String name = workload.parameters().get(index).name();
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException(name() + " " + name + ": '" + text + "' is not a number");
        }
        if (value < 0 || value > LIMIT) {
            throw new IllegalArgumentException(name() + " " + name + ": " + text + " is not between 0 and " + LIMIT);
        }
        List<Long> changed = new ArrayList<>(values);
        changed.set(index, value);
        return new TreadmillChoice(workload, List.copyOf(changed), superpages);
    }

    @Override
    public String name() {
        return workload.workloadName();
    }

    @Override
    public Optional<String> expectedOutput() {
        String prefix = name() + parametersText() + " checksum=";
        return Stream.of(line(workload, false), line(workload, true)).filter(line -> line.startsWith(prefix)).findFirst();
    }

    private String parametersText() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            text.append(' ').append(workload.parameters().get(i).name()).append('=').append(values.get(i));
        }
        return text.toString();
    }

    @Override
    public Map<String, String> options() {
        return Map.of("riscv.memory", MEMORY, "riscv.max-instructions", INSTRUCTION_LIMIT);
    }

    /// The guest relies on Svvptc, and has A and D set by hardware, where the machine is set to do so.
    @Override
    public byte[] image(Map<Setting, String> machine) {
        TreadmillOptions options = TreadmillOptions.DEFAULT.withSuperpages(superpages)
                .withSvvptc("true".equals(machine.get(Setting.SVVPTC))).withSvadu("svadu".equals(machine.get(Setting.AD)));
        return workload.image(options, values.stream().mapToLong(Long::longValue).toArray());
    }
}
