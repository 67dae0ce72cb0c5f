// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An option of the machine, or a parameter of workloads, with the values it is to take one after another.
///
/// @param name   of the option or parameter
/// @param values as given
record Sweep(String name, List<String> values) {

    /// Options of the machine that may be swept, and what their values are.
    private static final Map<String, Check> OPTIONS = Map.of(
            "root-buffer", new Check("a number from 0 to 16", n -> n >= 0 && n <= 16),
            "asid-bits", new Check("a number from 0 to 16", n -> n >= 0 && n <= 16),
            "tlb-entries", new Check("a power of two from 16 to 1048576",
                    n -> n >= 16 && n <= 1 << 20 && Long.bitCount(n) == 1),
            "svvptc", new Check("0 or 1, or false or true", n -> n == 0 || n == 1));

    private record Check(String wanted, java.util.function.LongPredicate valid) {
    }

    /// Parses `NAME=V,V`.
    ///
    /// @param workloads that may have a parameter of that name
    /// @throws IllegalArgumentException one line, when it is wrong
    static Sweep parse(String text, List<CompareWorkload> workloads) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        Check check = OPTIONS.get(name);
        if (check == null && workloads.stream().noneMatch(workload -> workload.has(name))) {
            throw new IllegalArgumentException("'" + name + "' is none of root-buffer, asid-bits, tlb-entries, svvptc, and no "
                    + "parameter of the workloads");
        }
        List<String> values = equals < 0 ? List.of() : Arrays.stream(text.substring(equals + 1).split(",")).map(String::strip)
                .filter(value -> !value.isEmpty()).distinct().toList();
        if (values.isEmpty()) {
            throw new IllegalArgumentException("values are missing, as in " + name + "=0,1,4");
        }
        if (check != null) {
            for (String value : values) {
                Optional<Long> number = number(value);
                if (number.isEmpty() || !check.valid.test(number.get())) {
                    throw new IllegalArgumentException("'" + value + "' is not " + check.wanted);
                }
            }
        }
        return new Sweep(name, values);
    }

    private static Optional<Long> number(String text) {
        return switch (text) {
            case "true" -> Optional.of(1L);
            case "false" -> Optional.of(0L);
            default -> {
                try {
                    yield Optional.of(Long.parseLong(text));
                } catch (NumberFormatException _) {
                    yield Optional.empty();
                }
            }
        };
    }

    /// Whether it is a parameter of workloads rather than an option of the machine.
    boolean isParameter() {
        return !OPTIONS.containsKey(name);
    }

    /// The job with this option set.
    CompareJob apply(CompareJob job, String value) {
        Map<String, String> setting = with(job.setting(), name, value);
        if (isParameter()) {
            return new CompareJob(job.choice().with(name, value), job.model(), setting, job.machine(), job.guest());
        }
        if (name.equals("svvptc")) {
            boolean use = number(value).orElseThrow() == 1;
            return new CompareJob(job.choice(), job.model(), setting, with(job.machine(), "riscv.svvptc", Boolean.toString(use)),
                    job.guest().withSvvptc(use));
        }
        return new CompareJob(job.choice(), job.model(), setting, with(job.machine(), "riscv." + name, value), job.guest());
    }

    private static Map<String, String> with(Map<String, String> map, String key, String value) {
        Map<String, String> result = new java.util.LinkedHashMap<>(map);
        result.put(key, value);
        return result;
    }

    /// All combinations of the sweeps' values, for one job; the first sweep varies slowest.
    static List<CompareJob> expand(CompareJob job, List<Sweep> sweeps) {
        List<CompareJob> jobs = List.of(job);
        for (Sweep sweep : sweeps) {
            List<CompareJob> next = new ArrayList<>();
            for (CompareJob one : jobs) {
                for (String value : sweep.values) {
                    next.add(sweep.apply(one, value));
                }
            }
            jobs = next;
        }
        return jobs;
    }
}
