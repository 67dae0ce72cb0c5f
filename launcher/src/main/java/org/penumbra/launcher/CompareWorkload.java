// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.benchmarks.TreadmillWorkload;

/// A workload of treadmill with the parameters it is compared with.
///
/// @param values of all its parameters
record CompareWorkload(TreadmillWorkload workload, List<Long> values) {

    /// The most that a parameter may be: beyond what the guest has memory or time for.
    private static final long LIMIT = 100_000_000;

    /// What is printed with parameters that let all workloads run under all models in the time of a default comparison.
    private static final List<String> NORMAL = List.of();

    /// The same for a comparison that is only to show something quickly.
    private static final List<String> QUICK = List.of();

    /// Those of a default comparison, in the order they are reported.
    static List<CompareWorkload> all(boolean quick) {
        return Arrays.stream(TreadmillWorkload.values()).map(workload -> preset(workload, quick)).toList();
    }

    private static CompareWorkload preset(TreadmillWorkload workload, boolean quick) {
        String line = line(workload, quick);
        String[] words = line.split(" ");
        return new CompareWorkload(workload, Arrays.stream(words, 1, words.length - 1)
                .map(word -> Long.valueOf(word.substring(word.indexOf('=') + 1))).toList());
    }

    private static String line(TreadmillWorkload workload, boolean quick) {
        return (quick ? QUICK : NORMAL).stream().filter(line -> line.startsWith(workload.workloadName() + " ")).findFirst()
                .orElse(workload.expectedOutput());
    }

    /// A workload as named on the command line: `NAME`, or `NAME:N:N` with the first parameters.
    ///
    /// @throws IllegalArgumentException one line, when there is no such workload or a number is wrong
    static CompareWorkload parse(String text, boolean quick) {
        String[] parts = text.split(":", -1);
        CompareWorkload preset = preset(TreadmillWorkload.find(parts[0]).orElseThrow(() -> new IllegalArgumentException(
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

    boolean has(String parameter) {
        return index(parameter) >= 0;
    }

    private int index(String parameter) {
        return workload.parameters().stream().map(TreadmillWorkload.Parameter::name).toList().indexOf(parameter);
    }

    /// The same with another value for the parameter of that name, which it has.
    CompareWorkload with(String parameter, String value) {
        return with(index(parameter), value);
    }

    private CompareWorkload with(int index, String text) {
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
        return new CompareWorkload(workload, List.copyOf(changed));
    }

    String name() {
        return workload.workloadName();
    }

    /// What it has to print, where that is known for these parameters.
    Optional<String> expectedOutput() {
        String prefix = name() + parametersText() + " checksum=";
        return List.of(workload.expectedOutput(), line(workload, false), line(workload, true)).stream()
                .filter(line -> line.startsWith(prefix)).findFirst();
    }

    private String parametersText() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            text.append(' ').append(workload.parameters().get(i).name()).append('=').append(values.get(i));
        }
        return text.toString();
    }

    byte[] image(TreadmillOptions options) {
        return workload.image(options, values.stream().mapToLong(Long::longValue).toArray());
    }
}
