// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The numbers of a workload.
///
/// @param workload its name, for messages
/// @param names    of the parameters
/// @param values   of all of them
public record WorkloadParameters(String workload, List<String> names, List<Long> values) {

    /// The most that a parameter may be: beyond what a guest has memory or time for.
    private static final long LIMIT = 100_000_000;

    /// Those of a line `NAME name=value... checksum=HEX`, as workloads print it.
    static WorkloadParameters of(String line) {
        String[] words = line.split(" ");
        List<String[]> pairs = Arrays.stream(words, 1, words.length - 1).map(word -> word.split("=")).toList();
        return new WorkloadParameters(words[0], pairs.stream().map(pair -> pair[0]).toList(),
                pairs.stream().map(pair -> Long.valueOf(pair[1])).toList());
    }

    /// Takes the first values from `NAME:N:N`, the others from here.
    ///
    /// @throws IllegalArgumentException one line, when there are too many numbers or one is wrong
    WorkloadParameters parse(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length - 1 > values.size()) {
            throw new IllegalArgumentException(workload + " has the parameters " + String.join(", ", names) + " only");
        }
        WorkloadParameters result = this;
        for (int i = 1; i < parts.length; i++) {
            result = result.with(names.get(i - 1), parts[i]);
        }
        return result;
    }

    boolean has(String name) {
        return names.contains(name);
    }

    /// The same with another value for one that it has.
    ///
    /// @throws IllegalArgumentException one line, when it is no value for that
    WorkloadParameters with(String name, String text) {
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException(workload + " " + name + ": '" + text + "' is not a number");
        }
        if (value < 0 || value > LIMIT) {
            throw new IllegalArgumentException(workload + " " + name + ": " + text + " is not between 0 and " + LIMIT);
        }
        List<Long> changed = new ArrayList<>(values);
        changed.set(names.indexOf(name), value);
        return new WorkloadParameters(workload, names, List.copyOf(changed));
    }

    /// The words ` name=value`, as workloads print them.
    String words() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            text.append(' ').append(names.get(i)).append('=').append(values.get(i));
        }
        return text.toString();
    }
}
